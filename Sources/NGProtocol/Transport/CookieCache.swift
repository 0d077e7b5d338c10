/// Replies by cookie, so that a repeated request has no second effect (ng-protocol §1.8).
///
/// One cache serves all transports that have cookies. Entries are kept in two generations: a generation of 30 s
/// becomes the old one and the old one is dropped, when somebody looks; its memory is for the next one. So an entry lives
/// 30 to 60 s under traffic. When a generation has grown to half of a bound, the change comes early. The clock is the
/// caller's.
public struct CookieCache: Sendable {
    /// Bounds on what is kept.
    public struct Limits: Sendable, Equatable {
        /// Cookies with their replies.
        public var entries: Int
        /// Bytes of memory for cookies and replies, used or not, with what the tables take for each.
        public var bytes: Int

        /// The defaults hold half a minute of 2000 requests per second.
        public init(entries: Int = 131_072, bytes: Int = 128 << 20) {
            self.entries = entries
            self.bytes = bytes
        }
    }

    /// What is known of a cookie.
    public enum State: Sendable, Equatable {
        /// Nothing. It is in progress from now on: the caller carries the request out and calls
        /// ``CookieCache/finish(_:reply:)``, or ``CookieCache/abandon(_:)``.
        case new
        /// The first request with it is being carried out. The caller waits for its reply.
        case inProgress
        /// The stored reply.
        case answered([UInt8])
    }

    /// A cookie as a key of tables. All octets are hashed at once; an array would have them hashed one by one.
    private struct Key: Hashable, Sendable {
        let octets: [UInt8]

        func hash(into hasher: inout Hasher) {
            octets.withUnsafeBytes { hasher.combine(bytes: $0) }
        }
    }

    /// Age at which a generation becomes the old one, in nanoseconds.
    public static let generationNanoseconds: UInt64 = 30_000_000_000

    private let limits: Limits
    private var current: ReplyLog
    private var old: ReplyLog
    private var currentSince: UInt64
    private var inProgress: Set<Key> = []

    /// An empty cache at the monotonic time `now`, in nanoseconds.
    public init(limits: Limits = Limits(), now: UInt64) {
        self.limits = limits
        // Small beside the bound, so that little of it is lost at the ends of blocks.
        let empty = ReplyLog(blockLength: max(1, min(1 << 16, limits.bytes / 32)))
        (current, old) = (empty, empty)
        currentSince = now
    }

    /// Replies that are kept.
    public var count: Int { current.count + old.count }

    /// Bytes that ``count`` replies take, with what the tables take for each.
    public var byteCount: Int { current.byteCount + old.byteCount }

    /// Bytes of memory that are held for cookies and replies, used or not.
    package var reservedByteCount: Int { current.reservedByteCount + old.reservedByteCount }

    /// Requests that are being carried out.
    public var inProgressCount: Int { inProgress.count }

    /// Looks a cookie up at the monotonic time `now`, in nanoseconds; a time that runs backwards counts as standing
    /// still.
    public mutating func begin(_ cookie: [UInt8], now: UInt64) -> State {
        if now > currentSince, now - currentSince >= CookieCache.generationNanoseconds {
            turnOver()
            currentSince = now
        }
        let digest = ReplyLog.digest(cookie)
        if let reply = current.reply(to: cookie, digest: digest) ?? old.reply(to: cookie, digest: digest) {
            return .answered(reply)
        }
        return inProgress.insert(Key(octets: cookie)).inserted ? .new : .inProgress
    }

    /// Stores the reply to a cookie that was ``State/new``.
    public mutating func finish(_ cookie: [UInt8], reply: [UInt8]) {
        guard inProgress.remove(Key(octets: cookie)) != nil else { return }
        let (length, limit) = (cookie.count + reply.count, limits.bytes / 2)
        guard length + ReplyLog.entryOverhead <= limit, limits.entries >= 2 else { return }
        func fits() -> Bool { current.heldByteCount + current.growth(for: length) <= limit }
        // Empty blocks go before replies do.
        if !fits() { current.close() }
        if !fits() || current.count >= limits.entries / 2 { turnOver() }
        if !fits() { current.close() }
        current.add(reply, to: cookie, digest: ReplyLog.digest(cookie))
    }

    /// Forgets a cookie that was ``State/new`` and gets no reply.
    public mutating func abandon(_ cookie: [UInt8]) {
        inProgress.remove(Key(octets: cookie))
    }

    private mutating func turnOver() {
        swap(&old, &current)
        old.close()
        current.clear(keepingBlocks: old.blockCount)
    }
}
