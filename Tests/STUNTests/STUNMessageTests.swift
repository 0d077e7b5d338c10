import NetTypes
import STUN
import Testing

@Suite struct STUNMessageTests {
    static let header = "2112a442 b7e7a701 bc34d686 fa87dfae"

    @Test(
        arguments: [
            ("", .truncatedHeader),
            ("0001 0000 2112a442 b7e7a701 bc34d686 fa87df", .truncatedHeader),
            ("8001 0000 \(header)", .notSTUN),
            ("4001 0000 \(header)", .notSTUN),
            ("0001 0000 2112a443 b7e7a701 bc34d686 fa87dfae", .notSTUN),
            ("0001 0004 \(header)", .lengthMismatch),
            ("0001 0000 \(header) 80220000", .lengthMismatch),
            ("0001 0003 \(header) 802200", .lengthMismatch),
            ("0001 0004 \(header) 80220001", .attributeOverrun(offset: 20)),
            ("0001 0008 \(header) 8022ffff 00000000", .attributeOverrun(offset: 20)),
            ("0001 0008 \(header) 80220000 00240004", .attributeOverrun(offset: 24)),
            ("0001 0008 \(header) 00240003 00000000", .malformedAttribute(.priority)),
            ("0001 0004 \(header) 00240000", .malformedAttribute(.priority)),
            ("0001 0008 \(header) 00250001 00000000", .malformedAttribute(.useCandidate)),
            ("0001 0008 \(header) 80290004 00000000", .malformedAttribute(.iceControlled)),
            ("0001 0008 \(header) 802a0004 00000000", .malformedAttribute(.iceControlling)),
            ("0001 0008 \(header) 80280003 00000000", .malformedAttribute(.fingerprint)),
            ("0001 0008 \(header) 00080004 00000000", .malformedAttribute(.messageIntegrity)),
            ("0001 0008 \(header) 001c0004 00000000", .malformedAttribute(.messageIntegritySHA256)),
            ("0101 000c \(header) 00200008 00030000 00000000", .malformedAttribute(.xorMappedAddress)),
            ("0101 000c \(header) 00200008 00020000 00000000", .malformedAttribute(.xorMappedAddress)),
            ("0101 0008 \(header) 00010004 00010000", .malformedAttribute(.mappedAddress)),
            ("0111 0008 \(header) 00090003 00000400", .malformedAttribute(.errorCode)),
            ("0111 0008 \(header) 00090004 00000200", .malformedAttribute(.errorCode)),
            ("0111 0008 \(header) 00090004 00000764", .malformedAttribute(.errorCode)),
            ("0111 0008 \(header) 00090004 00000464", .malformedAttribute(.errorCode)),
            ("0111 0008 \(header) 000a0003 00010002", .malformedAttribute(.unknownAttributes)),
            ("0001 000c \(header) 80280004 00000000 80220000", .attributeAfterFingerprint),
        ] as [(String, STUNError)])
    func refuses(_ text: String, _ expected: STUNError) {
        #expect(throws: expected) { try withMessage(hex(text)) { _ in } }
    }

    @Test func everyTruncationIsRefused() {
        for count in 0..<RFC5769.request.count {
            #expect(throws: STUNError.self) { try withMessage(Array(RFC5769.request[..<count])) { _ in } }
        }
    }

    @Test func errorResponse() throws {
        let bytes = hex("0111 0018 \(Self.header) 00090009 00000457 436f6e66 6c000000 000a0004 0024 7777")
        try withMessage(bytes) { message in
            #expect(message.errorCode == .roleConflict)
            #expect(message.reasonPhrase?.text == "Confl")
            #expect(message.unknownAttributes?.count == 2)
            #expect(message.unknownAttributes?[0] == .priority)
            #expect(message.unknownAttributes?[1]?.rawValue == 0x7777)
            #expect(message.unknownAttributes?[2] == nil)
        }
    }

    @Test func plainMappedAddress() throws {
        try withMessage(hex("0101 000c \(Self.header) 00010008 00011234 c0000201")) { message in
            #expect(message.mappedAddress == TransportAddress("192.0.2.1:4660"))
            #expect(message.xorMappedAddress == nil)
        }
    }

    /// Below 0x8000 the receiver must understand an attribute (RFC 8489 §14); above, it is passed over.
    @Test func unknownAttributesAreSortedByComprehension() throws {
        let bytes = hex("0001 0014 \(Self.header) 7fff0000 80000001 ff000000 00020000 7fff0000")
        try withMessage(bytes) { message in
            #expect(message.unknownRequiredAttributes.count == 2)
            #expect(message.unknownRequiredAttributes[0]?.rawValue == 0x7FFF)
            #expect(message.unknownRequiredAttributes[1]?.rawValue == 0x0002)
        }
    }

    @Test func unknownAttributesAreBounded() throws {
        let attributes = (0..<300).map { "6\(String($0 + 256, radix: 16))0000" }.joined()
        let bytes = hex("0001 04b0 \(Self.header) \(attributes)")
        try withMessage(bytes) { message in
            #expect(message.unknownRequiredAttributes.count == STUNUnknownAttributes.capacity)
        }
    }

    @Test func theFirstOfSeveralCounts() throws {
        let bytes = hex(
            "0001 0020 \(Self.header) 00240004 00000001 00240004 00000002 00060001 61000000 00060001 62000000")
        try withMessage(bytes) { message in
            #expect(message.priority == 1)
            #expect(message.username?.text == "a")
        }
    }

    /// What an attacker appends behind MESSAGE-INTEGRITY has no effect, whatever it is (RFC 8489 §14.5).
    @Test func attributesBehindIntegrityAreLeftOut() throws {
        var bytes = try #require(built { $0.addIntegrity(HMACSHA1("key")) })
        bytes += hex("00250000 7abc0000 00240004 00000001 00200001 00000000 802a0008 00000000 00000000")
        bytes[3] = UInt8(bytes.count - 20)
        try withMessage(bytes) { message in
            #expect(!message.hasUseCandidate)
            #expect(message.priority == nil)
            #expect(message.iceControlling == nil)
            #expect(message.unknownRequiredAttributes.isEmpty)
            #expect(message.isAuthentic(HMACSHA1("key")))
        }
    }

    @Test func integritySHA256IsReadBehindIntegrity() throws {
        var bytes = try #require(built { $0.addIntegrity(HMACSHA1("key")) })
        bytes += hex("001c0010 00112233 44556677 8899aabb ccddeeff 00250000")
        bytes[3] = UInt8(bytes.count - 20)
        try withMessage(bytes) { message in
            #expect(message.messageIntegritySHA256.map(Array.init) == hex("00112233 44556677 8899aabb ccddeeff"))
            #expect(!message.hasUseCandidate)
            #expect(message.hasIntegrity)
        }
    }

    @Test(arguments: [
        (RFC5769.request, true),
        (RFC5769.responseIPv6, true),
        (hex("0001 0000 \(header)"), true),
        (hex("0001 0000 2112a442 b7e7a701 bc34d686 fa87df"), false),
        (hex("0001 0001 \(header)"), false),
        (hex("8001 0000 \(header)"), false),
        (hex("1401 0000 \(header)"), false),
        (hex("0001 0000 00000000 b7e7a701 bc34d686 fa87dfae"), false),
        ([], false),
        ([0], false),
    ])
    func classifier(_ bytes: [UInt8], _ expected: Bool) {
        #expect(bytes.withUnsafeBytes { STUNMessage.isLikely($0) } == expected)
    }

    /// Nothing may be read without alignment trouble: the same message at eight offsets.
    @Test func alignmentDoesNotMatter() throws {
        for offset in 0..<8 {
            let bytes = [UInt8](repeating: 0, count: offset) + RFC5769.responseIPv6
            try bytes.withUnsafeBytes { buffer in
                let message = try STUNMessage(UnsafeRawBufferPointer(rebasing: buffer[offset...]))
                #expect(message.hasValidFingerprint)
                #expect(message.isAuthentic(HMACSHA1(RFC5769.password)))
            }
        }
    }
}
