import CLinuxIO

/// One end of a call as the generator plays it: a socket, where it sends, and what it has seen. A plain value that lives
/// in raw memory, because the loop touches several of them for every packet.
struct Leg: BitwiseCopyable {
    let descriptor: Int32
    /// The leg at the other end of the call, whose packets arrive here.
    let peer: Int32
    /// The relay's address and port towards this end.
    let target: batch_address
    let ssrc: UInt32
    var sequence: UInt16
    var timestamp: UInt32
    /// Packets sent since the start.
    var sent: UInt64 = 0

    /// Datagrams on their way here, as far as the generator can know.
    var pending: Int32 = 0
    /// Where the leg stands in the list of those that are looked at; -1 when it is not there.
    var place: Int32 = -1
    /// When a packet was last sent towards this leg.
    var expectedSince: UInt64 = 0

    /// The highest packet number seen plus one, and which of the 64 numbers below it have been seen.
    var next: UInt64 = 0
    var seen: UInt64 = 0

    /// Notes the number of a packet that arrived.
    @inline(__always)
    mutating func arrived(_ number: UInt64) -> Arrival {
        if number >= next {
            let distance = number &- next &+ 1
            seen = distance >= 64 ? 1 : seen &<< distance | 1
            next = number &+ 1
            return .inOrder
        }
        let behind = next &- 1 &- number
        guard behind < 64 else { return .late }
        guard seen &>> behind & 1 == 0 else { return .duplicate }
        seen |= 1 &<< behind
        return .late
    }

    enum Arrival {
        case inOrder
        case late
        case duplicate
    }
}
