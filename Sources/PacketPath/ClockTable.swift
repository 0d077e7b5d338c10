internal import Forwarding

/// The clock rates of one port's payload types, in 192 bytes that need no search.
struct ClockTable: BitwiseCopyable {
    struct Clock: BitwiseCopyable {
        /// In Hz; 0 when unknown.
        var rate: UInt32
        var isEvent: Bool
    }

    private static let eventBit: UInt8 = 0x80

    /// By payload type: 0, or the place of its rate in `rates` plus one; the top bit marks telephone-event.
    private var codes = InlineArray<128, UInt8>(repeating: 0)
    /// Distinct rates. A plan with more than sixteen is not known to exist; the types of the others have no jitter.
    private var rates = InlineArray<16, UInt32>(repeating: 0)

    init() {}

    /// The clock of `payloadType`, 0…127.
    @inline(__always)
    func clock(of payloadType: UInt8) -> Clock {
        let code = codes[Int(payloadType & 0x7F)]
        let place = code & ~Self.eventBit
        return Clock(
            rate: place == 0 ? 0 : rates[Int(place &- 1) & 15],
            isEvent: code & Self.eventBit != 0)
    }

    init(_ plan: borrowing ForwardingPlan) {
        var count = 0
        for entry in plan.clockRates.entries where entry.payloadType < 128 && entry.rate != 0 {
            let rate = entry.rate
            var place = 0
            while place < count, rates[place] != rate { place += 1 }
            if place == count {
                guard count < 16 else { continue }
                rates[count] = rate
                count += 1
            }
            codes[Int(entry.payloadType)] = UInt8(place + 1)
        }
        for payloadType in UInt8(0)..<128 where plan.eventPayloadTypes.contains(payloadType) {
            codes[Int(payloadType)] |= Self.eventBit
        }
    }
}
