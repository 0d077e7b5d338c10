internal import CallControl

extension ControlCommandTable {
    /// The commands of a relay.
    public static func relay(_ context: OperatorContext) -> ControlCommandTable {
        var table = ControlCommandTable()
        table.addCalls(context)
        table.addSettings(context)
        table.addLogging(context)
        if let captures = context.captures { table.addCaptures(captures) }
        table.add(
            ControlCommand(
                "totals", "Everything that is counted", read: { _ in },
                run: { _, _ in StatisticsJSON.value(context.snapshot()) }))
        let words = CommandWords(context)
        table.add(
            ControlCommand(
                "words", "Carry out a command in the words of rtpengine's command line interface",
                arguments: [("line", "the command")],
                read: { arguments throws(ControlCommandError) in
                    try arguments.text("line")
                }, run: { line, _ in .object(["text": .string(words.answer(line))]) }))
        let commands = table.description
        table.add(
            ControlCommand(
                "hello", "What the relay is and which commands it has", read: { _ in },
                run: { _, _ in
                    .object([
                        "program": .string("millrace"), "version": .string(context.version),
                        "protocol": .integer(version), "commands": commands,
                    ])
                }))
        return table
    }

    private mutating func addCalls(_ context: OperatorContext) {
        typealias Page = (offset: Int, limit: Int)
        add(
            ControlCommand(
                "calls", "Calls at present in short, the oldest first",
                arguments: [("offset", "calls to pass over"), ("limit", "calls to show, 1000 unless given")],
                read: { arguments throws(ControlCommandError) -> Page in
                    (
                        try arguments.optionalInteger("offset", 0...Int.max) ?? 0,
                        try arguments.optionalInteger("limit", 0...100_000) ?? 1000
                    )
                },
                run: { page, _ in
                    let overviews = context.controller.overviews()
                    let shown = overviews.dropFirst(page.offset).prefix(page.limit)
                    return .object([
                        "total": .integer(Int64(overviews.count)), "calls": .array(shown.map(CallJSON.value)),
                    ])
                }))
        add(
            ControlCommand(
                "call", "One call in full", arguments: [("call-id", "the call")],
                read: { arguments throws(ControlCommandError) in try arguments.text("call-id") },
                run: { callID, _ throws(ControlCommandError) in
                    guard let (overview, details) = context.controller.description(of: callID) else {
                        throw Self.noCall(callID)
                    }
                    return .object(["call": CallJSON.value(overview), "details": JSONValue(details)])
                }))
        add(
            ControlCommand(
                "why", "What is wrong with a call, or with one that ended a short while ago",
                arguments: [("call-id", "the call")],
                read: { arguments throws(ControlCommandError) in try arguments.text("call-id") },
                run: { callID, _ throws(ControlCommandError) in
                    guard let explanation = context.controller.explanation(of: callID) else {
                        throw Self.noCall(callID)
                    }
                    guard case .object(let members) = DiagnosisJSON.value(explanation) else { return .null }
                    return .object(members + [JSONMember("text", .string(DiagnosisText.text(explanation)))])
                }))
        add(
            ControlCommand(
                "terminate", "End a call, or all, at once",
                arguments: [("call-id", "the call"), ("all", "true to end all calls")],
                read: { arguments throws(ControlCommandError) -> String? in
                    if try arguments.flag("all", default: false) { return nil }
                    return try arguments.text("call-id")
                },
                run: { callID, _ throws(ControlCommandError) in
                    guard let callID else {
                        return .object(["terminated": .integer(Int64(context.controller.endAllCalls()))])
                    }
                    guard context.controller.terminate(callID) else { throw Self.noCall(callID) }
                    return .object(["terminated": 1])
                }))
    }

    private mutating func addSettings(_ context: OperatorContext) {
        add(
            ControlCommand(
                "settings", "The settings that can be changed, with their values", read: { _ in },
                run: { _, _ in
                    .object(
                        RuntimeSetting.all.map { setting in
                            let text = setting.read(context)
                            return JSONMember(setting.name, JSONValue.number(text) ?? .string(text))
                        })
                }))
        add(
            ControlCommand(
                "set", "Change a setting", arguments: [("name", "the setting"), ("value", "its new value")],
                read: { arguments throws(ControlCommandError) in
                    (name: try arguments.text("name"), value: try arguments.text("value"))
                },
                run: { change, _ throws(ControlCommandError) in
                    guard let setting = RuntimeSetting.named(change.name) else {
                        throw ControlCommandError(.notFound, "there is no setting \(change.name)")
                    }
                    switch setting.write(change.value, context) {
                    case nil: break
                    case .notANumber: throw ControlCommandError(.arguments, "\(change.value) is no number")
                    case .outOfRange(let range):
                        throw ControlCommandError(.arguments, "\(setting.name) must be \(range)")
                    case .system(let text): throw ControlCommandError(.failed, text)
                    }
                    let text = setting.read(context)
                    return .object([JSONMember(setting.name, JSONValue.number(text) ?? .string(text))])
                }))
        addDrain(context)
    }

    private mutating func addDrain(_ context: OperatorContext) {
        typealias Wish = (isOn: Bool, ends: Bool, watches: Bool)
        add(
            ControlCommand(
                "drain", "Refuse new calls, and end when the last call has ended",
                arguments: [
                    ("on", "false takes it back"), ("end", "false: stay when empty"),
                    ("watch", "true: an event a second with the number of calls, until there are none"),
                ],
                read: { arguments throws(ControlCommandError) -> Wish in
                    (
                        try arguments.flag("on", default: true), try arguments.flag("end", default: true),
                        try arguments.flag("watch", default: false)
                    )
                },
                run: { wish, events in
                    let controller = context.controller
                    controller.isDraining = wish.isOn
                    while wish.isOn, wish.watches, controller.isDraining, controller.callCount > 0 {
                        let calls = JSONValue.integer(Int64(controller.callCount))
                        guard await events.send(.object(["calls": calls])) else { break }
                        guard (try? await Task.sleep(for: .seconds(1))) != nil else { break }
                    }
                    // Only now: the answer is to reach a client that watches.
                    context.departure.endsWhenEmpty = wish.isOn && wish.ends
                    return .object([
                        "draining": .boolean(controller.isDraining), "ends": .boolean(context.departure.endsWhenEmpty),
                        "calls": .integer(Int64(controller.callCount)),
                    ])
                }))
    }

    private mutating func addLogging(_ context: OperatorContext) {
        add(
            ControlCommand(
                "log-levels", "Log levels by subsystem", read: { _ in },
                run: { _, _ in
                    .object(
                        context.logLevels.subsystems.map { subsystem in
                            let level = context.logLevels.currentLevel(of: subsystem.name) ?? -1
                            return JSONMember(subsystem.name, .integer(Int64(level)))
                        })
                }))
        add(
            ControlCommand(
                "set-log-level", "Change the log level of a subsystem, or of all",
                arguments: [("subsystem", "all unless given"), ("level", "-1 to 8")],
                read: { arguments throws(ControlCommandError) in
                    guard let level = try arguments.optionalInteger("level", -1...8) else {
                        throw ControlCommandError(.arguments, "level is missing")
                    }
                    return (subsystem: try arguments.optionalText("subsystem"), level: level)
                },
                run: { change, _ throws(ControlCommandError) in
                    guard context.logLevels.setLevel(change.level, of: change.subsystem) else {
                        throw ControlCommandError(.notFound, "there is no subsystem \(change.subsystem ?? "")")
                    }
                    return .object(["level": .integer(Int64(change.level))])
                }))
        add(
            ControlCommand(
                "debug", "Log everything about one call, or no longer",
                arguments: [("call-id", "the call"), ("on", "false ends it")],
                read: { arguments throws(ControlCommandError) in
                    (callID: try arguments.text("call-id"), isOn: try arguments.flag("on", default: true))
                },
                run: { wish, _ throws(ControlCommandError) in
                    guard context.controller.description(of: wish.callID) != nil else { throw Self.noCall(wish.callID) }
                    guard context.controller.setDebugging(of: wish.callID, wish.isOn) else {
                        throw ControlCommandError(.limit, "too many calls are logged in full")
                    }
                    return .object(["debug": .boolean(wish.isOn)])
                }))
    }

    static func noCall(_ callID: String) -> ControlCommandError {
        ControlCommandError(.notFound, "there is no call \(callID)")
    }
}

extension JSONValue: ExpressibleByIntegerLiteral {
    /// A whole number.
    public init(integerLiteral value: Int64) { self = .integer(value) }
}
