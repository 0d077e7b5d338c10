internal import Forwarding
internal import RTP

/// How much media of a port may be converted, so that no participant takes the time of all: twice what can be played
/// meanwhile, and a second at once.
struct MediaAllowance: BitwiseCopyable {
    /// Nanoseconds of media for one that passes.
    private static let rate: UInt64 = 2
    /// Nanoseconds of media at once.
    static let burst: UInt64 = 1_000_000_000
    /// The least that a packet counts for.
    private static let least: UInt64 = 2_000_000
    /// What a packet of another format counts for, such as an event.
    private static let usual: UInt64 = 20_000_000
    private static let millisecond: UInt64 = 1_000_000
    /// In ``paces``: the packet itself tells.
    private static let opus = UInt16.max

    private var left = MediaAllowance.burst
    private var updatedAt: UInt64
    /// By payload type: octets of 20 ms; 0 where that is not known.
    private var paces = InlineArray<128, UInt16>(repeating: 0)

    init(_ set: ConversionSet, now: UInt64) {
        updatedAt = now
        update(set)
    }

    mutating func update(_ set: ConversionSet) {
        paces = InlineArray(repeating: 0)
        for conversion in set.conversions where conversion.source.payloadType < 128 {
            paces[Int(conversion.source.payloadType)] = Self.pace(of: conversion.source)
        }
    }

    private static func pace(of format: CodedFormat) -> UInt16 {
        switch format.encoding {
        case .pcmu, .pcma, .g722: 160
        case .gsm: 33
        case .opus: opus
        case .l16: UInt16(clamping: Int(format.clockRate) / 50 * 2 * format.channels)
        case .telephoneEvent, .comfortNoise: 0
        }
    }

    /// Takes what a packet needs; false, without effect, when there is not enough left.
    mutating func take(_ payload: UnsafeRawBufferPointer, payloadType: UInt8, now: UInt64) -> Bool {
        if now > updatedAt {
            let elapsed = min(now &- updatedAt, Self.burst)
            left = min(Self.burst, left &+ elapsed &* Self.rate)
            updatedAt = now
        }
        let need = max(Self.least, duration(payload, payloadType))
        guard need <= left else { return false }
        left &-= need
        return true
    }

    private func duration(_ payload: UnsafeRawBufferPointer, _ payloadType: UInt8) -> UInt64 {
        let pace = paces[Int(payloadType & 0x7F)]
        if pace == Self.opus { return Self.opusDuration(payload) }
        guard pace > 0 else { return Self.usual }
        // No packet has more than fits into an allowance, or it would never pass.
        return min(Self.burst, UInt64(payload.count) &* 20 &* Self.millisecond / UInt64(pace))
    }

    /// RFC 6716 §3.1: a packet is one frame, two, or as many as its second octet says, of up to 120 ms together.
    private static func opusDuration(_ payload: UnsafeRawBufferPointer) -> UInt64 {
        guard let first = payload.first else { return usual }
        let configuration = first >> 3
        let frame: UInt64 =
            switch (configuration, configuration & 3) {
            case (..<12, 3): 60
            case (..<12, let size), (..<16, let size): 10 << UInt64(configuration < 12 ? size : size & 1)
            case (_, 0): 3
            case (_, let size): 5 << UInt64(size &- 1)
            }
        let count: UInt64 =
            switch first & 3 {
            case 0: 1
            case 1, 2: 2
            default: payload.count > 1 ? UInt64(payload[1] & 0x3F) : 1
            }
        return min(120, frame &* count) &* millisecond
    }
}
