import SDP

/// A description from lines, each ended with CRLF.
func description(_ lines: [String]) throws(SDPError) -> SessionDescription {
    try SessionDescription.parse(bytes(lines))
}

func bytes(_ lines: [String]) -> [UInt8] { Array(lines.map { $0 + "\r\n" }.joined().utf8) }

/// The lines of a section below an `m=` line.
func section(_ lines: [String], media: String = "audio 4000 RTP/AVP 0") throws -> MediaDescription {
    let parsed = try description(["v=0", "m=" + media] + lines)
    return parsed.media[0]
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// The error that parsing ends with; `nil` when it succeeds.
func parseError(_ text: String, limits: SDPLimits = .default) -> SDPError? {
    do {
        _ = try SessionDescription.parse(Array(text.utf8), limits: limits)
        return nil
    } catch {
        return error
    }
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
