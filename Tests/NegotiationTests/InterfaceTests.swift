import Bencode
import CallControl
import Forwarding
import Negotiation
import NetTypes
import TestSupport
import Testing

/// Interfaces and address families (sdp-behaviour §6).
@Suite struct InterfaceTests {
    static let interfaces = [
        "priv/192.0.2.10", "priv/2001:db8::10", "pub/203.0.113.20!198.51.100.7", "pub/2001:db8:1::20",
    ]

    /// Addresses that the answerer and then the offerer are shown.
    private func addresses(
        _ options: BencodeDictionary, from: String = "10.0.0.1", answer: String = "10.0.0.2"
    ) -> [String] {
        let relay = TestRelay(interfaces: InterfaceTests.interfaces)
        let toB = relay.offer(.audio(at: from), Tags("A"), options)
        let toA = relay.answer(.audio(at: answer))
        #expect(relay.plane.openPorts == 4)
        return [toB.section.address, toA.section.address]
    }

    @Test(
        arguments: [
            ([:], ["192.0.2.10", "192.0.2.10"]), (["direction": ["priv", "pub"]], ["198.51.100.7", "192.0.2.10"]),
            (["direction": ["pub", "priv"]], ["192.0.2.10", "198.51.100.7"]),
            (["direction": ["pub"]], ["192.0.2.10", "198.51.100.7"]),
            (["from-interface": "pub"], ["192.0.2.10", "198.51.100.7"]),
            (["to-interface": "pub"], ["198.51.100.7", "192.0.2.10"]),
            (["direction": ["nowhere", "pub"]], ["198.51.100.7", "192.0.2.10"]),
            (["direction": ["priv", "nowhere"]], ["192.0.2.10", "192.0.2.10"]),
            (["direction": "pub"], ["192.0.2.10", "192.0.2.10"]), (["interface": "pub"], ["192.0.2.10", "192.0.2.10"]),
            (["direction": ["pub", "pub"], "address-family": "IP6"], ["2001:db8:1::20", "198.51.100.7"]),
            (["address-family": "IP6"], ["2001:db8::10", "192.0.2.10"]),
            (["direction": ["internal", "external"]], ["2001:db8::10", "192.0.2.10"]),
            (["direction": ["external", "internal"]], ["192.0.2.10", "2001:db8::10"]),
            (["rtpp-flags": "direction=pub direction=priv"], ["192.0.2.10", "198.51.100.7"]),
        ] as [(BencodeDictionary, [String])])
    func chosenInterfaces(_ options: BencodeDictionary, _ shown: [String]) {
        #expect(addresses(options) == shown)
    }

    @Test func familyOfTheOffererByDefault() {
        #expect(addresses([:], from: "2001:db8:9::1") == ["2001:db8::10", "2001:db8::10"])
        #expect(addresses(["address-family": "IP4"], from: "2001:db8:9::1") == ["192.0.2.10", "2001:db8::10"])
    }

    /// Nothing could be sent to a party of the other family.
    @Test func partyThatChangesItsFamilyIsToldOfTheOther() {
        let relay = TestRelay(interfaces: InterfaceTests.interfaces)
        let first = relay.offer(.audio(), Tags("A")).section
        let toA = relay.answer(.audio(at: "2001:db8:9::2"), Tags("A", "B")).section
        let second = relay.offer(.audio(), Tags("A", "B")).section
        #expect([first.address, toA.address, second.address] == ["192.0.2.10", "192.0.2.10", "2001:db8::10"])
        #expect(second.port != first.port)
        #expect(relay.answer(.audio(at: "2001:db8:9::2"), Tags("A", "B")).section.port == toA.port)
        #expect(relay.rtpFlow(into: toA.port) == [.init(out: second.port, to: "[2001:db8:9::2]:4000")])
        relay.offer(.audio(at: "2001:db8:9::1"), Tags("A", "B"))
        #expect(relay.answer(.audio(at: "2001:db8:9::2"), Tags("A", "B")).section.address == "2001:db8::10")
    }

    /// A later message may name another interface; who is there already stays.
    @Test func interfacesCanBeChanged() {
        let relay = TestRelay(interfaces: InterfaceTests.interfaces)
        let first = relay.offer(.audio(), Tags("A"), ["direction": ["priv", "pub"]]).section
        let toA = relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B")).section
        #expect([first.address, toA.address] == ["198.51.100.7", "192.0.2.10"])
        let again = relay.offer(.audio(), Tags("A", "B"), ["direction": ["priv", "pub"]]).section
        #expect(again.port == first.port)
        let moved = relay.offer(.audio(), Tags("A", "B"), ["direction": ["pub", "priv"]]).section
        #expect(moved.address == "192.0.2.10")
        // What was agreed goes on until the answer.
        #expect(relay.rtpFlow(into: toA.port) == [.init(out: first.port, to: "10.0.0.2:4000")])
        let answered = relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B")).section
        #expect(answered.address == "198.51.100.7")
        #expect(relay.rtpFlow(into: answered.port) == [.init(out: moved.port, to: "10.0.0.2:4000")])
        #expect(
            relay.offer(.audio(), Tags("A", "B"), ["direction": ["nowhere", "nowhere"]]).section.port == moved.port)
        #expect(relay.offer(.audio(at: "10.0.0.2"), Tags("B", "A")).section.port == answered.port)
        relay.delete()
        #expect(relay.plane.openPorts == 0)
        #expect(relay.plane.violations == [])
    }

    /// A refused offer has moved nobody.
    @Test func anInterfaceThatWasNotAgreedIsForgotten() {
        let relay = TestRelay(interfaces: InterfaceTests.interfaces)
        let first = relay.offer(.audio(), Tags("A"), ["direction": ["priv", "pub"]]).section
        relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"))
        #expect(
            relay.offer(.audio(), Tags("A", "B"), ["direction": ["pub", "priv"]]).section.address == "192.0.2.10")
        let again = relay.offer(.audio(), Tags("A", "B")).section
        #expect(again.address == "198.51.100.7" && again.port == first.port)
    }

    /// An agent's own address says nothing of the family of the other party, which speaks no ICE.
    @Test func familyBesideAnAgentFollowsTheParty() {
        let relay = TestRelay(interfaces: InterfaceTests.interfaces)
        let agent = Body.audio(["a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuv"])
        relay.offer(agent, Tags("A"), ["ICE": "remove"])
        relay.answer(.audio(at: "2001:db8:9::2"), Tags("A", "B"))
        #expect(relay.offer(agent, Tags("A", "B"), ["ICE": "remove"]).section.address == "2001:db8::10")
    }

    /// Another party that takes the place of one faces the same interface.
    @Test func interfaceGoesOnWithTheSections() {
        let relay = TestRelay(interfaces: InterfaceTests.interfaces)
        let first = relay.offer(.audio(), Tags("A"), ["direction": ["priv", "pub"]]).section
        relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"))
        relay.answer(.audio(at: "10.0.0.3"), Tags("A", "C"), ["flags": ["new-branch"]])
        let second = relay.offer(.audio(), Tags("A", "C")).section
        #expect(second.address == "198.51.100.7" && second.port == first.port)
    }

    @Test func familyIsHeededInLaterOffers() {
        let relay = TestRelay(interfaces: InterfaceTests.interfaces)
        relay.offer(.audio(), Tags("A"))
        relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"))
        #expect(relay.offer(.audio(), Tags("A", "B"), ["address-family": "IP6"]).section.address == "2001:db8::10")
        // A zero address says nothing of the family.
        relay.answer(.audio(at: "0.0.0.0"), Tags("A", "B"))
        #expect(relay.offer(.audio(), Tags("A", "B")).section.address == "2001:db8::10")
    }

    @Test func interfaceWithoutTheFamilyTakesTheOther() {
        let relay = TestRelay(interfaces: ["192.0.2.10"])
        let section = relay.offer(.audio(at: "2001:db8:9::1")).section
        #expect(section.has("c=IN IP4 192.0.2.10"))
    }

    @Test func interfacesNamedInternalAndExternalAreInterfaces() {
        let relay = TestRelay(interfaces: ["internal/192.0.2.10", "external/203.0.113.20"])
        let toB = relay.offer(.audio(), Tags("A"), ["direction": ["internal", "external"]])
        #expect(toB.section.address == "203.0.113.20")
        #expect(relay.answer(.audio(at: "10.0.0.2")).section.address == "192.0.2.10")
    }

    @Test func choiceStaysForTheCall() {
        let relay = TestRelay(interfaces: InterfaceTests.interfaces)
        let port = relay.offer(.audio(), Tags("A"), ["direction": ["pub", "priv"]]).section.port
        relay.answer(.audio(at: "10.0.0.2"))
        let again = relay.offer(.audio(), Tags("A", "B")).section
        #expect(again.port == port)
        #expect(again.address == "192.0.2.10")
        let moved = relay.offer(.audio(port: 4100), Tags("A", "B")).section
        #expect(moved.address == "192.0.2.10")
        #expect(relay.offer(.audio(at: "10.0.0.2"), Tags("B", "A")).section.address == "198.51.100.7")
    }

    @Test(arguments: ["198.51.100.99", "2001:db8:9::9"])
    func mediaAddressIsPrintedOnly(_ address: String) {
        let relay = TestRelay(interfaces: InterfaceTests.interfaces)
        let options: BencodeDictionary = ["media-address": .text(address), "replace": ["origin"]]
        let reply = relay.offer(.audio(), Tags("A"), options)
        #expect(reply.section.address == address)
        #expect(reply.sessionLines.contains("o=alice 100 1 IN IP4 192.0.2.10"))
        let bound = relay.plane.snapshot.leased.values.map(\.local.address)
        #expect(Set(bound) == [IPAddress(ipv4: 0xC000_020A)])
    }

    /// Sockets are on the local address, peers see the advertised one.
    @Test func advertisedAddress() {
        let relay = TestRelay(interfaces: InterfaceTests.interfaces)
        let section = relay.offer(.audio(), Tags("A"), ["direction": ["priv", "pub"]]).section
        #expect(section.address == "198.51.100.7")
        let lease = relay.plane.snapshot.leased.values.first { $0.local.port == section.port }
        #expect(lease?.local.address == IPAddress(ipv4: 0xCB00_7114))
    }

    @Test func membersOfAGroupTakeTurns() {
        let relay = TestRelay(interfaces: [
            "out:a/203.0.113.1", "out:b/203.0.113.2", "out:c/203.0.113.3", "in/192.0.2.10",
        ])
        var seen: [String: Int] = [:]
        for number in 0..<30 {
            let call = "call\(number)"
            let toB = relay.offer(.audio(), Tags("A"), call: call, ["direction": ["in", "out"]]).section
            seen[toB.address, default: 0] += 1
            // The call stays where it is.
            let again = relay.offer(.audio(port: 4100), Tags("A"), call: call).section
            #expect(again.address == toB.address)
        }
        #expect(seen == ["203.0.113.1": 10, "203.0.113.2": 10, "203.0.113.3": 10])
    }

    @Test func memberWithoutPortsIsPassedOver() {
        let relay = TestRelay(interfaces: ["out:a/203.0.113.1", "out:b/203.0.113.2", "in/192.0.2.10"])
        relay.plane.update { $0.exhaustedPools = [PortPoolID(0)] }
        for number in 0..<4 {
            let reply = relay.offer(.audio(), Tags("A"), call: "call\(number)", ["direction": ["in", "out"]])
            #expect(reply.section.address == "203.0.113.2")
        }
        relay.plane.update { $0.exhaustedPools = [PortPoolID(0), PortPoolID(1)] }
        let reply = relay.offer(.audio(), Tags("A"), call: "last", ["direction": ["in", "out"]])
        #expect(reply.errorReason == "Ran out of ports")
    }

    @Test func memberCanBeNamed() {
        let relay = TestRelay(interfaces: ["out:a/203.0.113.1", "out:b/203.0.113.2"])
        for number in 0..<3 {
            let options: BencodeDictionary = ["direction": ["out:b", "out:b"]]
            #expect(relay.offer(.audio(), Tags("A"), call: "\(number)", options).section.address == "203.0.113.2")
        }
    }

    @Test func aliasMeansItsInterface() {
        var table = InterfaceTable(specs: InterfaceTests.interfaces)
        table.aliases = ["wan": "pub"]
        let relay = TestRelay(table: table)
        let section = relay.offer(.audio(), Tags("A"), ["direction": ["priv", "wan"]]).section
        #expect(section.address == "198.51.100.7")
    }

    @Test(
        arguments: [
            (["received-from": ["IP4", "10.9.9.9"], "flags": ["SIP-source-address"]], false, "10.9.9.9:4000"),
            (["received-from": ["IP4", "10.9.9.9"]], false, "10.0.0.1:4000"),
            (["received-from": ["IP4", "10.9.9.9"]], true, "10.9.9.9:4000"),
            (["received-from": ["IP4", "10.9.9.9"], "flags": ["trust-address"]], true, "10.0.0.1:4000"),
            ([:], true, "10.0.0.1:4000"),
        ] as [(BencodeDictionary, Bool, String)])
    func endpointFromTheSIPMessage(_ options: BencodeDictionary, _ isRule: Bool, _ endpoint: String) {
        let relay = TestRelay { $0.rules.usesSIPSource = isRule }
        let toB = relay.offer(.audio(), Tags("A"), options).section.port
        relay.answer(.audio(at: "10.0.0.2"))
        #expect(relay.rtpFlow(into: toB).map(\.to) == [endpoint])
    }
}
