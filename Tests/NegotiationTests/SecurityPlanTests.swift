import Bencode
import Forwarding
import NetTypes
import TestSupport
import Testing

/// What the ports of a call let pass while its keys are not agreed.
@Suite struct SecurityPlanTests {
    private static let crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
    private static let fingerprint = "a=fingerprint:sha-256 " + Array(repeating: "AB", count: 32).joined(separator: ":")

    private func body(_ profile: String, at address: String = "10.0.0.1", _ lines: [String]) -> Body {
        Body(at: address).section("audio 4000 \(profile) 0", lines)
    }

    /// The plan of the RTP port that the party at `address` sends to.
    private func security(_ relay: TestRelay, of address: String = "10.0.0.1") throws -> SecurityPlan? {
        let plans = relay.plane.snapshot.plans.values.filter { $0.remote?.description == "\(address):4000" }
        return try #require(plans.first).security
    }

    @Test(arguments: [("RTP/SAVP", [crypto]), ("UDP/TLS/RTP/SAVP", [fingerprint, "a=setup:actpass"])])
    func nothingPassesToAnOffererOfKeysBeforeTheAnswer(_ profile: String, _ lines: [String]) throws {
        let relay = TestRelay()
        relay.offer(body(profile, lines), Tags("A"), ["transport-protocol": "RTP/AVP"])
        #expect(try security(relay) == .pending)
        relay.answer(.audio(at: "10.0.0.2"))
        let plan = try security(relay)
        #expect(plan != nil && plan != .pending)
        #expect(try security(relay, of: "10.0.0.2") == nil)
    }

    @Test func opportunisticOffererIsInTheClearUntilTheAnswer() throws {
        let relay = TestRelay()
        relay.offer(body("RTP/AVP", [SecurityPlanTests.crypto]))
        #expect(try security(relay) == nil)
    }

    @Test func offererWithoutKeysIsInTheClear() throws {
        let relay = TestRelay()
        relay.offer(body("RTP/SAVP", []), Tags("A"), ["transport-protocol": "RTP/AVP"])
        #expect(try security(relay) == nil)
    }

    @Test(arguments: [["a=setup:holdconn"], []])
    func unusableRoleDoesNotOpenTheLeg(_ role: [String]) throws {
        let relay = TestRelay()
        let options: BencodeDictionary = ["transport-protocol": "RTP/AVP"]
        let fingerprint = SecurityPlanTests.fingerprint
        relay.offer(body("UDP/TLS/RTP/SAVP", [fingerprint, "a=setup:actpass"]), Tags("A"), options)
        relay.answer(.audio(at: "10.0.0.2"))
        let agreed = try security(relay)
        relay.offer(body("UDP/TLS/RTP/SAVP", [fingerprint] + role), Tags("A", "B"), options)
        #expect(try security(relay) == agreed)
        relay.answer(.audio(at: "10.0.0.2"))
        #expect(try security(relay) == .pending)
    }
}
