internal import Recording
internal import Wire

extension ControlCommandTable {
    /// Octets of a capture in one event: so few that the connection's buffer holds one at a time, and a reader that
    /// pauses makes the capture wait, not the relay's memory grow.
    private static let piece = 24 << 10
    /// How often a call that does not exist yet is looked for. What happens meanwhile the flight recorder keeps.
    private static let look = Duration.milliseconds(200)

    private struct Wish: Sendable {
        var callID: String
        var limits: CaptureLimits
        var waits: Bool
    }

    mutating func addCaptures(_ captures: CaptureControl) {
        add(
            ControlCommand(
                "capture", "Give out the packets of a call as a pcapng file, in pieces",
                arguments: [
                    ("call-id", "the call"), ("seconds", "end after this time"),
                    ("packets", "end after so many packets of the wire"), ("wait", "true: the call may come later"),
                ], isLocalOnly: true,
                read: { arguments throws(ControlCommandError) -> Wish in
                    let seconds = try arguments.optionalInteger("seconds", 1...31_536_000)
                    let packets = try arguments.optionalInteger("packets", 1...Int.max)
                    return Wish(
                        callID: try arguments.text("call-id"),
                        limits: CaptureLimits(
                            packets: packets.map { UInt64($0) }, nanoseconds: seconds.map { UInt64($0) * 1_000_000_000 }
                        ),
                        waits: try arguments.flag("wait", default: false))
                },
                run: { wish, events throws(ControlCommandError) in
                    let stream = try await Self.begin(wish, captures, events)
                    // Nobody else cancels it when the client is gone before the first piece.
                    defer { stream.cancel() }
                    return try await Self.handOut(stream, events)
                }))
        add(
            ControlCommand(
                "end-capture", "End a capture; what has happened until now still comes",
                arguments: [("capture", "its number, from the first event of the capture")], isLocalOnly: true,
                read: { arguments throws(ControlCommandError) in
                    guard let number = try arguments.optionalInteger("capture", 0...Int.max) else {
                        throw ControlCommandError(.arguments, "capture is missing")
                    }
                    return UInt64(number)
                },
                run: { number, _ throws(ControlCommandError) in
                    guard captures.finish(number) else {
                        throw ControlCommandError(.notFound, "there is no capture \(number)")
                    }
                    return .object(["capture": .integer(Int64(clamping: number))])
                }))
    }

    private static func begin(
        _ wish: Wish, _ captures: CaptureControl, _ events: any ControlEventSink
    ) async throws(ControlCommandError) -> CaptureStream {
        var hasSaid = false
        while true {
            do throws(CaptureRefusal) {
                return try captures.start(callID: wish.callID, wish.limits)
            } catch {
                switch error {
                case .tooMany(let limit): throw ControlCommandError(.limit, "there are \(limit) captures already")
                case .unknownCall: guard wish.waits else { throw noCall(wish.callID) }
                }
            }
            if !hasSaid {
                hasSaid = true
                _ = await events.send(.object(["waiting": .boolean(true)]))
            }
            guard (try? await Task.sleep(for: look)) != nil else {
                throw ControlCommandError(.failed, "the client is gone")
            }
        }
    }

    private static func handOut(
        _ stream: CaptureStream, _ events: any ControlEventSink
    ) async throws(ControlCommandError) -> JSONValue {
        let isThere = await events.send(.object(["capture": .integer(Int64(clamping: stream.number))]))
        guard isThere else { throw ControlCommandError(.failed, "the client is gone") }
        for await bytes in stream {
            for start in stride(from: 0, to: bytes.count, by: piece) {
                let text = Base64.encode(bytes[start..<min(start + piece, bytes.count)])
                guard await events.send(.object(["pcapng": .string(text)])) else {
                    throw ControlCommandError(.failed, "the client is gone")
                }
            }
        }
        guard let summary = stream.summary else { throw ControlCommandError(.failed, "the capture was broken off") }
        return .object([
            "wire": .integer(Int64(clamping: summary.wire)), "clear": .integer(Int64(clamping: summary.clear)),
            "notes": .integer(Int64(clamping: summary.notes)), "missed": .integer(Int64(clamping: summary.missed)),
            "reason": .string(summary.reason),
        ])
    }
}
