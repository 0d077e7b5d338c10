/// The per-SSRC state of a context: a few streams in raw memory, found by a scan, the one unused for longest making
/// room for a new one. What is left of a stream that made room is its position, so that neither its indices can be
/// used again nor its packets replayed when it returns soon.
struct StreamTable: ~Copyable {
    struct Stream {
        var lastUse: UInt64
        var rtp: ReplayWindow
        var rtcp: ReplayWindow
    }

    /// How many streams that made room a receiver remembers. Then it forgets the oldest.
    static let retiredLimit = 32
    /// How many a sender does. It must not forget any, so that is how many SSRCs one key protects at most.
    static let senderRetiredLimit = 1024

    /// A record for each stream, on cache lines of its own: the stream, and the bits of its windows.
    let records: UnsafeMutableRawPointer
    private let stride: Int
    /// The stream found last, which is most often looked for again.
    private var last: UnsafeMutablePointer<Stream>?
    private var lastIdentifier: UInt32 = 0
    private var count = 0
    private var uses: UInt64 = 0
    private let identifiers: UnsafeMutablePointer<UInt32>
    private let windowSize: Int
    private let capacity: Int
    private let forgets: Bool
    private var retired: [SRTPStreamPosition] = []

    /// - Parameter forgets: rather than refuse an SSRC, the table forgets the one that has made room for longest.
    init(capacity: Int, replayWindow: Int, forgets: Bool = true) {
        self.forgets = forgets
        self.capacity = max(1, capacity)
        windowSize = ReplayWindow.size(for: replayWindow)
        identifiers = .allocate(capacity: self.capacity)
        identifiers.initialize(repeating: 0, count: self.capacity)
        let wordCount = 2 * ReplayWindow.wordCount(for: windowSize)
        let size = MemoryLayout<Stream>.stride + wordCount * MemoryLayout<UInt64>.stride
        stride = (size + Self.line - 1) / Self.line * Self.line
        records = .allocate(byteCount: stride * self.capacity, alignment: Self.line)
    }

    private static let line = 64

    @inline(__always)
    private func stream(_ slot: Int) -> UnsafeMutablePointer<Stream> {
        (records + slot &* stride).assumingMemoryBound(to: Stream.self)
    }

    deinit {
        identifiers.deallocate()
        records.deallocate()
    }

    /// The stream of this SSRC, valid until the next ``insert(_:)``.
    @inline(__always)
    mutating func find(_ ssrc: UInt32) -> UnsafeMutablePointer<Stream>? {
        if let last, lastIdentifier == ssrc {
            uses &+= 1
            last.pointee.lastUse = uses
            return last
        }
        return search(ssrc)
    }

    @inline(never)
    private mutating func search(_ ssrc: UInt32) -> UnsafeMutablePointer<Stream>? {
        var slot = 0
        while slot < count {
            if identifiers[slot] == ssrc {
                uses &+= 1
                stream(slot).pointee.lastUse = uses
                last = stream(slot)
                lastIdentifier = ssrc
                return last
            }
            slot &+= 1
        }
        return nil
    }

    /// Where an SSRC that made room stopped.
    func retiredPosition(of ssrc: UInt32) -> SRTPStreamPosition? { retired.last { $0.ssrc == ssrc } }

    /// As ``insert(_:)``; `nil` when that would mean to forget a stream for good and the table does not.
    @inline(never)
    mutating func insert(unlessForgetting ssrc: UInt32) -> UnsafeMutablePointer<Stream>? {
        if !forgets, count == capacity, retired.count >= Self.senderRetiredLimit, retiredPosition(of: ssrc) == nil {
            return nil
        }
        return insert(ssrc)
    }

    /// Makes room for an SSRC that is not in the table.
    @inline(never)
    mutating func insert(_ ssrc: UInt32) -> UnsafeMutablePointer<Stream> {
        let position = retiredPosition(of: ssrc)
        let slot: Int
        if count < capacity {
            slot = count
            count += 1
        } else {
            slot = leastRecentlyUsedSlot
            retire(slot)
        }
        let wordCount = ReplayWindow.wordCount(for: windowSize)
        let record = records + slot * stride
        let memory = (record + MemoryLayout<Stream>.stride).bindMemory(to: UInt64.self, capacity: 2 * wordCount)
        let stream = record.bindMemory(to: Stream.self, capacity: 1)
        uses &+= 1
        identifiers[slot] = ssrc
        stream.initialize(
            to: Stream(
                lastUse: uses,
                rtp: ReplayWindow(size: windowSize, words: memory),
                rtcp: ReplayWindow(size: windowSize, words: memory + wordCount)))
        // The slot may have been that of the stream found last.
        last = stream
        lastIdentifier = ssrc
        if let position {
            retired.removeAll { $0.ssrc == ssrc }
            resume(stream, at: position)
        }
        return stream
    }

    /// Moves a stream to where it, or another context with the same key, stood.
    func resume(_ stream: UnsafeMutablePointer<Stream>, at position: SRTPStreamPosition) {
        if let index = position.rtpIndex { stream.pointee.rtp.resume(at: index & 0xFFFF_FFFF_FFFF) }
        if let index = position.rtcpIndex { stream.pointee.rtcp.resume(at: UInt64(index & 0x7FFF_FFFF)) }
    }

    private var leastRecentlyUsedSlot: Int {
        (0..<count).min { stream($0).pointee.lastUse < stream($1).pointee.lastUse } ?? 0
    }

    private mutating func retire(_ slot: Int) {
        if forgets, retired.count >= Self.retiredLimit { retired.removeFirst() }
        retired.append(position(slot))
    }

    private func position(_ slot: Int) -> SRTPStreamPosition {
        let stream = stream(slot).pointee
        return SRTPStreamPosition(
            ssrc: identifiers[slot],
            rtpIndex: stream.rtp.isEmpty ? nil : stream.rtp.highest,
            rtcpIndex: stream.rtcp.isEmpty ? nil : UInt32(truncatingIfNeeded: stream.rtcp.highest))
    }

    /// All streams, those that made room first.
    var positions: [SRTPStreamPosition] { retired + (0..<count).map { position($0) } }
}
