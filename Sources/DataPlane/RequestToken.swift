import PacketPath

/// What a completion is about, in the 64 bits that a request carries.
struct RequestToken: BitwiseCopyable {
    enum Kind: UInt8 {
        case receive = 1
        case send
        case wake
        case cancel
        case run
    }

    /// Slots below this number can be named.
    static let slotLimit = 1 << 24

    /// From the lowest bit: slot 24, generation 16, place in the queue 16, RTCP 1, control 1, unused 2, kind 4.
    let bits: UInt64

    /// The token of a completion.
    init(bits: UInt64) {
        self.bits = bits
    }

    private init(_ kind: Kind, slot: UInt32, generation: UInt16) {
        bits = UInt64(kind.rawValue) << 60 | UInt64(generation) << 24 | UInt64(slot & 0xFF_FFFF)
    }

    static func receive(_ slot: UInt32, _ generation: UInt16) -> RequestToken {
        RequestToken(.receive, slot: slot, generation: generation)
    }

    /// - Parameter place: where the request stands in the submission queue. Alone it tells sends of one port apart.
    static func send(_ transmission: Transmission, place: UInt16) -> RequestToken {
        let named = RequestToken(.send, slot: transmission.slot, generation: transmission.generation)
        return RequestToken(
            bits: named.bits | UInt64(place) << 40 | (transmission.isRTCP ? 1 << 56 : 0)
                | (transmission.isControl ? 1 << 57 : 0))
    }

    /// The same for a request at another place.
    func at(_ place: UInt16) -> RequestToken {
        RequestToken(bits: bits & ~(0xFFFF << 40) | UInt64(place) << 40)
    }

    static let wake = RequestToken(.wake, slot: 0, generation: 0)
    static let cancel = RequestToken(.cancel, slot: 0, generation: 0)

    /// The first of the sends of several datagrams; the others have higher numbers below the kind.
    static let run = RequestToken(.run, slot: 0, generation: 0)

    var run: UInt64 { bits & (1 << 60 - 1) }

    var kind: Kind? { Kind(rawValue: UInt8(truncatingIfNeeded: bits >> 60)) }
    var slot: UInt32 { UInt32(truncatingIfNeeded: bits) & 0xFF_FFFF }
    var generation: UInt16 { UInt16(truncatingIfNeeded: bits >> 24) }
    var place: UInt16 { UInt16(truncatingIfNeeded: bits >> 40) }
    var isRTCP: Bool { bits >> 56 & 1 != 0 }
    var isControl: Bool { bits >> 57 & 1 != 0 }
}
