/// What every leg of every call sends.
public struct MediaWorkload: Equatable, Sendable {
    /// RTP payload octets in each packet, 32…1400. 160 is 20 ms of G.711.
    public var payloadLength: Int
    /// Packets a second on each leg.
    public var packetsPerSecond: Int
    /// Packets sent back to back, 1…64; more than one resembles the packets of a video frame.
    public var packetsPerBurst: Int

    /// G.711 in 20 ms packets unless said otherwise.
    public init(payloadLength: Int = 160, packetsPerSecond: Int = 50, packetsPerBurst: Int = 1) {
        self.payloadLength = payloadLength
        self.packetsPerSecond = packetsPerSecond
        self.packetsPerBurst = packetsPerBurst
    }

    /// Throws ``LoadError/invalidOption(_:)`` for values out of range.
    func validate() throws(LoadError) {
        guard (PacketStamp.length...1400).contains(payloadLength) else {
            throw .invalidOption("payload length must be \(PacketStamp.length)…1400, not \(payloadLength)")
        }
        guard (1...100_000).contains(packetsPerSecond) else {
            throw .invalidOption("packets per second must be 1…100000, not \(packetsPerSecond)")
        }
        guard (1...64).contains(packetsPerBurst) else {
            throw .invalidOption("packets per burst must be 1…64, not \(packetsPerBurst)")
        }
    }

    /// Octets of a whole packet.
    var packetLength: Int { 12 + payloadLength }

    /// PCMU for single packets, a dynamic type of a 90 kHz clock for bursts.
    var payloadType: UInt8 { packetsPerBurst > 1 ? 96 : 0 }

    /// How far the RTP timestamp moves from one burst to the next.
    var timestampStep: UInt32 {
        let rate = packetsPerBurst > 1 ? 90_000 : 8_000
        return UInt32(rate * packetsPerBurst / packetsPerSecond)
    }

    func schedule(legs: Int, start: UInt64) -> SendSchedule {
        SendSchedule(
            legs: legs, packetsPerSecond: packetsPerSecond, packetsPerBurst: packetsPerBurst, start: start)
    }
}
