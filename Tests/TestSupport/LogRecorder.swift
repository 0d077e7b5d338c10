public import Logging
import Synchronization

/// Keeps what is logged, for tests of what an operator is told.
public final class LogRecorder: Sendable {
    /// One line of the log.
    public struct Entry: Sendable, Equatable {
        /// How grave it is, as swift-log names it.
        public var level: String
        /// The text.
        public var message: String
        /// The fields.
        public var metadata: [String: String]
    }

    private let recorded = Mutex<[Entry]>([])

    /// An empty log.
    public init() {}

    /// All lines so far.
    public var entries: [Entry] { recorded.withLock { $0 } }

    /// A logger that writes here, at every level.
    public func logger(label: String) -> Logger {
        Logger(label: label) { _ in Handler(recorder: self) }
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let entry = Entry(
                level: event.level.rawValue, message: "\(event.message)",
                metadata: metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" })
            recorder.recorded.withLock { $0.append(entry) }
        }
    }
}
