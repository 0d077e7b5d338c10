import Bencode
import Forwarding
import TestSupport
import Testing

/// `block media`, `silence media`, `block DTMF` and what lets media go again (ng-protocol §4.8…§4.10).
@Suite struct SuppressionTests {
    private let relay = TestRelay()
    /// Where the packets of B and of A arrive.
    private let (fromB, fromA): (UInt16, UInt16)

    init() {
        let events = ["a=rtpmap:101 telephone-event/8000"]
        fromB = relay.offer(.audio(formats: "8 9 101", events), Tags("A"), ["label": "caller"]).section.port
        fromA =
            relay.answer(.audio(at: "10.0.0.2", formats: "8 9 101", events), Tags("A", "B"), ["label": "callee"])
            .section.port
    }

    /// What is kept back of A's packets and of B's.
    private var kept: [MediaSuppression?] {
        [fromA, fromB].map { relay.plane.plan(port: $0)?.suppression }
    }

    private func send(_ command: String, _ options: BencodeDictionary = [:]) -> Reply {
        var request: BencodeDictionary = ["command": .text(command), "call-id": "call"]
        request.append(contentsOf: options)
        return Reply(relay.send(request))
    }

    struct Kind: Sendable, CustomTestStringConvertible {
        let begin: String
        let end: String
        let suppression: MediaSuppression
        var testDescription: String { begin }
    }

    static let media = [
        Kind(begin: "block media", end: "unblock media", suppression: .media),
        Kind(begin: "silence media", end: "unsilence media", suppression: .sound),
    ]
    static let all = media + [Kind(begin: "block DTMF", end: "unblock DTMF", suppression: .events)]

    @Test(arguments: all)
    func wholeCallOrOneParty(_ kind: Kind) {
        let one: [BencodeDictionary] = [
            ["from-tag": "A", "flags": ["directional"]], ["rtpp-flags": "from-tag=A"], ["label": "caller"],
            ["from-label": "caller"], ["address": "10.0.0.1"],
        ]
        let whole: [BencodeDictionary] = [[:], ["flags": ["all"]], ["all": "all"], ["all": "all", "label": "nobody"]]
        for (options, expected) in one.map({ ($0, [kind.suppression, []]) })
            + whole.map({ ($0, [kind.suppression, kind.suppression]) })
        {
            #expect(send(kind.begin, options).dictionary == ["result": "ok"])
            #expect(kept == expected, "\(options)")
            #expect(send(kind.end, options).dictionary == ["result": "ok"])
            #expect(kept == [[], []], "\(options)")
        }
    }

    /// Clients send it with every command.
    @Test func fromTagAloneSilencesButDoesNotBlock() {
        for (command, expected) in [
            ("block media", [.media, .media]), ("unblock media", [[], []]),
            ("block DTMF", [.events, .events]), ("unblock DTMF", [[], []]),
            ("silence media", [.sound, []]), ("unsilence media", [[], []]),
        ] as [(String, [MediaSuppression])] {
            #expect(send(command, ["from-tag": "A"]).result == "ok")
            #expect(kept == expected, "\(command)")
        }
    }

    @Test(arguments: media)
    func oneFlow(_ kind: Kind) {
        let from: BencodeDictionary = ["from-tag": "B", "flags": ["directional"]]
        for to in [["to-tag": "A"], ["to-label": "caller"], ["all": "offer-answer"], ["all": "flows"]]
            as [BencodeDictionary]
        {
            var options = from
            options.append(contentsOf: to)
            #expect(send(kind.begin, options).result == "ok")
            #expect(kept == [[], kind.suppression], "\(to)")
            // What is kept back of the party is another matter.
            #expect(send(kind.end, from).result == "ok")
            #expect(kept == [[], kind.suppression], "\(to)")
            #expect(send(kind.end, options).result == "ok")
            #expect(kept == [[], []], "\(to)")
        }
    }

    @Test(arguments: all)
    func partiesOwnBlockStays(_ kind: Kind) {
        #expect(send(kind.begin, ["label": "callee"]).result == "ok")
        #expect(send(kind.begin).result == "ok")
        #expect(send(kind.end).result == "ok")
        #expect(kept == [[], kind.suppression])
        #expect(send(kind.end, ["all": "all"]).result == "ok")
        #expect(kept == [[], []])
    }

    @Test(
        arguments: [
            (["from-tag": "X", "flags": ["directional"]], "From-tag given, but no such tag exists"),
            (["label": "nobody"], "No monologue matching the given label"),
            (["address": "10.9.9.9"], "Failed to match address to any tag"),
            (["address": "nonsense"], "Failed to parse network address"),
            (["label": "caller", "to-tag": "X"], "Media flow not found (to-tag not found)"),
            (["label": "caller", "to-label": "nobody"], "Media flow not found (to-label not found)"),
            (["label": "caller", "to-tag": "A"], "Media flow not found (to-tag not subscribed)"),
            (["label": "caller", "all": "except-offer-answer"], "No eligible media subscriptions found"),
        ] as [(BencodeDictionary, String)])
    func refusals(_ options: BencodeDictionary, _ reason: String) {
        for kind in SuppressionTests.media {
            for command in [kind.begin, kind.end] {
                #expect(send(command, options).errorReason == reason)
                #expect(kept == [[], []])
            }
        }
    }

    @Test func unknownCalls() {
        for kind in SuppressionTests.all {
            for command in [kind.begin, kind.end] {
                #expect(
                    Reply(relay.send(["command": .text(command), "call-id": "other"])).errorReason == "Unknown call-ID")
                #expect(Reply(relay.send(["command": .text(command)])).errorReason == "No call-id in message")
            }
        }
    }

    @Test func outlivesLaterOffers() {
        #expect(send("block media", ["label": "caller"]).result == "ok")
        relay.offer(.audio(port: 4444), Tags("A", "B"))
        relay.answer(.audio(at: "10.0.0.2"))
        #expect(kept[0] == .media)
        relay.offer(.audio(at: "10.0.0.2"), Tags("B", "A"))
        #expect(kept[0] == .media)
    }

    @Test func silenceIsOfTheCodec() {
        #expect(send("silence media", ["from-tag": "A"]).result == "ok")
        let silence = relay.plane.plan(port: fromA)?.silence
        #expect(silence?[8] == 0xD5 && silence?[9] == 0xFA && silence?[101] == nil)
        // An assigned number needs no SDP to be understood.
        #expect(silence?[0] == 0xFF)
        #expect(relay.plane.plan(port: fromB)?.silence.entries == [])
    }

    /// A party may send digits under the number of its peer (RFC 3264 §6.1), also before it has answered.
    @Test func digitsAreKnownByTheNumberOfThePeer() {
        let relay = TestRelay()
        let port = relay.offer(.audio(formats: "8 101", ["a=rtpmap:101 telephone-event/8000"]), Tags("A")).section.port
        #expect(relay.plane.plan(port: port)?.eventPayloadTypes == [101])
        relay.answer(
            .audio(at: "10.0.0.2", formats: "8 96", ["a=rtpmap:96 telephone-event/8000"]), Tags("A", "B"))
        #expect(relay.plane.plan(port: port)?.eventPayloadTypes == [96, 101])
    }

    @Test func labelIsGivenAlong() {
        #expect(send("block media", ["label": "callee", "set-label": "agent"]).result == "ok")
        #expect(send("unblock media", ["label": "agent"]).result == "ok")
        #expect(send("block media", ["label": "callee"]).errorReason == "No monologue matching the given label")
    }

    /// With a trigger events go on until it is heard, which it is not here.
    @Test(
        arguments: [
            ([:], .events), (["DTMF-security": "drop"], .events), (["DTMF-security": "tone"], .events),
            (["DTMF-security": "off"], []), (["trigger": "1"], []),
            (["trigger": "1", "DTMF-security": "zero"], .events),
        ] as [(BencodeDictionary, MediaSuppression)])
    func securityOfEvents(_ options: BencodeDictionary, _ expected: MediaSuppression) {
        #expect(send("block DTMF", ["label": "caller"]).result == "ok")
        #expect(kept == [.events, []])
        var selected: BencodeDictionary = ["label": "caller"]
        selected.append(contentsOf: options)
        #expect(send("block DTMF", selected).result == "ok")
        #expect(kept == [expected, []])
    }

    @Test func eventsOfTheSenderByFlag() {
        relay.offer(.audio(at: "10.0.0.2"), Tags("B", "A"), ["flags": ["block-dtmf"]])
        #expect(kept == [[], .events])
        relay.answer(.audio(), Tags("B", "A"), ["flags": ["block-DTMF"]])
        #expect(kept == [.events, .events])
    }
}
