import NetTypes
import STUN
import Testing

@Suite struct RFC5769Tests {
    @Test func request() throws {
        try withMessage(RFC5769.request) { message in
            #expect(message.type == STUNMessageType(.binding, .request))
            #expect(message.transactionID == testID)
            #expect(message.software?.text == "STUN test client")
            #expect(message.priority == 0x6E00_01FF)
            #expect(message.iceControlled == 0x932F_F9B1_5126_3B36)
            #expect(message.iceControlling == nil)
            #expect(message.username?.text == "evtj:h6vY")
            #expect(message.isAuthentic(HMACSHA1(RFC5769.password)))
            #expect(!message.isAuthentic(HMACSHA1("VOkJxbRl1RmTxUk/WvJxBT")))
            #expect(message.hasValidFingerprint)
            #expect(message.unknownRequiredAttributes.isEmpty)
        }
    }

    @Test(arguments: [
        (RFC5769.responseIPv4, "192.0.2.1:32853"),
        (RFC5769.responseIPv6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
    ])
    func response(_ bytes: [UInt8], _ address: String) throws {
        try withMessage(bytes) { message in
            #expect(message.type == STUNMessageType(.binding, .successResponse))
            #expect(message.transactionID == testID)
            #expect(message.software?.text == "test vector")
            #expect(message.xorMappedAddress == TransportAddress(address))
            #expect(message.isAuthentic(HMACSHA1(RFC5769.password)))
            #expect(message.hasValidFingerprint)
        }
    }

    @Test func longTermRequest() throws {
        try withMessage(RFC5769.longTermRequest) { message in
            #expect(message.username?.text == "マトリックス")
            #expect(message.isAuthentic(HMACSHA1(RFC5769.longTermKey)))
            #expect(!message.hasFingerprint)
            #expect(!message.hasValidFingerprint)
            #expect(message.unknownRequiredAttributes.isEmpty)
        }
    }

    /// The samples pad with blanks or nothing that our builder would write, so only the values can be compared: the
    /// IPv4 response has no padding inside integrity but that of SOFTWARE.
    @Test func builderAgreesWithTheSamplesOnXORMappedAddress() throws {
        let ours = try #require(
            built(.successResponse) { $0.addXORMappedAddress(TransportAddress(IPAddress(ipv4: 0xC000_0201), 32853)) })
        #expect(Array(ours[20...]) == hex("00200008 0001a147 e112a643"))
    }

    /// Every flipped bit of every sample is noticed: by the reader, by FINGERPRINT or by MESSAGE-INTEGRITY.
    @Test(arguments: [RFC5769.request, RFC5769.responseIPv4, RFC5769.responseIPv6])
    func noBitCanChangeUnnoticed(_ bytes: [UInt8]) {
        let key = HMACSHA1(RFC5769.password)
        for bit in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let passed = try? withMessage(changed) { $0.hasValidFingerprint && $0.isAuthentic(key) }
            #expect(passed != true, "bit \(bit)")
        }
    }
}
