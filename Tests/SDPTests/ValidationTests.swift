import SDP
import Testing

@Suite struct ValidationTests {
    @Test(arguments: [
        ["m=audio 4000 RTP/AVP 0 127"],
        ["m=audio 4000 RTP/AVP"],
        ["m=application 4000 UDP/BFCP *", "m=image 4000 udptl t38", "m=message 9 TCP/MSRP *"],
        ["m=audio 4000 FOO/BAR x"],
    ])
    func complete(_ media: [String]) throws {
        try description(["v=0", "c=IN IP4 10.1.1.1"] + media).validateForRelay()
    }

    @Test(arguments: ["x", "128", "255", "256", "99999999999999999999", "-1", "+1", "*", "0x8", "1.0"])
    func payloadTypes(_ format: String) throws {
        let parsed = try description([
            "v=0", "c=IN IP4 10.1.1.1", "m=audio 1 RTP/AVP 0", "m=audio 1 rtp/savpf 0 \(format)",
        ])
        #expect(throws: SDPError.incomplete(section: 1, .payloadType(format))) { try parsed.validateForRelay() }
        #expect(SDPError.incomplete(section: 1, .payloadType(format)).isIncomplete)
    }

    @Test func connectionData() throws {
        try description(["v=0", "m=audio 1 RTP/AVP 0", "c=IN IP4 10.1.1.1"]).validateForRelay()
        try description(["v=0"]).validateForRelay()
        // A rejected section needs it as well.
        for port in [0, 4000] {
            let parsed = try description([
                "v=0", "m=audio 1 RTP/AVP 0", "c=IN IP4 10.1.1.1", "m=audio \(port) RTP/AVP 0",
            ])
            #expect(throws: SDPError.incomplete(section: 1, .connectionData)) { try parsed.validateForRelay() }
        }
    }
}
