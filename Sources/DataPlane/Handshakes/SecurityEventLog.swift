import Forwarding
import Synchronization

/// Events on their way to whoever writes logs. The newest are kept when nobody comes for them.
final class SecurityEventLog: Sendable {
    /// Events that wait at most.
    static let limit = 1024

    private struct Contents {
        var events: [SecurityEvent] = []
        /// Where the next event goes when the array is full.
        var oldest = 0
        var lost: UInt64 = 0
    }

    private let contents = Mutex(Contents())

    func append(_ event: SecurityEvent) {
        contents.withLock { contents in
            guard contents.events.count == SecurityEventLog.limit else {
                contents.events.append(event)
                return
            }
            contents.events[contents.oldest] = event
            contents.oldest = (contents.oldest + 1) % SecurityEventLog.limit
            contents.lost &+= 1
        }
    }

    /// Takes all events out, oldest first.
    func take() -> [SecurityEvent] {
        contents.withLock { contents in
            let events = Array(contents.events[contents.oldest...] + contents.events[..<contents.oldest])
            contents.events = []
            contents.oldest = 0
            return events
        }
    }

    /// How many events had to make room for others.
    var lost: UInt64 { contents.withLock { $0.lost } }
}
