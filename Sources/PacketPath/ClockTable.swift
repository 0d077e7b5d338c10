internal import Forwarding
internal import Quality

/// What one port knows of its payload types, in 256 bytes that need no search.
struct ClockTable: BitwiseCopyable {
    /// A payload type.
    struct Clock: BitwiseCopyable {
        /// In Hz; 0 when unknown.
        var rate: UInt32
        var isEvent: Bool
        var isComfortNoise: Bool
        var isNegotiated: Bool
    }

    /// What several payload types have in common.
    private struct Profile: BitwiseCopyable, Equatable {
        var rate: UInt32 = 0
        /// A robustness of 0 stands for a codec that cannot be rated.
        var impairment = CodecImpairment(equipment: 0, lossRobustnessTenths: 0)
    }

    private static let eventBit: UInt8 = 0x80
    private static let noiseBit: UInt8 = 0x40
    private static let negotiatedBit: UInt8 = 0x20
    private static let placeMask: UInt8 = 0x1F

    /// By payload type: 0, or the place of its profile plus one; the top bits mark telephone-event, comfort noise, and
    /// what was negotiated.
    private var codes = InlineArray<128, UInt8>(repeating: 0)
    /// A plan with more than sixteen is not known to exist; the types of the others have no jitter.
    private var profiles = InlineArray<16, Profile>(repeating: Profile())

    init() {}

    /// The clock of `payloadType`, 0…127.
    @inline(__always)
    func clock(of payloadType: UInt8) -> Clock {
        let code = codes[Int(payloadType & 0x7F)]
        let place = code & Self.placeMask
        return Clock(
            rate: place == 0 ? 0 : profiles[Int(place &- 1) & 15].rate,
            isEvent: code & Self.eventBit != 0, isComfortNoise: code & Self.noiseBit != 0,
            isNegotiated: code & Self.negotiatedBit != 0)
    }

    /// How the codec of `payloadType` is rated; `nil` for one that is not.
    func impairment(of payloadType: UInt8) -> CodecImpairment? {
        let place = codes[Int(payloadType & 0x7F)] & Self.placeMask
        guard place != 0 else { return nil }
        let impairment = profiles[Int(place - 1) & 15].impairment
        return impairment.lossRobustnessTenths == 0 ? nil : impairment
    }

    init(_ plan: borrowing ForwardingPlan) {
        var count = 0
        for entry in plan.clockRates.entries where entry.payloadType < 128 && entry.value != 0 {
            var profile = Profile(rate: entry.value)
            if let impairment = plan.codecImpairments[entry.payloadType] { profile.impairment = impairment }
            var place = 0
            while place < count, profiles[place] != profile { place += 1 }
            if place == count {
                guard count < 16 else { continue }
                profiles[count] = profile
                count += 1
            }
            codes[Int(entry.payloadType)] = UInt8(place + 1)
        }
        plan.eventPayloadTypes.visit { codes[Int($0)] |= Self.eventBit }
        plan.comfortNoisePayloadTypes.visit { codes[Int($0)] |= Self.noiseBit }
        plan.negotiatedPayloadTypes.visit { codes[Int($0)] |= Self.negotiatedBit }
    }
}
