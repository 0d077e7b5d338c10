internal import Logging
internal import NIOCore
internal import NetTypes
internal import Synchronization

/// Warnings about what clients do wrong, limited in number. Shared by all listeners.
final class LimitedLog: Sendable {
    private let logger: Logger
    private let limiter = Mutex(LogLimiter())

    init(_ logger: Logger) {
        self.logger = logger
    }

    func warn(
        _ message: String, client: TransportAddress? = nil, cookie: [UInt8]? = nil, reason: String? = nil
    ) {
        let now = NIODeadline.now().uptimeNanoseconds
        guard let suppressed = limiter.withLock({ $0.admit(now: now) }) else { return }
        var metadata: Logger.Metadata = [:]
        if let client { metadata["ng.client"] = "\(client)" }
        if let cookie { metadata["ng.cookie"] = "\(LimitedLog.printable(cookie))" }
        if let reason { metadata["reason"] = "\(reason)" }
        if suppressed > 0 { metadata["suppressed"] = "\(suppressed)" }
        logger.warning("\(message)", metadata: metadata)
    }

    /// A client's bytes must not write lines of their own or move a terminal's cursor.
    private static func printable(_ cookie: [UInt8]) -> String {
        String(
            decoding: cookie.prefix(64).map { (0x21..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
