public import Forwarding
internal import RTP

/// All streams that one thread converts, for any number of ports. Sans-IO.
///
/// The number of streams is limited, of each port and of all together, since a stream of Opus takes up to 60 kB. Of the
/// streams of a port the one unused for longest makes room.
public final class TranscodingEngine {
    /// Streams of one port.
    public static let streamsPerPort = 4

    /// What became of a packet.
    public enum Receipt: Sendable, Equatable {
        case transcoder(Transcoder.Receipt)
        /// There are as many streams as there may be.
        case full
        /// The port has no conversions, or not any more.
        case unknownPort
    }

    private final class Stream {
        var transcoder: Transcoder
        let ssrc: UInt32
        var lastUse: UInt64

        init(_ transcoder: consuming Transcoder, lastUse: UInt64) {
            ssrc = transcoder.ssrc
            self.transcoder = transcoder
            self.lastUse = lastUse
        }
    }

    private struct Port {
        var set: ConversionSet
        var streams: [Stream] = []
    }

    /// How many streams there are.
    public private(set) var streamCount = 0
    /// What has been made by the last call: for the port it was about.
    public var batch = PacketBatch()
    private let limit: Int
    private var ports: [LocalPortID: Port] = [:]
    private let workspace = SoundWorkspace()
    /// No stream waits for longer than until then.
    private var deadline: UInt64?

    /// An engine for at most `limit` streams.
    public init(limit: Int = 4096) {
        self.limit = limit
    }

    /// Takes over what the plan of `port` says. An earlier owner of the slot is forgotten.
    public func install(_ set: ConversionSet, for port: LocalPortID) {
        guard ports[port] != nil else {
            ports[port] = Port(set: set)
            return
        }
        ports[port]?.set = set
        for stream in ports[port]?.streams ?? [] { stream.transcoder.update(set) }
    }

    /// Forgets `port` and its streams.
    public func remove(_ port: LocalPortID) {
        guard let gone = ports.removeValue(forKey: port) else { return }
        streamCount -= gone.streams.count
    }

    /// Handles one RTP packet, in clear, that arrived on `port`; ``batch`` holds what is to be sent then.
    ///
    /// - Parameter now: monotonic nanoseconds.
    public func receive(_ packet: UnsafeRawBufferPointer, on port: LocalPortID, now: UInt64) -> Receipt {
        batch.removeAll()
        guard let header = RTPHeader(packet) else { return .transcoder(.malformed) }
        guard ports[port] != nil else { return .unknownPort }
        guard let stream = stream(header.ssrc, of: port, now: now) else { return .full }
        let receipt = stream.transcoder.receive(packet, now: now, with: workspace, into: &batch)
        if let next = stream.transcoder.nextDeadline { deadline = min(deadline ?? next, next) }
        return .transcoder(receipt)
    }

    private func stream(_ ssrc: UInt32, of port: LocalPortID, now: UInt64) -> Stream? {
        guard let streams = ports[port]?.streams, let set = ports[port]?.set else { return nil }
        if let stream = streams.first(where: { $0.ssrc == ssrc }) {
            stream.lastUse = now
            return stream
        }
        if streams.count == Self.streamsPerPort,
            let oldest = streams.indices.min(by: {
                streams[$0].lastUse < streams[$1].lastUse
            })
        {
            ports[port]?.streams.remove(at: oldest)
            streamCount -= 1
        }
        guard streamCount < limit else { return nil }
        let stream = Stream(Transcoder(set, ssrc: ssrc), lastUse: now)
        ports[port]?.streams.append(stream)
        streamCount += 1
        return stream
    }

    /// When ``deadlineReached(now:_:)`` has something to do, in nanoseconds; `nil` for never.
    public var nextDeadline: UInt64? { deadline }

    /// Gives up on what has been waited for long enough. `body` is called for each port for which ``batch`` holds
    /// something.
    public func deadlineReached(now: UInt64, _ body: (LocalPortID) -> Void) {
        guard let deadline, deadline <= now else { return }
        self.deadline = nil
        for (port, state) in ports {
            for stream in state.streams where stream.transcoder.nextDeadline != nil {
                batch.removeAll()
                stream.transcoder.deadlineReached(now: now, with: workspace, into: &batch)
                if batch.count > 0 { body(port) }
                if let next = stream.transcoder.nextDeadline { self.deadline = min(self.deadline ?? next, next) }
            }
        }
        batch.removeAll()
    }
}
