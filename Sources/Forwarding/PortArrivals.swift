/// What has come to some ports, in a few sums.
public struct PortArrivals: Sendable, Equatable {
    /// RTP and RTCP received; errors were received and dropped.
    public var traffic = PortCounters.Traffic()
    /// RTP and RTCP packets that could not be sent from the ports.
    public var sendErrors: UInt64 = 0
    /// RTP packets lost on the way to the relay.
    public var lost: UInt64 = 0
    /// RTP packets of measured streams, each counted once.
    public var distinct: UInt64 = 0
    /// The largest interarrival jitter of a stream, in seconds; `nil` while no stream is measured.
    public var jitterSeconds: Double?

    /// Nothing has come.
    public init() {}

    /// The share of lost packets; `nil` while nothing was expected.
    public var lossRatio: Double? {
        let expected = distinct &+ lost
        return expected == 0 ? nil : Double(lost) / Double(expected)
    }

    /// Takes a stream into account.
    public mutating func addStream(
        packets: UInt64, duplicates: UInt64, lost: UInt64, jitter: UInt32, clockRate: UInt32
    ) {
        self.lost &+= lost
        distinct &+= packets &- min(packets, duplicates)
        if clockRate > 0 { jitterSeconds = max(jitterSeconds ?? 0, Double(jitter) / Double(clockRate)) }
    }
}

extension MediaPlane {
    /// The same from all that the ports have seen.
    public func arrivals(at ports: [LocalPortID]) -> PortArrivals {
        var sum = PortArrivals()
        for counters in counters(of: ports) {
            guard let counters else { continue }
            sum.traffic += counters.rtpIn
            sum.traffic += counters.rtcpIn
            sum.sendErrors &+= counters.rtpOut.errors &+ counters.rtcpOut.errors
            for stream in counters.ingress {
                sum.addStream(
                    packets: stream.packets, duplicates: stream.duplicates, lost: stream.lost, jitter: stream.jitter,
                    clockRate: stream.clockRate)
            }
        }
        return sum
    }
}
