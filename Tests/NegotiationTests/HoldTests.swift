import Bencode
import TestSupport
import Testing

/// Direction and hold (sdp-behaviour §7).
@Suite struct HoldTests {
    /// What a party says, and what the other one is told.
    struct Form: Sendable, CustomTestStringConvertible {
        var address = "10.0.0.1"
        var session: [String] = []
        var lines: [String] = []
        var options: BencodeDictionary = [:]
        let shownAddress: String
        let shownDirection: String?

        var testDescription: String { "\(address) \(session + lines) \(options.entries.map(\.key))" }

        init(_ shownAddress: String, _ shownDirection: String?, _ change: (inout Form) -> Void) {
            self.shownAddress = shownAddress
            self.shownDirection = shownDirection
            change(&self)
        }
    }

    static let forms: [Form] =
        ["sendrecv", "sendonly", "recvonly", "inactive"].map { word in
            Form("198.51.100.7", word) { $0.lines = ["a=" + word] }
        } + [
            Form("198.51.100.7", "sendrecv") { _ in },
            Form("198.51.100.7", "sendonly") { $0.session = ["a=sendonly"] },
            Form("198.51.100.7", "recvonly") {
                $0.session = ["a=sendonly"]
                $0.lines = ["a=recvonly"]
            },
            Form("198.51.100.7", "inactive") { $0.lines = ["a=sendonly", "a=inactive"] },
            Form("198.51.100.7", "sendrecv") { $0.lines = ["a=SENDONLY"] },
            Form("0.0.0.0", "sendonly") { $0.address = "0.0.0.0" },
            Form("0.0.0.0", "sendonly") {
                $0.address = "0.0.0.0"
                $0.lines = ["a=sendonly"]
            },
            Form("0.0.0.0", "inactive") {
                $0.address = "0.0.0.0"
                $0.lines = ["a=recvonly"]
            },
            Form("0.0.0.0", "inactive") {
                $0.address = "0.0.0.0"
                $0.session = ["a=inactive"]
            },
            Form("198.51.100.7", "sendonly") {
                $0.address = "0.0.0.0"
                $0.options = ["replace": ["zero-address"]]
            },
            Form("198.51.100.7", nil) { $0.options = ["flags": ["original-sendrecv"]] },
            Form("198.51.100.7", "recvonly") {
                $0.session = ["a=recvonly"]
                $0.options = ["flags": ["original-sendrecv"]]
            },
            Form("0.0.0.0", nil) {
                $0.address = "0.0.0.0"
                $0.options = ["flags": ["original-sendrecv"]]
            },
        ]

    @Test(arguments: forms, [true, false])
    func isPassedOn(_ form: Form, _ isFirst: Bool) {
        let relay = TestRelay()
        var ports: (a: UInt16, b: UInt16)?
        if !isFirst {
            let toB = relay.offer(.audio()).section.port
            ports = (relay.answer(.audio(at: "10.0.0.2", port: 5000)).section.port, toB)
        }
        let body = Body.audio(at: form.address, form.lines).session(form.session)
        let section = relay.offer(body, isFirst ? Tags("A") : Tags("A", "B"), form.options).section
        #expect(section.address == form.shownAddress)
        #expect(section.direction == form.shownDirection)
        #expect(section.port != 0)
        #expect(section.rtcpPort == section.port + 1)
        if let ports {
            #expect(section.port == ports.b)
            #expect(relay.answer(.audio(at: "10.0.0.2", port: 5000, ["a=recvonly"])).section.port == ports.a)
            // Whoever holds with a zero address cannot be sent to.
            let remote = form.address == "0.0.0.0" ? nil : "10.0.0.1:4000"
            #expect(relay.rtpFlow(into: ports.b) == [.init(out: ports.a, to: remote)])
            #expect(relay.rtpFlow(into: ports.a) == [.init(out: ports.b, to: "10.0.0.2:5000")])
        }
    }

    @Test(arguments: forms)
    func resumeBringsThePortsBack(_ form: Form) {
        let relay = TestRelay()
        let toB = relay.offer(.audio()).section
        let toA = relay.answer(.audio(at: "10.0.0.2", port: 5000)).section
        relay.offer(Body.audio(at: form.address, form.lines).session(form.session), Tags("A", "B"), form.options)
        relay.answer(.audio(at: "10.0.0.2", port: 5000, ["a=inactive"]))
        let resumed = relay.offer(.audio(), Tags("A", "B")).section
        #expect(resumed.lines == toB.lines)
        #expect(relay.answer(.audio(at: "10.0.0.2", port: 5000)).section.lines == toA.lines)
        #expect(relay.rtpFlow(into: toB.port) == [.init(out: toA.port, to: "10.0.0.1:4000")])
        #expect(relay.plane.openPorts == 4)
    }

    @Test func zeroAddressOfIPv6() {
        let relay = TestRelay(interfaces: ["192.0.2.10", "2001:db8::10"])
        let section = relay.offer(.audio(at: "::")).section
        #expect(section.has("c=IN IP6 ::"))
        #expect(section.direction == "sendonly")
    }

    /// Before the answerer is known, and when it holds: its packets are let in, it is sent none.
    @Test func answererWithAZeroAddress() {
        let relay = TestRelay()
        let toB = relay.offer(.audio()).section.port
        let toA = relay.answer(.audio(at: "0.0.0.0", port: 5000)).section
        #expect(toA.address == "0.0.0.0")
        #expect(toA.direction == "sendonly")
        #expect(relay.rtpFlow(into: toA.port) == [.init(out: toB, to: nil)])
        #expect(relay.rtpFlow(into: toB) == [.init(out: toA.port, to: "10.0.0.1:4000")])
    }
}
