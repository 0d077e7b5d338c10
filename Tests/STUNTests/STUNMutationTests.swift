import STUN
import Testing

/// The one entry point of a fuzzer for this target. Seeds: the messages of `RFC5769Vectors.swift`.
enum STUNFuzz {
    /// Reads `bytes` and, when they are a message, touches everything that a reader can touch.
    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let message = try? STUNMessage(bytes) else { return }
        // RFC 7983 gives STUN only the first four of the values that its own header allows.
        precondition(STUNMessage.isLikely(bytes) || bytes[0] > 3, "a message that the classifier passes over")
        let key = HMACSHA1("fuzz")
        precondition(!message.isAuthentic(key) || message.hasIntegrity)
        precondition(!message.hasValidFingerprint || message.hasFingerprint)
        var touched = message.username?.reduce(0, &+) ?? 0
        touched = message.software?.reduce(touched, &+) ?? touched
        touched = message.reasonPhrase?.reduce(touched, &+) ?? touched
        touched = message.messageIntegritySHA256?.reduce(touched, &+) ?? touched
        if let address = message.xorMappedAddress {
            let again = built(.successResponse, id: message.transactionID) { $0.addXORMappedAddress(address) }
            let back = again.flatMap { try? withMessage($0) { $0.xorMappedAddress } }
            precondition(back == address, "an address that does not survive a round trip")
        }
        precondition(message.unknownRequiredAttributes.count <= STUNUnknownAttributes.capacity)
    }
}

@Suite struct STUNMutationTests {
    static let seeds = [
        RFC5769.request, RFC5769.responseIPv4, RFC5769.responseIPv6, RFC5769.longTermRequest,
        built(with: STUNMessageBuilderTests.everything) ?? [],
    ]

    @Test(arguments: 0..<seeds.count)
    func mutatedMessagesDoNoHarm(_ index: Int) {
        var generator = SeededGenerator(state: UInt64(index) + 77)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = Self.seeds[index]
            for _ in 0..<Int.random(in: 1...4, using: &generator) { mutate(&bytes, &generator) }
            bytes.withUnsafeBytes { STUNFuzz.run($0) }
            if (try? withMessage(bytes) { _ in true }) == true { accepted += 1 }
        }
        // The mutations must not all die at the header, or they test nothing.
        #expect(accepted > 1000)
    }

    @Test func randomBytesDoNoHarm() {
        var generator = SeededGenerator(state: 5)
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...96, using: &generator)
            var bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if length >= 20 {
                bytes.replaceSubrange(0..<8, with: [0, 1, 0, UInt8(length - 20), 0x21, 0x12, 0xA4, 0x42])
            }
            bytes.withUnsafeBytes { STUNFuzz.run($0) }
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes[position] = [0, 1, 4, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
        case 3:
            // Drop a whole word and keep the length field true, so that the walk goes on.
            let word = position & ~3
            if word >= 20, word + 4 <= bytes.count { bytes.removeSubrange(word..<(word + 4)) }
            bytes[3] = UInt8(truncatingIfNeeded: bytes.count - 20)
        default:
            let word = max(20, position & ~3)
            if word <= bytes.count {
                bytes.insert(contentsOf: (0..<4).map { _ in UInt8.random(in: 0...255, using: &generator) }, at: word)
            }
            bytes[3] = UInt8(truncatingIfNeeded: bytes.count - 20)
        }
    }
}
