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
    static let blockLength = 1 << 16
    /// What an entry costs beyond its octets, roughly: its place in a table that is half full at times.
    static let entryOverhead = 64

    private var places: [UInt64: Place] = [:]
    private var blocks: [[UInt8]] = []
    /// Empty blocks for what comes.
    private var spare: [[UInt8]] = []
    /// Octets of the entries, and what they cost beyond.
    private(set) var byteCount = 0

    /// An empty log.
    init() {}

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
        if blocks.last.map({ $0.count + length > ReplyLog.blockLength }) ?? true { addBlock(for: length) }
        let last = blocks.count - 1
        places[digest] = Place(
            block: UInt32(last), start: UInt32(blocks[last].count), cookieLength: UInt32(cookie.count),
            replyLength: UInt32(reply.count))
        blocks[last].append(contentsOf: cookie)
        blocks[last].append(contentsOf: reply)
        byteCount += length + ReplyLog.entryOverhead
    }

    /// Forgets all entries, and keeps as much memory as they took for those that follow.
    mutating func clear() {
        if places.count * 4 >= places.capacity {
            places.removeAll(keepingCapacity: true)
        } else {
            places = [:]
        }
        swap(&spare, &blocks)
        blocks = []
        spare.removeAll { $0.capacity >= ReplyLog.blockLength * 2 }
        for index in spare.indices { spare[index].removeAll(keepingCapacity: true) }
        byteCount = 0
    }

    /// Gives back memory that no entry takes: none follows before ``clear()``.
    mutating func close() {
        spare = []
    }

    private mutating func addBlock(for length: Int) {
        if length <= ReplyLog.blockLength, let block = spare.popLast() { return blocks.append(block) }
        var block: [UInt8] = []
        block.reserveCapacity(max(length, ReplyLog.blockLength))
        blocks.append(block)
    }
}
