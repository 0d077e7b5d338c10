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

    private let identifiers: UnsafeMutablePointer<UInt32>
    private let streams: UnsafeMutablePointer<Stream>
    private let words: UnsafeMutablePointer<UInt64>
    private let windowSize: Int
    private let capacity: Int
    private let forgets: Bool
    private var count = 0
    private var uses: UInt64 = 0
    private var retired: [SRTPStreamPosition] = []

    /// - Parameter forgets: rather than refuse an SSRC, the table forgets the one that has made room for longest.
    init(capacity: Int, replayWindow: Int, forgets: Bool = true) {
        self.forgets = forgets
        self.capacity = max(1, capacity)
        windowSize = ReplayWindow.size(for: replayWindow)
        identifiers = .allocate(capacity: self.capacity)
        identifiers.initialize(repeating: 0, count: self.capacity)
        streams = .allocate(capacity: self.capacity)
        words = .allocate(capacity: self.capacity * 2 * ReplayWindow.wordCount(for: windowSize))
    }

    deinit {
        identifiers.deallocate()
        streams.deallocate()
        words.deallocate()
    }

    /// The stream of this SSRC, valid until the next ``insert(_:)``.
    @inline(__always)
    mutating func find(_ ssrc: UInt32) -> UnsafeMutablePointer<Stream>? {
        var slot = 0
        while slot < count {
            if identifiers[slot] == ssrc {
                uses &+= 1
                streams[slot].lastUse = uses
                return streams + slot
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
        let memory = words + slot * 2 * wordCount
        uses &+= 1
        identifiers[slot] = ssrc
        streams[slot] = Stream(
            lastUse: uses,
            rtp: ReplayWindow(size: windowSize, words: memory),
            rtcp: ReplayWindow(size: windowSize, words: memory + wordCount))
        if let position {
            retired.removeAll { $0.ssrc == ssrc }
            resume(streams + slot, at: position)
        }
        return streams + slot
    }

    /// Moves a stream to where it, or another context with the same key, stood.
    func resume(_ stream: UnsafeMutablePointer<Stream>, at position: SRTPStreamPosition) {
        if let index = position.rtpIndex { stream.pointee.rtp.resume(at: index & 0xFFFF_FFFF_FFFF) }
        if let index = position.rtcpIndex { stream.pointee.rtcp.resume(at: UInt64(index & 0x7FFF_FFFF)) }
    }

    private var leastRecentlyUsedSlot: Int {
        (0..<count).min { streams[$0].lastUse < streams[$1].lastUse } ?? 0
    }

    private mutating func retire(_ slot: Int) {
        if forgets, retired.count >= Self.retiredLimit { retired.removeFirst() }
        retired.append(position(slot))
    }

    private func position(_ slot: Int) -> SRTPStreamPosition {
        let stream = streams[slot]
        return SRTPStreamPosition(
            ssrc: identifiers[slot],
            rtpIndex: stream.rtp.isEmpty ? nil : stream.rtp.highest,
            rtcpIndex: stream.rtcp.isEmpty ? nil : UInt32(truncatingIfNeeded: stream.rtcp.highest))
    }

    /// All streams, those that made room first.
    var positions: [SRTPStreamPosition] { retired + (0..<count).map { position($0) } }
}
