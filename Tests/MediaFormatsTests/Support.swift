import MediaFormats

/// Formats from `PT name/rate[/channels]` entries; a number alone is a static type.
func formats(_ entries: String...) -> [PayloadFormat] {
    entries.map { entry in
        let parts = entry.split(separator: " ", maxSplits: 1)
        let payloadType = UInt8(parts[0]) ?? 255
        guard parts.count > 1 else { return PayloadFormat(payloadType: payloadType, encoding: nil, parameters: nil) }
        let encoding = parts[1].split(separator: "/")
        return PayloadFormat(
            payloadType: payloadType, encodingName: String(encoding[0]), clockRate: UInt32(encoding[1]) ?? 0,
            channels: encoding.count > 2 ? Int(encoding[2]) ?? 1 : 1)
    }
}

/// The offer of most scenarios: opus, narrow-band codecs and telephone-events of both clock rates.
let mixedOffer = formats(
    "96 opus/48000/2", "9", "8", "0", "18", "101 telephone-event/8000", "97 telephone-event/48000")

extension [PayloadFormat] {
    var payloadTypes: [UInt8] { map(\.payloadType) }
}

/// A small generator of repeatable pseudo-random numbers (splitmix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
