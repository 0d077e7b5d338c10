import Bencode
import Forwarding
import TestSupport
import Testing

/// RTP/RTCP multiplexing: the table of sdp-behaviour §9, in the documents and in where packets go.
@Suite struct MuxTests {
    /// One row of the table: policy words, and what comes out depending on what the parties announce.
    struct Row: Sendable, CustomTestStringConvertible {
        let words: [String]
        /// What the answerer is offered when the offerer announces mux, and when it does not.
        let offered: (mux: Offered, plain: Offered)
        /// What the offerer, having announced mux, is answered when the answerer accepts, and when it does not.
        let answered: (accepted: Bool, declined: Bool)

        var testDescription: String { words.isEmpty ? "no option" : words.joined(separator: "+") }

        init(_ words: [String], offered: (Offered, Offered), answered: (Bool, Bool)) {
            self.words = words
            self.offered = offered
            self.answered = answered
        }
    }

    enum Offered: Sendable {
        /// A pair of ports, without `a=rtcp-mux`.
        case plain
        /// A pair of ports, with `a=rtcp-mux`.
        case mux
        /// One port, with `a=rtcp-mux`.
        case onlyMux
    }

    static let rows = [
        Row([], offered: (.mux, .plain), answered: (true, false)),
        Row(["offer"], offered: (.mux, .mux), answered: (true, false)),
        Row(["require"], offered: (.onlyMux, .onlyMux), answered: (true, false)),
        Row(["demux"], offered: (.plain, .plain), answered: (true, true)),
        Row(["accept"], offered: (.mux, .plain), answered: (true, true)),
        Row(["reject"], offered: (.mux, .plain), answered: (false, false)),
        Row(["accept", "offer"], offered: (.mux, .mux), answered: (true, true)),
        Row(["demux", "offer"], offered: (.mux, .mux), answered: (true, true)),
        Row(["reject", "offer"], offered: (.mux, .mux), answered: (false, false)),
        Row(["accept", "require"], offered: (.onlyMux, .onlyMux), answered: (true, true)),
    ]

    /// A browser takes no section without it.
    @Test(arguments: [[], ["offer"]], [true, false])
    func sectionsAddedLaterAreMultiplexedLikeTheOthers(_ words: [String], _ isOfCaller: Bool) {
        let relay = TestRelay()
        let mux = ["a=rtcp-mux"]
        relay.offer(.audio(mux), Tags("A"))
        relay.answer(.audio(at: "10.0.0.2", mux))
        let tags = isOfCaller ? Tags("A", "B") : Tags("B", "A")
        let body = Body.audio(at: isOfCaller ? "10.0.0.1" : "10.0.0.2", mux).section("video 4002 RTP/AVP 96")
        let reply = relay.offer(body, tags, ["rtcp-mux": .list(words.map(BencodeValue.text))])
        for section in reply.sections { expectRTCP(of: section, isMuxed: true, isPair: false) }
    }

    /// A section that was refused it stays without.
    @Test func sectionsThatAreThereKeepTheirOwnWay() {
        let relay = TestRelay()
        let video = Body.audio(["a=rtcp-mux"]).section("video 4002 RTP/AVP 96", ["a=rtcp-mux"])
        relay.offer(video, Tags("A"))
        relay.answer(.audio(at: "10.0.0.2", ["a=rtcp-mux"]).section("video 5002 RTP/AVP 96"))
        let sections = relay.offer(video, Tags("A", "B")).sections
        expectRTCP(of: sections[0], isMuxed: true, isPair: false)
        expectRTCP(of: sections[1], isMuxed: true, isPair: true)
    }

    private func expectRTCP(
        of section: Reply.Section, isMuxed: Bool, isPair: Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(section.isMuxed == isMuxed, sourceLocation: sourceLocation)
        #expect(section.rtcpPort == section.port + (isPair ? 1 : 0), sourceLocation: sourceLocation)
        if isPair { #expect(section.port % 2 == 0, sourceLocation: sourceLocation) }
    }

    @Test(arguments: rows, [true, false])
    func offerAndAnswer(_ row: Row, _ announces: Bool) {
        for accepts in [true, false] {
            let relay = TestRelay()
            let options: BencodeDictionary = ["rtcp-mux": .list(row.words.map(BencodeValue.text))]
            let toB = relay.offer(.audio(announces ? ["a=rtcp-mux"] : []), Tags("A"), options).section
            let offered = announces ? row.offered.mux : row.offered.plain
            expectRTCP(of: toB, isMuxed: offered != .plain, isPair: offered != .onlyMux)
            if accepts, offered == .plain { continue }
            let toA = relay.answer(.audio(at: "10.0.0.2", port: 5000, accepts ? ["a=rtcp-mux"] : [])).section
            let isMuxedToA = announces && (accepts ? row.answered.accepted : row.answered.declined)
            expectRTCP(of: toA, isMuxed: isMuxedToA, isPair: !isMuxedToA)
            // The answerer may have sent to the second port of a pair already; it stays.
            #expect(relay.plane.openPorts == (isMuxedToA ? 1 : 2) + (offered == .onlyMux ? 1 : 2))
            guard accepts || offered != .onlyMux else { continue }
            expectFlows(relay, toA: toA, toB: toB, isMuxedToA: isMuxedToA, isMuxedToB: accepts)
        }
    }

    /// RTP goes between the RTP ports; RTCP leaves where the other side expects it, wherever it came in.
    private func expectFlows(
        _ relay: TestRelay, toA: Reply.Section, toB: Reply.Section, isMuxedToA: Bool, isMuxedToB: Bool
    ) {
        let rtcpToA = TestRelay.Flow(
            out: toA.port + (isMuxedToA ? 0 : 1), to: "10.0.0.1:\(isMuxedToA ? 4000 : 4001)")
        let rtcpToB = TestRelay.Flow(
            out: toB.port + (isMuxedToB ? 0 : 1), to: "10.0.0.2:\(isMuxedToB ? 5000 : 5001)")
        #expect(relay.rtpFlow(into: toA.port) == [.init(out: toB.port, to: "10.0.0.2:5000")])
        #expect(relay.rtpFlow(into: toB.port) == [.init(out: toA.port, to: "10.0.0.1:4000")])
        #expect(relay.rtcpFlow(into: toA.port + (isMuxedToA ? 0 : 1)) == [rtcpToB])
        #expect(relay.rtcpFlow(into: toB.port + (isMuxedToB ? 0 : 1)) == [rtcpToA])
        #expect(relay.plane.plan(port: toA.port)?.carries == (isMuxedToA ? .multiplexed : .rtp))
        #expect(relay.plane.plan(port: toB.port)?.carries == (isMuxedToB ? .multiplexed : .rtp))
        #expect(relay.plane.plan(port: toB.port + 1)?.carries == (toB.rtcpPort == toB.port ? nil : .rtcp))
    }

    @Test func partyThatMultiplexesGoesOnDoingSo() {
        let relay = TestRelay()
        relay.offer(.audio(["a=rtcp-mux"]))
        let toA = relay.answer(.audio(at: "10.0.0.2", ["a=rtcp-mux"])).section
        let again = relay.offer(.audio(["a=rtcp-mux"]), Tags("A", "B")).section
        expectRTCP(of: again, isMuxed: true, isPair: false)
        relay.answer(.audio(at: "10.0.0.2", ["a=rtcp-mux"]))
        #expect(relay.plane.openPorts == 2)
        // Also when the other one does not say so.
        let back = relay.offer(.audio(at: "10.0.0.2"), Tags("B", "A")).section
        #expect(back.port == toA.port)
        expectRTCP(of: back, isMuxed: true, isPair: false)
    }

    @Test func demuxedCallIsUnmuxedWithoutTheOption() {
        let relay = TestRelay()
        relay.offer(.audio(["a=rtcp-mux"]), Tags("A"), ["rtcp-mux": ["demux"]])
        let toA = relay.answer(.audio(at: "10.0.0.2")).section
        expectRTCP(of: toA, isMuxed: true, isPair: false)
        relay.offer(.audio(["a=rtcp-mux"]), Tags("A", "B"))
        let again = relay.answer(.audio(at: "10.0.0.2")).section
        expectRTCP(of: again, isMuxed: false, isPair: true)
        #expect(again.port != toA.port)
        #expect(relay.plane.openPorts == 4)
    }

    @Test(arguments: [
        ("no-rtcp-attribute", []), ("full-rtcp-attribute", ["PORT IN IP4 198.51.100.7"]), ("trust-address", ["PORT"]),
    ])
    func rtcpAttribute(_ flag: String, _ texts: [String]) {
        let section = TestRelay().offer(.audio(), Tags("A"), ["flags": [.text(flag)]]).section
        let expected = texts.map { $0.replacingPort(section.port + 1) }
        #expect(section.values(of: "rtcp") == expected)
    }

    @Test(arguments: [
        ("a=rtcp:4444", "10.0.0.1:4444"), ("a=rtcp:4444 IN IP4 10.0.0.77", "10.0.0.77:4444"),
        ("a=rtcp:99999", "10.0.0.1:4001"), ("a=x", "10.0.0.1:4001"),
    ])
    func rtcpEndpointOfTheParty(_ line: String, _ endpoint: String) {
        let relay = TestRelay()
        let toB = relay.offer(.audio([line])).section
        relay.answer(.audio(at: "10.0.0.2"))
        #expect(relay.rtcpFlow(into: toB.port + 1).map(\.to) == [endpoint])
    }

    /// There is no port above 65535.
    @Test func rtcpAboveTheHighestPortGoesNowhere() {
        let relay = TestRelay()
        let toB = relay.offer(.audio(port: 65_535)).section
        relay.answer(.audio(at: "10.0.0.2"))
        #expect(relay.rtpFlow(into: toB.port).map(\.to) == ["10.0.0.1:65535"])
        #expect(relay.rtcpFlow(into: toB.port + 1).map(\.to) == [nil])
    }
}

extension String {
    fileprivate func replacingPort(_ port: UInt16) -> String {
        hasPrefix("PORT") ? "\(port)" + dropFirst(4) : self
    }
}
