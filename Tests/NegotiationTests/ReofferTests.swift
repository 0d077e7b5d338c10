import Bencode
import Forwarding
import TestSupport
import Testing

/// Offers within a dialogue that say nothing of profile, ICE and keys: each leg goes on as it is (sdp-behaviour §10 to
/// §13, where the proxy gives its options with the first offer only).
@Suite struct ReofferTests {
    private let relay = TestRelay()
    private let phone = Body.audio()
    private let agent = ["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901"]
    private let fingerprint = "a=fingerprint:sha-256 " + Array(repeating: "AB", count: 32).joined(separator: ":")
    private static let key = " AES_CM_128_HMAC_SHA1_80 inline:" + String(repeating: "b", count: 40)

    private func browser(_ setup: String) -> Body {
        Body(at: "10.0.0.2").section(
            "audio 5000 UDP/TLS/RTP/SAVPF 8", agent + ["a=setup:" + setup, fingerprint, "a=rtcp-mux", "a=mid:0"])
    }

    private func sdesPhone(_ tag: Int) -> Body {
        Body(at: "10.0.0.2").section("audio 5000 RTP/SAVP 8", ["a=crypto:\(tag)" + Self.key])
    }

    @Test func phoneCallsBrowser() {
        relay.offer(phone, Tags("A"), ["flags": ["WebRTC"]])
        relay.answer(browser("passive"), Tags("A", "B"))
        let again = relay.offer(phone, Tags("A", "B")).section
        #expect(again.transport == "UDP/TLS/RTP/SAVPF")
        #expect(again.values(of: "setup") == ["actpass"])
        #expect(again.values(of: "candidate").count == 1)
        // There were no keys to offer in the first offer, and there are none now.
        #expect(again.values(of: "crypto").isEmpty)
        #expect(relay.answer(browser("passive"), Tags("A", "B")).section.transport == "RTP/AVP")
        let back = relay.offer(browser("actpass"), Tags("B", "A")).section
        #expect(back.transport == "RTP/AVP")
        #expect(back.values(of: "candidate").isEmpty && back.values(of: "setup").isEmpty)
    }

    @Test func browserCallsPhone() {
        relay.offer(browser("actpass"), Tags("B"), ["ICE": "remove", "transport-protocol": "RTP/AVP"])
        relay.answer(phone, Tags("B", "A"))
        let back = relay.offer(phone, Tags("A", "B")).section
        #expect(back.transport == "UDP/TLS/RTP/SAVPF")
        #expect(back.values(of: "setup") == ["actpass"] && back.values(of: "crypto").isEmpty)
        #expect(!back.values(of: "candidate").isEmpty)
        #expect(relay.answer(browser("active"), Tags("A", "B")).section.transport == "RTP/AVP")
        let again = relay.offer(browser("actpass"), Tags("B", "A")).section
        #expect(again.transport == "RTP/AVP" && again.values(of: "ice-ufrag").isEmpty)
    }

    @Test func keysOfSDESGoOn() {
        relay.offer(phone, Tags("A"), ["transport-protocol": "RTP/SAVP"])
        relay.answer(sdesPhone(7), Tags("A", "B"))
        for options: BencodeDictionary in [[:], ["SDES": ["off"]], ["DTLS": "off"]] {
            let again = relay.offer(phone, Tags("A", "B"), options).section
            #expect(again.transport == "RTP/SAVP")
            #expect(again.values(of: "crypto").first?.hasPrefix("7 AES_CM_128_HMAC_SHA1_80") == true)
            #expect(again.values(of: "setup").isEmpty)
            relay.answer(sdesPhone(7), Tags("A", "B"))
        }
    }

    @Test func keysNobodyTookAreOfferedAgain() {
        let options: BencodeDictionary = ["transport-protocol": "UDP/TLS/RTP/SAVP"]
        let first = relay.offer(phone, Tags("A"), options).section
        relay.answer(
            Body(at: "10.0.0.2").section("audio 5000 UDP/TLS/RTP/SAVP 8", ["a=setup:active", fingerprint]),
            Tags("A", "B"))
        #expect(relay.offer(phone, Tags("A", "B")).section.values(of: "crypto") == first.values(of: "crypto"))
    }

    @Test func whoChangesItsOwnProfileNegotiatesAnew() {
        relay.offer(sdesPhone(1), Tags("B"), ["transport-protocol": "RTP/SAVPF"])
        relay.answer(sdesPhone(1), Tags("B", "A"))
        let anew = relay.offer(phone, Tags("B", "A")).section
        #expect(anew.transport == "RTP/AVP")
        #expect(anew.values(of: "crypto").isEmpty && anew.values(of: "fingerprint").isEmpty)
    }

    /// The answer to the browser was given a profile by the proxy; the browser goes on in the one it offered.
    @Test(arguments: ["RTP/SAVPF", "UDP/TLS/RTP/SAVPF"])
    func profileForcedInTheAnswerIsNoChange(_ forced: String) {
        relay.offer(
            browser("actpass"), Tags("B"), ["ICE": "remove", "transport-protocol": "RTP/AVP", "rtcp-mux": ["demux"]])
        relay.answer(phone, Tags("B", "A"), ["ICE": "force", "transport-protocol": .text(forced)])
        let again = relay.offer(browser("actpass"), Tags("B", "A")).section
        #expect(again.transport == "RTP/AVP")
        #expect(again.values(of: "fingerprint").isEmpty && again.values(of: "crypto").isEmpty)
    }

    /// What is not the only way can be switched off later; `reset` opens the choice anew.
    @Test func waysOfKeyingAreSwitchedOffLater() {
        func kinds(_ options: BencodeDictionary) -> [Bool] {
            let section = relay.offer(phone, Tags("A", "B"), options).section
            return [!section.values(of: "fingerprint").isEmpty, !section.values(of: "crypto").isEmpty]
        }
        let answer = Body(at: "10.0.0.2").section("audio 5000 RTP/SAVP 8", ["a=setup:active", fingerprint])
        relay.offer(phone, Tags("A"), ["transport-protocol": "RTP/SAVP"])
        relay.answer(answer, Tags("A", "B"))
        #expect(kinds([:]) == [true, true])
        #expect(kinds(["SDES": ["off"]]) == [true, false])
        #expect(kinds(["DTLS": "off"]) == [false, true])
        // A refused offer is none; the next one shows both.
        #expect(kinds([:]) == [true, true])
        relay.offer(phone, Tags("A", "B"))
        relay.answer(sdesPhone(7), Tags("A", "B"))
        #expect(kinds([:]) == [false, true])
        #expect(kinds(["flags": ["reset"]]) == [true, true])
    }

    /// Who declined keys in a plain profile is asked again, and nothing is encrypted unless they are taken.
    @Test func declinedOpportunisticKeysStayDeclined() {
        let caller = Body.audio(["a=crypto:7" + Self.key])
        let callee = Body.audio(at: "10.0.0.2")
        for tags in [Tags("A"), Tags("A", "B"), Tags("A", "B")] {
            #expect(!relay.offer(caller, tags).section.values(of: "crypto").isEmpty)
            #expect(relay.answer(callee, Tags("A", "B")).section.values(of: "crypto").isEmpty)
            #expect(relay.plane.snapshot.plans.values.allSatisfy { $0.security == nil })
        }
        #expect(relay.offer(callee, Tags("B", "A")).section.values(of: "crypto").isEmpty)
        relay.answer(.audio(), Tags("B", "A"))
        #expect(relay.plane.snapshot.plans.values.allSatisfy { $0.security == nil })
    }

    /// The party's last own document decides, not the sender's.
    @Test(arguments: [(true, true, true), (true, false, false), (false, true, true), (false, false, false)])
    func keepsToWhatTheReceiverSaid(_ senderHasICE: Bool, _ receiverHasICE: Bool, _ isShown: Bool) {
        relay.offer(.audio(agent), Tags("A"))
        relay.answer(.audio(at: "10.0.0.2", receiverHasICE ? agent : []), Tags("A", "B"))
        let again = relay.offer(.audio(senderHasICE ? agent : []), Tags("A", "B")).section
        #expect(again.values(of: "ice-ufrag").isEmpty != isShown)
    }

    /// Keys in a plain profile are a matter of the leg as well (RFC 8643).
    @Test func opportunisticKeysStayOnTheirLeg() {
        let keyed = Body.audio(at: "10.0.0.2", ["a=crypto:7" + Self.key])
        relay.offer(phone, Tags("A"), ["OSRTP": ["offer"]])
        relay.answer(keyed, Tags("A", "B"))
        let again = relay.offer(phone, Tags("A", "B")).section
        #expect(again.values(of: "crypto").first?.hasPrefix("7 AES_CM_128_HMAC_SHA1_80") == true)
        relay.answer(keyed, Tags("A", "B"))
        #expect(relay.offer(keyed, Tags("B", "A")).section.values(of: "crypto").isEmpty)
        #expect(relay.answer(phone, Tags("B", "A")).section.values(of: "crypto").count == 1)
        // A plain answer ends it.
        relay.offer(phone, Tags("A", "B"))
        relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B"))
        #expect(relay.offer(phone, Tags("A", "B")).section.values(of: "crypto").isEmpty)
    }

    @Test func liteAgentStaysLite() {
        let lite = { (reply: Reply) in reply.sessionLines.contains("a=ice-lite") }
        relay.offer(.audio(agent), Tags("A"), ["ICE-lite": "both"])
        #expect(lite(relay.answer(.audio(at: "10.0.0.2", agent), Tags("A", "B"))))
        #expect(lite(relay.offer(.audio(agent), Tags("A", "B"))))
        #expect(lite(relay.answer(.audio(at: "10.0.0.2", agent), Tags("A", "B"))))
        relay.offer(.audio(agent), Tags("A", "B"), ["ICE-lite": "off"])
        #expect(!lite(relay.answer(.audio(at: "10.0.0.2", agent), Tags("A", "B"))))
    }

    @Test func rejectedSectionIsOfferedAsBefore() {
        let offer = phone.section("video 4002 RTP/AVP 31")
        relay.offer(offer, Tags("A"), ["ICE": "force"])
        relay.answer(.audio(at: "10.0.0.2", agent).section("video 0 RTP/AVP 31"), Tags("A", "B"))
        #expect(relay.offer(offer, Tags("A", "B")).sections.map { $0.values(of: "candidate").count } == [2, 2])
    }

    /// Another hash would look like another certificate.
    @Test func fingerprintStays() {
        let options: BencodeDictionary = ["transport-protocol": "UDP/TLS/RTP/SAVP", "DTLS-fingerprint": "sha-1"]
        let first = relay.offer(phone, Tags("A"), options).section.values(of: "fingerprint")
        #expect(first.first?.hasPrefix("sha-1 ") == true)
        relay.answer(browser("active"), Tags("A", "B"))
        #expect(relay.offer(phone, Tags("A", "B")).section.values(of: "fingerprint") == first)
    }

    /// Nor does the answerer's own offer change the hash that it was told, as long as DTLS is in use.
    @Test(arguments: ["active", nil])
    func fingerprintStaysForAnAnswererThatOffers(_ setup: String?) {
        let octets = Array(repeating: "AB", count: 48).joined(separator: ":")
        func body(_ lines: [String]) -> Body {
            Body(at: "10.0.0.2").section("audio 5000 UDP/TLS/RTP/SAVP 8", lines + ["a=fingerprint:sha-384 " + octets])
        }
        let options: BencodeDictionary = ["transport-protocol": "UDP/TLS/RTP/SAVP"]
        let first = relay.offer(phone, Tags("A"), options).section.values(of: "fingerprint")
        relay.answer(body(setup.map { ["a=setup:" + $0] } ?? []), Tags("A", "B"))
        relay.offer(body(["a=setup:actpass"]), Tags("B", "A"))
        let answer = relay.answer(phone, Tags("B", "A")).section.values(of: "fingerprint")
        if setup == nil {
            #expect(answer.first?.hasPrefix("sha-384 ") == true)
        } else {
            #expect(answer == first)
        }
    }

    /// `no-` and `only-` say what is accepted, too; an offerer with nothing else is answered all the same.
    @Test(arguments: [
        ("no-AES_CM_128_HMAC_SHA1_80", "2 AES_CM_128_HMAC_SHA1_32"), ("only-AES_CM_128_HMAC_SHA1_32", "2 AES_CM"),
        ("only-AEAD_AES_256_GCM", "1 AES_CM_128_HMAC_SHA1_80"), ("only-NOTHING", "1 AES_CM_128_HMAC_SHA1_80"),
    ])
    func suitesThatAreExcludedAreNotAccepted(_ word: String, _ expected: String) {
        let other = Self.key.replacing("SHA1_80", with: "SHA1_32")
        let offer = Body(at: "10.0.0.1").section(
            "audio 4000 RTP/SAVP 8", ["a=crypto:1" + Self.key, "a=crypto:2" + other])
        relay.offer(offer, Tags("A"), ["transport-protocol": "RTP/AVP", "SDES": [.text(word)]])
        let answer = relay.answer(.audio(at: "10.0.0.2"), Tags("A", "B")).section
        #expect(answer.values(of: "crypto").map { $0.hasPrefix(expected) } == [true])
    }

    /// Each document names a packet time or none; what it comes out with. Offers and answers take turns.
    @Test(
        arguments: [
            ([("A", "30"), ("B", nil), ("B", nil), ("A", nil)], ["30", "30", "30", "30"]),
            (
                [("A", "30"), ("B", "20"), ("B", nil), ("A", nil), ("A", nil), ("B", nil)],
                ["30", "20", "20", "20", "20", "20"]
            ),
            (
                [("A", nil), ("B", nil), ("A", "40"), ("B", nil), ("B", nil), ("A", nil)],
                [nil, nil, "40", "40", "40", "40"]
            ),
        ] as [([(String, String?)], [String?])])
    func packetTimeHoldsForBoth(_ documents: [(party: String, time: String?)], _ expected: [String?]) {
        for (index, document) in documents.enumerated() {
            let body = Body.audio(
                at: document.party == "A" ? "10.0.0.1" : "10.0.0.2", document.time.map { ["a=ptime:" + $0] } ?? [])
            let other = document.party == "A" ? "B" : "A"
            let reply =
                index % 2 == 0
                ? relay.offer(body, Tags(document.party, other)) : relay.answer(body, Tags(other, document.party))
            #expect(reply.section.values(of: "ptime").first == expected[index])
        }
    }

    @Test(arguments: [("rtp/avp", "RTP/AVP"), ("udp/tls/rtp/savpf", "UDP/TLS/RTP/SAVPF"), ("UDPTL", "udptl")])
    func transportsAreWrittenAsRegistered(_ received: String, _ written: String) {
        #expect(relay.offer(Body(at: "10.0.0.1").section("audio 4000 \(received) 8")).section.transport == written)
    }
}
