/// Replies with their cookies, one behind the other in blocks of memory, and where each of them is.
///
/// Tens of thousands of replies live for half a minute among what requests need for moments. As pieces of the heap of
/// their own they left holes in it when they went, so that it grew with every generation for a long time, and it took
/// milliseconds to let go of them. A log has few large blocks, and uses them again.
struct ReplyLog: Sendable {
    private struct Place: Sendable {
        var block: UInt32
        var start: UInt32
        var cookieLength: UInt32
        var replyLength: UInt32
    }

    /// Octets of a block. An entry that is longer has one of its own.
    private let blockLength: Int
    /// What an entry costs beyond its octets, roughly: its place in a table that is half full at times.
    static let entryOverhead = 64

    private var places: [UInt64: Place] = [:]
    private var blocks: [[UInt8]] = []
    /// Empty blocks for what comes.
    private var spare: [[UInt8]] = []
    /// Octets of the entries, and what they cost beyond.
    private(set) var byteCount = 0

    /// Octets of all blocks, empty ones too, and what the entries cost beyond: what is held in all.
    private(set) var heldByteCount = 0

    /// An empty log with blocks of so many octets.
    init(blockLength: Int) {
        self.blockLength = blockLength
    }

    /// Entries.
    var count: Int { places.count }

    /// Octets of the blocks, used or not.
    var reservedByteCount: Int { (blocks + spare).reduce(0) { $0 + $1.capacity } }

    /// A number that stands for a cookie while this process runs.
    static func digest(_ cookie: [UInt8]) -> UInt64 {
        var hasher = Hasher()
        cookie.withUnsafeBytes { hasher.combine(bytes: $0) }
        return UInt64(truncatingIfNeeded: hasher.finalize())
    }

    /// The reply to a cookie with this digest; `nil` for none.
    func reply(to cookie: [UInt8], digest: UInt64) -> [UInt8]? {
        guard let place = places[digest] else { return nil }
        let start = Int(place.start)
        let middle = start + Int(place.cookieLength)
        guard blocks[Int(place.block)][start..<middle].elementsEqual(cookie) else { return nil }
        return Array(blocks[Int(place.block)][middle..<(middle + Int(place.replyLength))])
    }

    /// Adds the reply to a cookie, in the place of one with the same digest: two in 2^64 have one.
    mutating func add(_ reply: [UInt8], to cookie: [UInt8], digest: UInt64) {
        let length = cookie.count + reply.count
        if needsBlock(for: length) { addBlock(for: length) }
        let last = blocks.count - 1
        places[digest] = Place(
            block: UInt32(last), start: UInt32(blocks[last].count), cookieLength: UInt32(cookie.count),
            replyLength: UInt32(reply.count))
        blocks[last].append(contentsOf: cookie)
        blocks[last].append(contentsOf: reply)
        byteCount += length + ReplyLog.entryOverhead
        heldByteCount += ReplyLog.entryOverhead
    }

    /// What an entry of so many octets adds to ``heldByteCount``.
    func growth(for length: Int) -> Int {
        let isThere = !needsBlock(for: length) || length <= blockLength && !spare.isEmpty
        return ReplyLog.entryOverhead + (isThere ? 0 : max(length, blockLength))
    }

    /// Blocks that entries are in.
    var blockCount: Int { blocks.count }

    /// Forgets all entries, and keeps `limit` of their blocks for those that follow. Nothing of the entries is left in
    /// memory: there are keys among them.
    mutating func clear(keepingBlocks limit: Int) {
        if places.count * 4 >= places.capacity {
            places.removeAll(keepingCapacity: true)
        } else {
            places = [:]
        }
        for index in blocks.indices { blocks[index].withUnsafeMutableBufferPointer { $0.update(repeating: 0) } }
        swap(&spare, &blocks)
        blocks = []
        spare.removeAll { $0.count > blockLength }
        spare.removeLast(max(0, spare.count - limit))
        for index in spare.indices { spare[index].removeAll(keepingCapacity: true) }
        byteCount = 0
        heldByteCount = spare.count * blockLength
    }

    /// Gives back memory that no entry takes: none follows before ``clear()``.
    mutating func close() {
        heldByteCount -= spare.count * blockLength
        spare = []
    }

    private func needsBlock(for length: Int) -> Bool {
        blocks.last.map { $0.count + length > blockLength } ?? true
    }

    private mutating func addBlock(for length: Int) {
        if length <= blockLength, let block = spare.popLast() { return blocks.append(block) }
        var block: [UInt8] = []
        block.reserveCapacity(max(length, blockLength))
        heldByteCount += max(length, blockLength)
        blocks.append(block)
    }
}
