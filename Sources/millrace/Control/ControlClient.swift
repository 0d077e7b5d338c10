import Console
import Glibc

/// Why a command of an operator had no result.
enum ControlFailure: Error, CustomStringConvertible {
    /// No relay answers there.
    case unreachable(ControlEndpoint, String)
    /// The connection ended, or what came is no answer.
    case noAnswer(ControlEndpoint)
    /// The relay said no.
    case refused(code: String, message: String)

    var description: String {
        switch self {
        case .unreachable(let endpoint, let reason): "no relay answers at \(endpoint): \(reason)"
        case .noAnswer(let endpoint): "the relay at \(endpoint) gave no answer"
        case .refused(_, let message): message
        }
    }

    /// The status that the tool exits with: 1 for a refusal, 2 where no relay was reached.
    var exitStatus: Int32 {
        switch self {
        case .unreachable, .noAnswer: 2
        case .refused: 1
        }
    }
}

/// Asks a relay in the control protocol, one request for each connection, so that a local socket and a TCP port are
/// the same.
struct ControlClient {
    let endpoint: ControlEndpoint
    /// Octets of an answer that nobody needs more of.
    private static let longestAnswer = 1 << 28
    /// Of the request whose answer is waited for; others have 0.
    private static let identifier: Int64 = 1

    /// The result of a command. Events on the way go to `onEvent`.
    func ask(
        _ command: String, _ arguments: [JSONMember] = [], onEvent: (JSONValue) -> Void = { _ in }
    ) throws(ControlFailure) -> JSONValue {
        try converse(command, arguments) { event, _ in onEvent(event) }
    }

    /// As ``ask(_:_:onEvent:)``; `onEvent` gets the connection as well, for further requests while the first one is
    /// carried out. Their answers are passed over.
    ///
    /// - Parameters:
    ///   - output: what the caller writes to; `nil` while there is nothing.
    ///   - onLoss: called once when the other end of a pipe that `output` is has gone.
    func converse(
        _ command: String, _ arguments: [JSONMember], output: () -> Int32? = { nil },
        onLoss: () -> Void = {}, onEvent: (JSONValue, ControlConnection) -> Void
    ) throws(ControlFailure) -> JSONValue {
        let descriptor = endpoint.connect()
        guard descriptor >= 0 else { throw .unreachable(endpoint, errorText(-descriptor)) }
        let connection = ControlConnection(takingOwnershipOf: descriptor)
        connection.send(command, arguments, id: Self.identifier)
        var lines = LineReader(descriptor: descriptor, limit: Self.longestAnswer)
        while let line = lines.next(output: output, onLoss: onLoss) {
            guard let answer = JSONValue(parsing: line) else { break }
            // A relay that could not read the request does not know its number.
            guard [.integer(Self.identifier), .null, nil].contains(answer["id"]) else { continue }
            if let event = answer["event"] { onEvent(event, connection) }
            if let result = answer["ok"] { return result }
            if let error = answer["error"] {
                throw .refused(code: error["code"]?.text ?? "", message: error["message"]?.text ?? "")
            }
        }
        throw .noAnswer(endpoint)
    }
}

/// A connection to a relay, closed when nobody uses it any more.
final class ControlConnection: Sendable {
    private let descriptor: Int32

    init(takingOwnershipOf descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Sends a request.
    func send(_ command: String, _ arguments: [JSONMember], id: Int64 = 0) {
        let request = JSONValue.object([
            JSONMember("v", .integer(ControlCommandTable.version)), JSONMember("id", .integer(id)),
            JSONMember("command", .string(command)), JSONMember("arguments", .object(arguments)),
        ])
        writeText(request.line + "\n", to: descriptor)
    }
}

/// Reads lines from a descriptor.
struct LineReader {
    private let descriptor: Int32
    private let limit: Int
    private var input: [UInt8] = []
    private var searched = 0
    private var isOutputLost = false

    init(descriptor: Int32, limit: Int) {
        self.descriptor = descriptor
        self.limit = limit
    }

    /// The next line without its end; `nil` at the end of input, or for a line beyond the limit.
    ///
    /// While it waits it looks after `output`, too: a pipe without readers says so to those who do not write as well.
    mutating func next(output: () -> Int32? = { nil }, onLoss: () -> Void = {}) -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let end = input[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer {
                    input.removeFirst(end + 1)
                    searched = 0
                }
                return Array(input[..<end])
            }
            searched = input.count
            guard input.count <= limit else { return nil }
            if !isOutputLost, let watched = output(), !waitForInput(besides: watched) {
                isOutputLost = true
                onLoss()
            }
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            input += chunk[..<count]
        }
    }

    /// Waits for input; `false` as soon as nobody reads what is written to `output`.
    private func waitForInput(besides output: Int32) -> Bool {
        var entries = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: output, events: 0, revents: 0),
        ]
        while poll(&entries, nfds_t(entries.count), -1) < 0 {
            guard errno == EINTR || errno == EAGAIN else { return true }
        }
        return entries[1].revents & Int16(POLLERR | POLLHUP | POLLNVAL) == 0
    }
}
