import Bencode
import TestSupport
import Testing

/// A proxy that tries one target after the other (failure route, serial forking) sends each offer with options of its
/// own. What nobody answered has settled nothing.
@Suite struct RetriedOfferTests {
    private let relay = TestRelay()
    private let phone = Body.audio(formats: "0")
    private static let key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"

    private func retry(_ first: BencodeDictionary, _ second: BencodeDictionary) -> Reply.Section {
        relay.offer(phone, Tags("A"), first)
        return relay.offer(phone, Tags("A"), second).section
    }

    @Test(
        arguments: [
            (["transport-protocol": "RTP/SAVP", "DTLS": "off"], ["transport-protocol": "RTP/SAVPF", "SDES": ["off"]]),
            ([:], ["transport-protocol": "RTP/SAVPF", "SDES": ["off"]]),
            (["transport-protocol": "RTP/SAVPF"], ["transport-protocol": "RTP/SAVPF", "SDES": ["off"]]),
        ] as [(BencodeDictionary, BencodeDictionary)])
    func keyingIsThatOfTheLastAttempt(_ first: BencodeDictionary, _ second: BencodeDictionary) {
        let offer = retry(first, second)
        #expect(offer.transport == "RTP/SAVPF")
        #expect(offer.values(of: "fingerprint").count == 1 && offer.values(of: "crypto").isEmpty)
    }

    @Test func keyingSwitchedOffComesBack() {
        let offer = retry(["transport-protocol": "RTP/SAVP", "DTLS": "off"], ["transport-protocol": "RTP/SAVP"])
        #expect(offer.values(of: "fingerprint").count == 1 && !offer.values(of: "crypto").isEmpty)
    }

    @Test func profileIsThatOfTheLastAttempt() {
        let offer = retry(["transport-protocol": "RTP/SAVPF"], [:])
        #expect(offer.transport == "RTP/AVP")
        #expect(offer.values(of: "fingerprint").isEmpty && offer.values(of: "crypto").isEmpty)
    }

    @Test(arguments: [nil, "sha-384"])
    func hashIsThatOfTheLastAttempt(_ former: String?) {
        var first: BencodeDictionary = [:]
        if let former {
            first.append("transport-protocol", "RTP/SAVPF")
            first.append("DTLS-fingerprint", .text(former))
        }
        let offer = retry(first, ["transport-protocol": "RTP/SAVPF", "DTLS-fingerprint": "sha-1"])
        #expect(offer.values(of: "fingerprint").map { $0.hasPrefix("sha-1 ") } == [true])
    }

    /// A leg that was plain has no hash to keep either.
    @Test func hashOfALegThatBecomesEncrypted() {
        relay.offer(phone, Tags("A"))
        relay.answer(.audio(at: "10.0.0.2", formats: "0"), Tags("A", "B"))
        let offer = relay.offer(
            phone, Tags("A", "B"), ["transport-protocol": "RTP/SAVPF", "DTLS-fingerprint": "sha-1"]
        ).section
        #expect(offer.values(of: "fingerprint").map { $0.hasPrefix("sha-1 ") } == [true])
    }

    /// An offer that crosses another one goes to a party that has said what it speaks.
    @Test func partyThatOffersItselfIsKnown() {
        let sdes = Body(at: "10.0.0.1").section(
            "audio 4000 RTP/SAVP 0", ["a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + Self.key])
        relay.offer(sdes, Tags("A", "B"), ["transport-protocol": "RTP/AVP"])
        let back = relay.offer(.audio(at: "10.0.0.2", formats: "0"), Tags("B", "A")).section
        #expect(back.transport == "RTP/SAVP")
        #expect(!back.values(of: "crypto").isEmpty && back.values(of: "fingerprint").isEmpty)
    }

    /// The key of a caller that was passed on is the caller's alone: a later offer without it has another one.
    @Test func keysOfAnotherPartyAreNotKept() {
        let sdes = Body(at: "10.0.0.1").section(
            "audio 4000 RTP/SAVP 0", ["a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + Self.key])
        let options: BencodeDictionary = ["transport-protocol": "RTP/SAVP", "DTLS": "off"]
        let first = relay.offer(sdes, Tags("A"), options).section.values(of: "crypto")
        let second = relay.offer(phone, Tags("A"), options).section.values(of: "crypto")
        #expect(first.contains { $0.contains(Self.key) })
        #expect(second.count == first.count && !second.contains { $0.contains(Self.key) })
        // Those that the relay made are as good as before.
        let keys = Set(second.compactMap { $0.split(separator: ":").last })
        #expect(first.filter { $0.split(separator: ":").last.map(keys.contains) == true }.count == first.count - 1)
    }

    /// One key of AES-GCM for packets of two kinds would be given away (RFC 7714 §9.1), in whichever order they came.
    @Test func keyOfGCMIsNotSharedByTwoKindsOfPackets() {
        let key = String(repeating: "b", count: 59)
        let sdes = Body(at: "10.0.0.1").section(
            "audio 4000 RTP/SAVP 0", ["a=crypto:1 AEAD_AES_256_GCM inline:" + key])
        let options: BencodeDictionary = ["transport-protocol": "RTP/SAVP", "DTLS": "off"]
        var changed = options
        changed.append("SDES", ["unencrypted_srtcp"])
        // The last character holds bits that the key has no use for.
        let known = String(key.dropLast())
        #expect(relay.offer(sdes, Tags("A"), options).section.values(of: "crypto").contains { $0.contains(known) })
        let lines = relay.offer(sdes, Tags("A"), changed).section.values(of: "crypto")
        #expect(lines.first?.hasSuffix("UNENCRYPTED_SRTCP") == true)
        #expect(!lines.contains { $0.contains(known) })
    }
}
