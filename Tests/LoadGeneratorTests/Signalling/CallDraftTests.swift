import Bencode
import NetTypes
import Testing

@testable import LoadGenerator

struct CallDraftTests {
    private static let relay = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"

    private static func draft(_ security: CallSecurity) throws -> CallDraft {
        try CallDraft(
            "x",
            CallPlan.with(
                security, address: IPAddress(ipv4: 0x7F00_0001), workload: MediaWorkload(), multiplexed: false))
    }

    @Test func plainCallsSayNothingOfSecurity() throws {
        let draft = try Self.draft(CallSecurity())
        #expect(draft.offer.first("transport-protocol") == nil)
        #expect(draft.offer.first("DTLS") == nil)
        #expect(draft.offer.first("sdp")?.text?.contains(" RTP/AVP 0\r\n") == true)
    }

    @Test func anSDESCallerTakesTheRelaysKey() throws {
        var draft = try Self.draft(CallSecurity(caller: .sdes))
        #expect(draft.offer.first("transport-protocol")?.text == "RTP/AVP")
        #expect(draft.offer.first("sdp")?.text?.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:") == true)
        try draft.takeOfferReply(Self.relay + "m=audio 1000 RTP/AVP 0\r\n")
        #expect(draft.call.callee.protection == nil)
        let line = SDESLine(tag: 1, keying: .random(.aesCM128Tag80)).attribute
        try draft.takeAnswerReply(Self.relay + "m=audio 1002 RTP/SAVP 0\r\na=\(line)\r\n", now: 0)
        #expect(draft.call.caller.protection != nil)
        #expect(draft.call.caller.target.port == 1002)
    }

    @Test func anAnswerWithoutAKeyIsReported() throws {
        let draft = try Self.draft(CallSecurity(caller: .sdes))
        #expect(throws: LoadError.self) {
            try draft.takeAnswerReply(Self.relay + "m=audio 1002 RTP/AVP 0\r\n", now: 0)
        }
    }

    @Test func anSDESCalleeChoosesAnotherSuite() throws {
        var draft = try Self.draft(CallSecurity(caller: .sdes, callee: .sdes))
        let lines = [SRTPSuite.aesCM128Tag80, .aesCM128Tag32].enumerated()
            .map { "a=\(SDESLine(tag: $0.offset + 1, keying: .random($0.element)).attribute)\r\n" }.joined()
        try draft.takeOfferReply(Self.relay + "m=audio 1000 RTP/SAVP 0\r\n" + lines)
        #expect(draft.answer.first("sdp")?.text?.contains("a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:") == true)
    }

    @Test func aWebRTCCallerOffersICEAndDTLS() throws {
        let draft = try Self.draft(CallSecurity(caller: .webRTC))
        let sdp = try #require(draft.offer.first("sdp")?.text)
        for attribute in ["ice-ufrag", "ice-pwd", "fingerprint", "setup", "candidate"] {
            #expect(SessionText.attribute(attribute, of: sdp) != nil)
        }
        #expect(draft.offer.first("DTLS")?.text == "passive")
        #expect(draft.offer.first("ICE")?.text == "remove")
        #expect(draft.answer.first("ICE")?.text == "force")
    }

    @Test func aWebRTCCalleeIsRefused() {
        #expect(throws: LoadError.self) { try Self.draft(CallSecurity(callee: .webRTC)) }
    }
}
