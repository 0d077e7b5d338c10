import Bencode
import Dispatch
import NGProtocol
import NetTypes
import Synchronization

/// A handler whose replies show what it was asked, and which can be made to wait.
///
/// `query` repeats `from-tag` as `tag`; `list` gives a reply of so many bytes as `limit` says; a call-id that begins
/// with `wait` stops its request until ``release()``.
final class RecordingHandler: NGRequestHandler {
    private let handled = Mutex<[String]>([])
    private let gate = DispatchSemaphore(value: 0)
    private let entered = DispatchSemaphore(value: 0)

    /// `from-tag` of the requests in the order in which they were finished.
    var tags: [String] { handled.withLock { $0 } }

    func handle(_ request: NGRequest, from client: TransportAddress) -> NGReply {
        if request.command == .ping { return .pong }
        if request.callID?.hasPrefix("wait") == true {
            entered.signal()
            gate.wait()
        }
        handled.withLock { $0.append(request.fromTag ?? "") }
        switch request.listLimit {
        case .count(let count): return .ok(["filler": .string([UInt8](repeating: 0x61, count: count))])
        case .standard, .negative: return .ok(["tag": .text(request.fromTag ?? "")])
        }
    }

    /// Lets one request go on.
    func release() { gate.signal() }

    /// Returns when one more request has begun to wait.
    func awaitEntry() { entered.wait() }
}

/// Spellings of messages and replies.
enum Wire {
    static func message(_ cookie: String, _ dictionary: BencodeDictionary) -> [UInt8] {
        var bytes = Array("\(cookie) ".utf8)
        dictionary.encode(into: &bytes)
        return bytes
    }

    static func query(_ cookie: String, call: String, tag: String) -> [UInt8] {
        message(cookie, ["command": "query", "call-id": .text(call), "from-tag": .text(tag)])
    }

    static func tagReply(_ cookie: String, tag: String) -> [UInt8] {
        message(cookie, ["tag": .text(tag), "result": "ok"])
    }

    static func error(_ cookie: String, _ reason: NGErrorText) -> [UInt8] {
        NGReply.error(reason).encode(cookie: Array(cookie.utf8), .bencode)
    }

    static let ping = Array("p1 d7:command4:pinge".utf8)
    static let pong = Array("p1 d6:result4:ponge".utf8)
}
