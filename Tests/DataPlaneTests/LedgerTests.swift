import Forwarding
import NetTypes
import Testing

@testable import DataPlane

struct LedgerTests {
    private func ledger(workers: Int = 1, slots: Int = 4) -> PortLedger {
        var generator = SplitMix64(state: 1)
        let pool = PortPool(
            PortPoolConfiguration(address: IPAddress(ipv4: 1), minimum: 100, maximum: 109), using: &generator)
        return PortLedger(pools: [pool], workers: workers, slotsPerWorker: slots)
    }

    @Test func slotsAreReusedUnderNewNames() throws {
        var ledger = ledger()
        var names: Set<LocalPortID> = []
        for _ in 0..<10 {
            let slots = try ledger.reserveSlots(2, of: 0)
            let ports = try ledger.takePorts(of: 0, isPair: true, now: 1)
            for slot in slots { #expect(!ledger.isLeased(slot)) }
            ledger.lease(ports, of: 0, to: slots)
            for slot in slots {
                #expect(ledger.isLeased(slot))
                #expect(names.insert(slot).inserted)
                #expect(slot.slot < 2)
            }
            #expect(ledger.pools[0].used == 2)
            let first = ledger.release(slots)
            #expect(first.closing == slots && first.parked.isEmpty)
            let second = ledger.release(slots)
            #expect(second.closing == [])
            #expect(ledger.pools[0].used == 2)
            for slot in slots { ledger.closed(slot: slot.slot, of: 0, now: 2) }
            #expect(ledger.pools[0].used == 0)
        }
    }

    @Test func limitHoldsUntilSlotsAreClosed() throws {
        var ledger = ledger(slots: 3)
        let pair = try ledger.reserveSlots(2, of: 0)
        #expect(throws: PortLeaseError.tooManyPorts(limit: 3)) { try ledger.reserveSlots(2, of: 0) }
        let single = try ledger.reserveSlots(1, of: 0)
        #expect(throws: PortLeaseError.tooManyPorts(limit: 3)) { try ledger.reserveSlots(1, of: 0) }
        ledger.cancelReservation(pair)
        #expect(try ledger.reserveSlots(2, of: 0).allSatisfy { !pair.contains($0) && !single.contains($0) })
    }

    @Test func unknownNamesAreNotLeased() {
        var ledger = ledger()
        for name in [
            LocalPortID(worker: 0, slot: 0, generation: 0), LocalPortID(worker: 9, slot: 0, generation: 1),
            LocalPortID(worker: 0, slot: .max, generation: 1),
        ] {
            #expect(!ledger.isLeased(name))
            let released = ledger.release([name])
            #expect(released.closing == [])
        }
    }

    @Test func countsThePortsOfEachWorker() throws {
        var ledger = ledger(workers: 3)
        #expect(ledger.portCounts == [0, 0, 0])
        let slots = try ledger.reserveSlots(1, of: 1)
        _ = try ledger.reserveSlots(2, of: 2)
        #expect(ledger.portCounts == [0, 1, 2])
        ledger.cancelReservation(slots)
        #expect(ledger.portCounts == [0, 0, 2])
    }

    @Test func ledgerSaysWhichPoolIsExhausted() throws {
        var ledger = ledger()
        for _ in 0..<5 { _ = try ledger.takePorts(of: 0, isPair: true, now: 1) }
        #expect(throws: PortLeaseError.exhausted(PortPoolID(0))) {
            try ledger.takePorts(of: 0, isPair: false, now: 1)
        }
    }
}

struct IndexListTests {
    private func drain(_ list: IndexList) -> [Int] {
        var list = list
        var numbers: [Int] = []
        while let first = list.first {
            numbers.append(first)
            list.remove(first)
        }
        return numbers
    }

    @Test func orderIsThatOfArrival() {
        var list = IndexList(capacity: 8)
        #expect(list.first == nil)
        for number in [3, 0, 7] { list.append(number) }
        list.prepend(5)
        #expect(drain(list) == [5, 3, 0, 7])
        #expect(list.contains(0) && !list.contains(1))
    }

    @Test(arguments: [(5, [3, 0, 7]), (0, [5, 3, 7]), (7, [5, 3, 0])])
    func anyNumberCanBeTakenOut(number: Int, rest: [Int]) {
        var list = IndexList(capacity: 8)
        for number in [5, 3, 0, 7] { list.append(number) }
        list.remove(number)
        #expect(!list.contains(number))
        #expect(drain(list) == rest)
        list.append(number)
        #expect(drain(list) == rest + [number])
    }
}
