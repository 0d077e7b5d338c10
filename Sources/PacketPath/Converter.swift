public import Forwarding
internal import Transcoding

/// What a thread that converts media does with the items of its rings. Sans-IO; belongs to one thread.
public final class Converter {
    /// Nanoseconds after which a packet comes too late to be heard: what has waited for so long is given up, so that the
    /// thread catches up.
    static let patience: UInt64 = 200_000_000

    private let engine: TranscodingEngine

    /// Packets that were made, and those for which, or for news of which, there was no room on their way back.
    public private(set) var packetsMade: UInt64 = 0
    /// See ``packetsMade``.
    public private(set) var packetsMissed: UInt64 = 0
    /// Streams that are converted now.
    public var streamCount: Int { engine.streamCount }

    /// A converter for at most `streams` streams.
    public init(streams: Int) {
        engine = TranscodingEngine(limit: streams)
    }

    /// Handles the oldest item of `ring`, and puts what comes of it into `output`, which is not published; false when
    /// there is none.
    ///
    /// - Parameter now: monotonic nanoseconds.
    public func handleNext(from ring: ConversionRing, to output: ConversionRing, now: UInt64) -> Bool {
        guard let item = ring.first else { return false }
        defer { ring.removeFirst() }
        switch item.header.kind {
        case .order:
            guard let order = item.order else { break }
            if let set = order.set { engine.install(set, for: order.port) } else { engine.remove(order.port) }
        case .packet where now > item.header.nanoseconds && now - item.header.nanoseconds > Self.patience:
            refuse(item.header, .transcoderBusy, to: output)
        case .packet:
            convert(item, to: output)
        case .refusal:
            break
        }
        return true
    }

    private func convert(_ item: ConversionItem, to output: ConversionRing) {
        let port = item.header.port
        switch engine.receive(UnsafeRawBufferPointer(item.bytes), on: port, now: item.header.nanoseconds) {
        case .transcoder(.malformed): refuse(item.header, .malformed, to: output)
        case .full, .unknownPort: refuse(item.header, .transcoderBusy, to: output)
        // It came twice, or after its time.
        case .transcoder(.late): refuse(item.header, .replayed, to: output)
        case .transcoder(.taken): break
        }
        sendBatch(of: port, to: output)
    }

    private func refuse(_ header: ConversionHeader, _ reason: DropReason, to output: ConversionRing) {
        var refusal = header
        refusal.kind = .refusal
        refusal.reason = reason
        if !output.append(refusal, UnsafeRawBufferPointer(start: nil, count: 0)) { packetsMissed += 1 }
    }

    private func sendBatch(of port: LocalPortID, to output: ConversionRing) {
        for index in 0..<engine.batch.count {
            let origin = engine.batch.origin(at: index)
            var header = ConversionHeader(.packet, port)
            header.sourceTimestamp = origin.timestamp
            header.outgoingTimestamp = origin.outgoing
            header.sourceClockRate = origin.clockRate
            header.outgoingClockRate = origin.outgoingClockRate
            if output.append(header, UnsafeRawBufferPointer(engine.batch[index])) {
                packetsMade += 1
            } else {
                packetsMissed += 1
            }
        }
        packetsMissed += UInt64(engine.batch.missed)
    }

    /// When ``deadlineReached(now:_:)`` has something to do, in nanoseconds; `nil` for never.
    public var nextDeadline: UInt64? { engine.nextDeadline }

    /// Gives up on packets that have been waited for long enough.
    ///
    /// - Parameter output: where the packets of a port go.
    public func deadlineReached(now: UInt64, _ output: (LocalPortID) -> ConversionRing?) {
        engine.deadlineReached(now: now) { port in
            guard let ring = output(port) else { return }
            sendBatch(of: port, to: ring)
        }
    }
}
