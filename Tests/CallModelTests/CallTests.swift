import CallModel
import NetTypes
import Testing

/// Parties of a call and their associations.
@Suite struct CallTests {
    private func call() -> Call {
        Call(
            id: "call", createdMicroseconds: 5_000_001, client: TransportAddress(.unspecified(.ipv4), 0), worker: 2,
            tos: 0)
    }

    @Test func partiesKeepTheirNames() {
        var call = call()
        let first = call.addParty(tag: "A", createdSeconds: 1)
        let second = call.addParty(tag: nil, viaBranch: "b1", createdSeconds: 2)
        #expect(call.party(tag: "A") == first)
        #expect(call.party(viaBranch: "b1") == second)
        #expect(call.party(tag: "B") == nil)
        call.update(second) { $0.name("B") }
        #expect(call.party(tag: "B") == second)
        #expect(call.lastSignalSeconds == 5)
        // Names of removed parties are not given again.
        _ = call.remove(second)
        #expect(call[second] == nil)
        #expect(call.addParty(tag: "C", createdSeconds: 3) != second)
    }

    @Test func furtherTagsAreAliases() {
        var call = call()
        let id = call.addParty(tag: nil, createdSeconds: 1)
        for tag in ["x", "y", "y", "x", "z"] { call.update(id) { $0.name(tag) } }
        #expect(call[id]?.tag == "z")
        #expect(call[id]?.aliases == ["x", "y"])
        for tag in ["x", "y", "z"] { #expect(call.party(tag: tag) == id) }
    }

    @Test func aliasesAreBounded() {
        var call = call()
        let id = call.addParty(tag: "first", createdSeconds: 1)
        for number in 0..<200 { call.update(id) { $0.name("tag\(number)") } }
        #expect(call[id]?.aliases.count == 64)
        // The oldest went.
        #expect(call.party(tag: "first") == nil)
        #expect(call.party(tag: "tag198") == id)
        #expect(call.party(tag: "tag199") == id)
    }

    @Test func removedPartyCannotBeChanged() {
        var call = call()
        let id = call.addParty(tag: "A", createdSeconds: 1)
        var party = call[id]
        _ = call.remove(id)
        party?.label = "late"
        call[id] = party
        #expect(call.parties.isEmpty)
        call.update(id) { _ in Issue.record("there is nobody to change") }
        #expect(call.remove(id).isEmpty)
    }

    @Test func associationsAreOneAtATime() {
        var call = call()
        let (a, b, c) = (
            call.addParty(tag: "A", createdSeconds: 1), call.addParty(tag: "B", createdSeconds: 1),
            call.addParty(tag: "C", createdSeconds: 1)
        )
        call.associate(a, b)
        #expect(call[a]?.peer == b && call[b]?.peer == a)
        call.associate(a, c)
        #expect(call[a]?.peer == c && call[c]?.peer == a && call[b]?.peer == nil)
        call.associate(b, c)
        #expect(call[b]?.peer == c && call[c]?.peer == b && call[a]?.peer == nil)
        call.associate(b, c)
        #expect(call[b]?.peer == c && call[c]?.peer == b && call[a]?.peer == nil)
    }

    @Test func peerGoesWithTheLastOneItKnew() {
        var call = call()
        let (a, b) = (call.addParty(tag: "A", createdSeconds: 1), call.addParty(tag: "B", createdSeconds: 1))
        call.associate(a, b)
        #expect(call.remove(a).map(\.id) == [a, b])
        #expect(call.parties.isEmpty)
    }

    @Test func commonPartyTakesAllAlong() {
        var call = call()
        let a = call.addParty(tag: "A", createdSeconds: 1)
        let branches = (0..<4).map { call.addParty(tag: "B\($0)", createdSeconds: 1) }
        for branch in branches { call.associate(a, branch) }
        let stranger = call.addParty(tag: "X", createdSeconds: 1)
        #expect(call.remove(a).map(\.id) == [a] + branches)
        #expect(call.parties.map(\.id) == [stranger])
    }

    @Test func otherPartiesReturnToWhomTheyKnewBefore() {
        var call = call()
        let (a, b, c) = (
            call.addParty(tag: "A", createdSeconds: 1), call.addParty(tag: "B", createdSeconds: 1),
            call.addParty(tag: "C", createdSeconds: 1)
        )
        call.associate(a, b)
        call.associate(a, c)
        #expect(call.remove(c).map(\.id) == [c])
        #expect(call[a]?.peer == b && call[b]?.peer == a)
        // A party that has found another peer meanwhile keeps it.
        let d = call.addParty(tag: "D", createdSeconds: 1)
        let e = call.addParty(tag: "E", createdSeconds: 1)
        call.associate(b, d)
        call.associate(a, e)
        #expect(call.remove(e).map(\.id) == [e])
        #expect(call[b]?.peer == d && call[a]?.peer == nil)
        #expect(call.parties.count == 3)
    }
}
