import CLinuxIO
internal import CSRTP

/// One end of a call as the generator plays it: a socket, where it sends, and what it has seen. A plain value that lives
/// in raw memory, because the loop touches several of them for every packet.
struct Leg: BitwiseCopyable {
    let descriptor: Int32
    /// The socket is tied to the target.
    let isConnected: Bool
    /// The leg at the other end of the call, whose packets arrive here.
    let peer: Int32
    /// The kernel notes when packets reach the socket.
    let isStamped: Bool
    /// Datagrams that are no media belong to the end's ICE and DTLS.
    let hasWebRTC: Bool
    /// What encrypts the packets sent and what decrypts those that arrive; the end owns both.
    let outbound: srtp_t?
    let inbound: srtp_t?
    /// Those that arrive at the peer are encrypted.
    let inboundOfPeer: Bool
    /// The relay's address and port towards this end.
    let target: batch_address
    let ssrc: UInt32
    /// Of the first packet.
    let firstSequence: UInt16
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

    /// Which packets have arrived.
    var arrivals = ArrivalWindow()
}

/// Tells packets that arrive in order from late and repeated ones, by their numbers.
package struct ArrivalWindow: BitwiseCopyable {
    /// The highest packet number seen plus one.
    package private(set) var next: UInt64 = 0
    /// Which of the 64 numbers below that have been seen.
    private var seen: UInt64 = 0

    /// Nothing has arrived yet.
    package init() {}

    /// Notes the number of a packet that arrived. One more than 64 behind the highest counts as late, even if repeated.
    @inline(__always)
    package mutating func arrived(_ number: UInt64) -> Arrival {
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

    /// How a packet arrived.
    package enum Arrival: Sendable {
        /// After all lower numbers that have arrived.
        case inOrder
        /// After a higher number.
        case late
        /// For the second time.
        case duplicate
    }
}

extension Leg {
    /// Writes the RTP header (RFC 3550 §5.1) of the next packet; the packets of a burst share a timestamp and the last
    /// one has the marker, as a video frame does.
    @inline(__always)
    mutating func writeHeader(to packet: UnsafeMutableRawPointer, workload: MediaWorkload, last: Bool) {
        let marker: UInt8 = last && workload.packetsPerBurst > 1 ? 0x80 : 0
        packet.storeBytes(of: 0x80, as: UInt8.self)
        packet.storeBytes(of: workload.payloadType | marker, toByteOffset: 1, as: UInt8.self)
        packet.storeBytes(of: sequence.bigEndian, toByteOffset: 2, as: UInt16.self)
        packet.storeBytes(of: timestamp.bigEndian, toByteOffset: 4, as: UInt32.self)
        packet.storeBytes(of: ssrc.bigEndian, toByteOffset: 8, as: UInt32.self)
        sequence &+= 1
        if last { timestamp &+= workload.timestampStep }
    }
}
