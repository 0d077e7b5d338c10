internal import Capture
internal import NetTypes

/// A UDP datagram as a capture shows it.
struct RecordedDatagram: Sendable {
    /// Where in a capture of a relay's own it stands.
    enum Layer: Sendable {
        /// As it was on the wire; everything in the captures of other programs.
        case wire
        /// Media of an encrypted leg without its encryption. Its ports are those of the wire, turned back.
        case clear
        /// Made up by the relay for readers of the file.
        case relay
    }

    /// Since the epoch.
    var nanoseconds: UInt64
    var layer: Layer
    var source: TransportAddress
    var destination: TransportAddress
    /// The payload as far as it was captured.
    var bytes: [UInt8]
    /// Octets of payload that there were.
    var originalCount: Int
    var comments: [String]

    /// Some of the payload is missing.
    var isCut: Bool { bytes.count < originalCount }

    /// Why the relay dropped it, where the capture says so.
    var dropReason: String? {
        comments.lazy.compactMap { comment in
            comment.hasPrefix(CaptureMarks.dropped) ? String(comment.dropFirst(CaptureMarks.dropped.count)) : nil
        }.first
    }
}

/// A message of ICMP that a datagram did not arrive.
struct RecordedRefusal: Sendable {
    /// Since the epoch.
    var nanoseconds: UInt64
    var refusal: CapturedRefusal

    /// The error number of Linux that a socket gets.
    var error: Int32 {
        switch refusal.reason {
        case .port: 111
        case .host: 113
        case .network: 101
        }
    }
}

/// All datagrams of a capture, in the order of time.
struct RecordedTraffic: Sendable {
    var datagrams: [RecordedDatagram] = []
    /// In the order of time, too.
    var refusals: [RecordedRefusal] = []
    /// Frames of the file.
    var frames = 0
    /// Frames that hold no whole UDP datagram.
    var others = 0
    /// When the last frame was seen, since the epoch.
    var end: UInt64 = 0
    /// The file ends in the middle of a frame.
    var isTruncated = false
    /// A part of the file, from here on, could not be read.
    var damagedAt: Int?
    /// The capture was made by a relay.
    var isOwn = false

    /// Reads a capture file.
    init(_ bytes: [UInt8], limits: ReplayLimits) throws(ReplayError) {
        var reader: CaptureReader
        do throws(CaptureError) {
            reader = try CaptureReader(bytes)
        } catch {
            throw .unreadable(error)
        }
        var fragments = FragmentAssembler()
        while let frame = try next(&reader) {
            frames += 1
            guard frames <= limits.frames else { throw ReplayError.tooManyFrames(limit: limits.frames) }
            end = max(end, frame.nanoseconds)
            guard let record = fragments.add(frame) else { continue }
            add(record, isOwn: reader.application == CaptureMarks.application)
        }
        others += fragments.unused
        isTruncated = reader.isTruncated
        sort()
    }

    /// The next frame. A file that is damaged ends there: what was whole is replayed.
    private mutating func next(_ reader: inout CaptureReader) throws(ReplayError) -> CaptureRecord? {
        do throws(CaptureError) {
            return try reader.next()
        } catch {
            switch error {
            case .malformed(let offset) where frames > 0, .unknownInterface(let offset) where frames > 0:
                damagedAt = offset
                return nil
            default: throw .unreadable(error)
            }
        }
    }

    private mutating func add(_ record: CaptureRecord, isOwn: Bool) {
        guard let datagram = CapturedDatagram(record) else {
            if let refusal = CapturedRefusal(record) {
                refusals.append(RecordedRefusal(nanoseconds: record.nanoseconds, refusal: refusal))
            } else {
                others += 1
            }
            return
        }
        var layer = RecordedDatagram.Layer.wire
        var (source, destination) = (datagram.source, datagram.destination)
        if isOwn {
            self.isOwn = true
            switch record.interfaceName {
            case CaptureMarks.clear:
                layer = .clear
                source.port ^= CaptureMarks.clearPortBit
                destination.port ^= CaptureMarks.clearPortBit
            case CaptureMarks.relay: layer = .relay
            default: break
            }
        }
        datagrams.append(
            RecordedDatagram(
                nanoseconds: record.nanoseconds, layer: layer, source: source, destination: destination,
                bytes: Array(record.frame[datagram.payload]), originalCount: datagram.originalCount,
                comments: record.comments))
    }

    /// Captures of several interfaces, and of several threads, are not quite in order. What has the same time keeps its
    /// order.
    private mutating func sort() {
        refusals.sort { $0.nanoseconds < $1.nanoseconds }
        let isSorted = zip(datagrams, datagrams.dropFirst()).allSatisfy { $0.nanoseconds <= $1.nanoseconds }
        guard !isSorted else { return }
        let order = datagrams.indices.sorted { left, right in
            (datagrams[left].nanoseconds, left) < (datagrams[right].nanoseconds, right)
        }
        datagrams = order.map { datagrams[$0] }
    }
}
