import NetTypes
import STUN
import Testing

@Suite struct STUNMessageBuilderTests {
    static let everything: @Sendable (inout STUNMessageBuilder) -> Void = { builder in
        builder.addSoftware("Millrace".utf8)
        builder.addUsername(receiver: "abcd".utf8, sender: "efghi".utf8)
        builder.addPriority(2_130_706_431)
        builder.addICEControlling(tieBreaker: .max)
        builder.addICEControlled(tieBreaker: 1)
        builder.addUseCandidate()
        builder.addMappedAddress(TransportAddress(IPAddress(ipv4: 0x0A00_0001), 9))
        builder.addXORMappedAddress(TransportAddress(IPAddress(ipv6High: 0x2001_0DB8_0000_0000, low: 1), 65535))
        builder.addErrorCode(.unknownAttribute)
        var unknown = STUNUnknownAttributes()
        unknown.append(STUNAttributeType(rawValue: 0x7001))
        builder.addUnknownAttributes(unknown)
        builder.addIntegrity(HMACSHA1("password"))
        builder.addFingerprint()
    }

    @Test func everyAttributeSurvivesARoundTrip() throws {
        let bytes = try #require(built(with: Self.everything))
        try withMessage(bytes) { message in
            #expect(message.type == STUNMessageType(.binding, .request))
            #expect(message.transactionID == testID)
            #expect(message.software?.text == "Millrace")
            #expect(message.username?.text == "abcd:efghi")
            #expect(message.priority == 2_130_706_431)
            #expect(message.iceControlling == .max)
            #expect(message.iceControlled == 1)
            #expect(message.hasUseCandidate)
            #expect(message.mappedAddress == TransportAddress("10.0.0.1:9"))
            #expect(message.xorMappedAddress == TransportAddress("[2001:db8::1]:65535"))
            #expect(message.errorCode == .unknownAttribute)
            #expect(message.reasonPhrase?.text == "Unknown Attribute")
            #expect(message.unknownAttributes?[0]?.rawValue == 0x7001)
            #expect(message.isAuthentic(HMACSHA1("password")))
            #expect(!message.isAuthentic(HMACSHA1("Password")))
            #expect(message.hasValidFingerprint)
        }
    }

    /// Into every smaller buffer nothing is built, and nothing is written behind it (``built(_:id:capacity:with:)``).
    @Test func aShortBufferIsNoticed() throws {
        let full = try #require(built(with: Self.everything)).count
        for capacity in 0..<full {
            #expect(built(capacity: capacity, with: Self.everything) == nil)
        }
        #expect(built(capacity: full, with: Self.everything)?.count == full)
    }

    @Test func anOverlongTextIsNoticed() {
        #expect(built(capacity: 70_000) { $0.addSoftware([UInt8](repeating: 65, count: 65_600)) } == nil)
        #expect(built(capacity: 70_000) { $0.addSoftware([UInt8](repeating: 65, count: 65_535)) } == nil)
    }

    @Test(arguments: STUNMessageClass.allCases)
    func emptyMessage(_ messageClass: STUNMessageClass) throws {
        let bytes = try #require(built(messageClass))
        #expect(bytes.count == 20)
        #expect(try withMessage(bytes) { $0.type.messageClass } == messageClass)
    }

    @Test func paddingIsZero() throws {
        let bytes = try #require(built { $0.addSoftware("a".utf8) })
        #expect(Array(bytes[20...]) == hex("80220001 61000000"))
    }

    @Test(
        arguments: [(299, 500), (300, 300), (487, 487), (699, 699), (700, 500), (0, 500), (65535, 500)]
            as [(UInt16, UInt16)])
    func errorCodesStayInRange(_ number: UInt16, _ expected: UInt16) throws {
        let bytes = try #require(built(.errorResponse) { $0.addErrorCode(STUNErrorCode(rawValue: number)) })
        #expect(try withMessage(bytes) { $0.errorCode?.rawValue } == expected)
    }
}
