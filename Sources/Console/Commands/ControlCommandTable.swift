/// The commands of the control protocol, version 1: JSON on lines.
///
/// A request is `{"v":1,"id":…,"command":"NAME","arguments":{…}}`; `v`, `id` and `arguments` may be left out. Its answer
/// is any number of lines `{"v":1,"id":…,"event":…}` and a last one with `"ok":…` or
/// `"error":{"code":…,"message":…}`.
public struct ControlCommandTable: Sendable {
    /// Version of the form of requests and answers.
    public static let version: Int64 = 1
    /// Octets of the longest request.
    public static let longestRequest = 65_536

    private struct Entry: Sendable {
        let name: String
        let summary: String
        let arguments: [(name: String, meaning: String)]
        let isLocalOnly: Bool
        let run: @Sendable (ControlArguments, any ControlEventSink) async throws(ControlCommandError) -> JSONValue
    }

    /// Sends octets of a line to the client and returns when there is room for more; `false` when it is gone.
    public typealias Write = @Sendable ([UInt8]) async -> Bool

    private var entries: [Entry] = []

    /// A table without commands.
    public init() {}

    /// Adds a command, or replaces the one of the same name.
    public mutating func add<Arguments>(_ command: ControlCommand<Arguments>) {
        entries.removeAll { $0.name == command.name }
        entries.append(
            Entry(
                name: command.name, summary: command.summary, arguments: command.arguments,
                isLocalOnly: command.isLocalOnly
            ) { arguments, events throws(ControlCommandError) in
                try await command.run(try command.read(arguments), events)
            })
    }

    /// The commands with their arguments, for clients that want to know.
    public var description: JSONValue {
        .array(
            entries.map { entry in
                .object([
                    "command": .string(entry.name), "summary": .string(entry.summary),
                    "local-only": .boolean(entry.isLocalOnly),
                    "arguments": .object(entry.arguments.map { JSONMember($0.name, .string($0.meaning)) }),
                ])
            })
    }

    /// Carries out one request. `isLocal` tells a client of the control socket from one of a TCP port.
    public func serve(_ request: [UInt8], isLocal: Bool, write: @escaping Write) async {
        var id = JSONValue.null
        var answer: JSONMember
        do throws(ControlCommandError) {
            let value = JSONValue(parsing: request)
            id = value?["id"] ?? .null
            let result = try await run(value, isLocal: isLocal, EventLines(id: id, write: write))
            answer = JSONMember("ok", result)
        } catch {
            answer = JSONMember(
                "error", .object(["code": .string(error.code.rawValue), "message": .string(error.message)]))
        }
        _ = await write(EventLines.line(id, answer))
    }

    private func run(
        _ request: JSONValue?, isLocal: Bool, _ events: EventLines
    ) async throws(ControlCommandError) -> JSONValue {
        guard let request, request.members != nil else {
            throw ControlCommandError(.malformed, "a request is one JSON object on a line")
        }
        guard (request["v"] ?? .integer(Self.version)) == .integer(Self.version) else {
            throw ControlCommandError(.malformed, "this relay speaks version \(Self.version)")
        }
        guard let name = request["command"]?.text else { throw ControlCommandError(.malformed, "command is missing") }
        guard let entry = entries.first(where: { $0.name == name }) else {
            throw ControlCommandError(.unknownCommand, "there is no command \(name)")
        }
        guard isLocal || !entry.isLocalOnly else {
            throw ControlCommandError(.notAllowed, "\(name) is for clients of the control socket")
        }
        return try await entry.run(ControlArguments(request["arguments"] ?? .object([])), events)
    }
}

/// Writes the events of one request.
private struct EventLines: ControlEventSink {
    let id: JSONValue
    let write: ControlCommandTable.Write

    func send(_ event: JSONValue) async -> Bool {
        guard !Task.isCancelled else { return false }
        return await write(EventLines.line(id, JSONMember("event", event)))
    }

    static func line(_ id: JSONValue, _ member: JSONMember) -> [UInt8] {
        let members = [JSONMember("v", .integer(ControlCommandTable.version)), JSONMember("id", id), member]
        return Array((JSONValue.object(members).line + "\n").utf8)
    }
}
