public import Forwarding
internal import RTP

/// All streams that one thread converts, for any number of ports. Sans-IO.
///
/// The number of streams is limited, of each port and of all together, since a stream of Opus takes up to 60 kB. Only a
/// stream that has been idle makes room for another one: else more sources than there may be would throw each other out
/// with every packet. A source that comes back goes on with the numbers that it had.
public final class TranscodingEngine {
    /// Streams of one port.
    public static let streamsPerPort = 4
    /// For how long a stream must have been unused to make room for another one of its port, in nanoseconds.
    public static let idleTime: UInt64 = 5_000_000_000
    /// A stream unused for longer than that is given up, in nanoseconds.
    public static let lifetime: UInt64 = 30_000_000_000
    /// Earlier sources of a port whose numbers are kept.
    static let endingsPerPort = 8
    /// Between two searches for what is to be given up, in nanoseconds.
    private static let sweepInterval: UInt64 = 1_000_000_000

    /// What became of a packet.
    public enum Receipt: Sendable, Equatable {
        case transcoder(Transcoder.Receipt)
        /// There are as many streams as there may be.
        case full
        /// The port has no conversions, or not any more.
        case unknownPort
    }

    final class Stream {
        var transcoder: Transcoder
        let port: LocalPortID
        let ssrc: UInt32
        var lastUse: UInt64
        /// Where it stands among those that wait; `nil` when it does not.
        var deadline: UInt64?

        init(_ transcoder: consuming Transcoder, port: LocalPortID, lastUse: UInt64) {
            ssrc = transcoder.ssrc
            self.port = port
            self.transcoder = transcoder
            self.lastUse = lastUse
        }
    }

    private final class Port {
        var set: ConversionSet
        var streams: [Stream] = []
        /// The youngest last.
        var endings: [Transcoder.Ending] = []

        init(_ set: ConversionSet) { self.set = set }
    }

    /// How many streams there are.
    public private(set) var streamCount = 0
    /// What has been made by the last call: for the port it was about.
    public var batch = PacketBatch()
    private let limit: Int
    private var ports: [LocalPortID: Port] = [:]
    private let workspace = SoundWorkspace()
    private var waiting = WaitingStreams()
    private var nextSweep: UInt64 = 0

    /// An engine for at most `limit` streams.
    public init(limit: Int = 4096) {
        self.limit = limit
    }

    /// Takes over what the plan of `port` says; its streams go on under it. A later owner of the same slot is another
    /// port: the earlier one stays until it is removed.
    public func install(_ set: ConversionSet, for port: LocalPortID) {
        guard let known = ports[port] else {
            ports[port] = Port(set)
            return
        }
        known.set = set
        for stream in known.streams { stream.transcoder.update(set) }
    }

    /// Forgets `port` and its streams.
    public func remove(_ port: LocalPortID) {
        guard let gone = ports.removeValue(forKey: port) else { return }
        streamCount -= gone.streams.count
        for stream in gone.streams { waiting.remove(stream) }
    }

    /// Handles one RTP packet, in clear, that arrived on `port`; ``batch`` holds what is to be sent then.
    ///
    /// - Parameter now: monotonic nanoseconds.
    public func receive(_ packet: UnsafeRawBufferPointer, on port: LocalPortID, now: UInt64) -> Receipt {
        batch.removeAll()
        guard let header = RTPHeader(packet) else { return .transcoder(.malformed) }
        guard let known = ports[port] else { return .unknownPort }
        guard let stream = stream(header.ssrc, of: known, port, now: now) else { return .full }
        let receipt = stream.transcoder.receive(packet, now: now, with: workspace, into: &batch)
        waiting.update(stream)
        return .transcoder(receipt)
    }

    private func stream(_ ssrc: UInt32, of port: Port, _ id: LocalPortID, now: UInt64) -> Stream? {
        for stream in port.streams where stream.ssrc == ssrc {
            stream.lastUse = max(stream.lastUse, now)
            return stream
        }
        sweep(now: now)
        if port.streams.count == Self.streamsPerPort {
            guard let oldest = port.streams.indices.min(by: { port.streams[$0].lastUse < port.streams[$1].lastUse }),
                isUnused(port.streams[oldest], for: Self.idleTime, now: now)
            else { return nil }
            end(port.streams.remove(at: oldest), of: port)
        }
        guard streamCount < limit else { return nil }
        let stream: Stream
        if let earlier = port.endings.lastIndex(where: { $0.ssrc == ssrc }) {
            let ending = port.endings.remove(at: earlier)
            stream = Stream(Transcoder(port.set, after: ending), port: id, lastUse: now)
        } else {
            stream = Stream(Transcoder(port.set, ssrc: ssrc), port: id, lastUse: now)
        }
        port.streams.append(stream)
        streamCount += 1
        return stream
    }

    private func isUnused(_ stream: Stream, for time: UInt64, now: UInt64) -> Bool {
        now > stream.lastUse && now - stream.lastUse > time
    }

    /// Gives a stream up that is not among those of `port` any more.
    private func end(_ stream: Stream, of port: Port) {
        streamCount -= 1
        waiting.remove(stream)
        guard let ending = stream.transcoder.ending else { return }
        if port.endings.count == Self.endingsPerPort { port.endings.removeFirst() }
        port.endings.append(ending)
    }

    /// Gives up what has been unused for long, in all ports; not with every new source.
    private func sweep(now: UInt64) {
        guard now >= nextSweep else { return }
        nextSweep = now + Self.sweepInterval
        for port in ports.values {
            for place in port.streams.indices.reversed()
            where isUnused(port.streams[place], for: Self.lifetime, now: now) {
                end(port.streams.remove(at: place), of: port)
            }
        }
    }

    /// When ``deadlineReached(now:_:)`` has something to do, in nanoseconds; `nil` for never.
    public var nextDeadline: UInt64? { waiting.first?.deadline }

    /// Gives up on what has been waited for long enough. `body` is called for each port for which ``batch`` holds
    /// something.
    public func deadlineReached(now: UInt64, _ body: (LocalPortID) -> Void) {
        while let stream = waiting.first, let deadline = stream.deadline, deadline <= now {
            batch.removeAll()
            stream.transcoder.deadlineReached(now: now, with: workspace, into: &batch)
            if batch.count > 0 { body(stream.port) }
            waiting.update(stream)
        }
        batch.removeAll()
    }
}
