import NetTypes
import Testing

@testable import ICE

@Suite struct CheckListTests {
    private func insert(
        _ list: inout CheckList, _ priority: UInt32, foundation: UInt32, component: ICEComponent = .rtp
    ) -> Int? {
        let pair = CheckPair(
            id: list.nextID(), component: component, local: Int(component.rawValue), localPriority: .max,
            remote: TransportAddress(IPAddress(ipv4: priority), 1), remotePriority: priority, foundation: foundation,
            role: .controlling)
        return list.insert(pair, keeping: (nil, nil))
    }

    private func popPriority(_ list: inout CheckList) -> UInt32? {
        guard let index = list.popNext() else { return nil }
        list[index].state = .inProgress
        return list[index].remotePriority
    }

    /// RFC 8445 §6.1.2.6: of one foundation the pair of the lower component starts, however small its priority.
    @Test func oneOfEachFoundationStarts() {
        var list = CheckList()
        let rtcp = insert(&list, 30, foundation: 1, component: .rtcp)
        let rtp = insert(&list, 10, foundation: 1)
        let better = insert(&list, 20, foundation: 1)
        let alone = insert(&list, 5, foundation: 2)
        list.thaw()
        let states = [rtcp, rtp, better, alone].map { $0.map { list[$0].state } }
        #expect(states == [.frozen, .frozen, .waiting, .waiting])
        let popped1 = popPriority(&list)
        #expect(popped1 == 20)
        let popped2 = popPriority(&list)
        #expect(popped2 == 5)
        // The others of the foundation wait for the outcome …
        let popped3 = popPriority(&list)
        #expect(popped3 == nil)
        #expect(!list.hasNext)
        // … and go on after a success, the best first.
        list.unfreeze(foundation: 1)
        let popped4 = popPriority(&list)
        #expect(popped4 == 30)
        let popped5 = popPriority(&list)
        #expect(popped5 == 10)
        let popped6 = popPriority(&list)
        #expect(popped6 == nil)
    }

    /// RFC 8445 §6.1.4.2: after a failure the next of the foundation has its turn.
    @Test func failureThawsTheNext() {
        var list = CheckList()
        let first = insert(&list, 20, foundation: 1)
        _ = insert(&list, 10, foundation: 1)
        list.thaw()
        let popped7 = popPriority(&list)
        #expect(popped7 == 20)
        if let first { list[first].fail() }
        let popped8 = popPriority(&list)
        #expect(popped8 == 10)
    }

    @Test func triggeredChecksComeFirstInTheirOrder() {
        var list = CheckList()
        for priority in 1...5 as ClosedRange<UInt32> { _ = insert(&list, priority, foundation: priority) }
        list.thaw()
        list.trigger(1)
        list.trigger(0)
        list.trigger(1)
        let order = (0..<6).map { _ in popPriority(&list) }
        #expect(order == [2, 1, 5, 4, 3, nil])
    }

    @Test func aFullListKeepsTheBest() {
        var list = CheckList()
        for priority in 1...300 as ClosedRange<UInt32> { _ = insert(&list, priority, foundation: priority) }
        #expect(list.pairs.count == ICELimits.pairs)
        #expect(list.pairs.map(\.remotePriority).min() == 201)
        let worse = insert(&list, 5, foundation: 5)
        #expect(worse == nil)
    }

    /// What is in use stays, and what has failed goes first.
    @Test func usefulPairsStay() {
        var list = CheckList()
        for priority in 1...100 as ClosedRange<UInt32> { _ = insert(&list, priority, foundation: priority) }
        list[0].isValid = true
        list[0].consent = Consent(now: 0, nextAt: 0)
        list[1].isTriggered = true
        list[50].state = .failed
        let new200 = insert(&list, 200, foundation: 200)
        #expect(new200 != nil)
        #expect(!list.pairs.contains { $0.remotePriority == 51 })
        let new201 = insert(&list, 201, foundation: 201)
        #expect(new201 != nil)
        #expect(!list.pairs.contains { $0.remotePriority == 3 })
        #expect(list.pairs.contains { $0.remotePriority == 1 })
        #expect(list.pairs.contains { $0.remotePriority == 2 })
    }

    @Test func nominationEndsWorseChecks() {
        var list = CheckList()
        for priority in 1...4 as ClosedRange<UInt32> { _ = insert(&list, priority, foundation: priority) }
        _ = insert(&list, 9, foundation: 9, component: .rtcp)
        list[0].state = .inProgress
        list[1].isValid = true
        list[1].state = .succeeded
        list[2].state = .inProgress
        list.prune(.rtp, nominatedPriority: list[1].priority)
        #expect(list.pairs.map(\.remotePriority) == [2, 3, 9])
    }
}
