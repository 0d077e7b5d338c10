internal import Bencode
internal import CallControl
internal import Telemetry

/// `list …`, and `get …` which is the same.
enum ListWords {
    static let words: [CommandWord] = ["list", "get"].map { word in
        CommandWord(word, "Show something", next: next)
    }

    private static let next: [CommandWord] =
        [
            CommandWord("numsessions", "Number of calls") { _, context in sessionNumbers(context) },
            CommandWord(
                "sessions", "Calls, or one call", leastArguments: 1,
                next: [
                    CommandWord("all", "All calls") { _, context in
                        list(context, nothing: "No sessions on this media relay.\n")
                    },
                    CommandWord("own", "Calls of this relay") { _, context in
                        list(context, nothing: "No own sessions on this media relay.\n")
                    },
                    CommandWord("foreign", "Calls of other relays") { _, _ in
                        "No foreign sessions on this media relay.\n"
                    },
                ]
            ) { rest, context in
                CallText.block(String(rest[0]), context) ?? "Call ID not found (\(rest[0])).\n"
            },
            CommandWord("totals", "Statistics since the start") { _, context in
                "\n" + TotalsText.text(context.snapshot())
            },
            CommandWord("counters", "Rates a second") { _, context in counters(context) },
            CommandWord("jsonstats", "Statistics as JSON") { _, context in
                StatisticsJSON.ngSections(context.snapshot()).indented + "\n"
            },
            CommandWord("interfaces", "Interfaces and their ports") { _, context in interfaces(context) },
            CommandWord("transcoders", "Transcoders in use") { _, _ in "No stats entries\n" },
            CommandWord("loglevels", "Subsystems that have a log level") { _, context in
                context.logLevels.subsystems.map { "\($0.name) - \($0.meaning)\n" }.joined()
            },
            CommandWord("loglevel", "Log levels") { rest, context in logLevels(rest, context) },
            CommandWord("controltos", "TOS byte of media") { _, context in "\(context.controller.mediaTOS)\n" },
        ]
        + RuntimeSetting.all.map { setting in
            CommandWord(setting.word, "The setting \(setting.name)") { _, context in
                setting.shown(setting.read(context)) + "\n"
            }
        }
        + ["redisallowederrors", "redisdisabletime", "redisconnecttimeout", "rediscmdtimeout"].map { word in
            CommandWord(word, "A setting of Redis") { _, _ in "This relay does not use Redis.\n" }
        }

    private static func sessionNumbers(_ context: OperatorContext) -> String {
        var media = CallOverview.MediaFamilies()
        let calls = context.controller.overviews()
        for call in calls {
            media.ipv4 += call.media.ipv4
            media.ipv6 += call.media.ipv6
            media.mixed += call.media.mixed
        }
        return """
            Current sessions own: \(calls.count)
            Current sessions foreign: 0
            Current sessions total: \(calls.count)
            Current transcoded media: 0
            Current sessions ipv4 only media: \(media.ipv4)
            Current sessions ipv6 only media: \(media.ipv6)
            Current sessions ip mixed media: \(media.mixed)

            """
    }

    private static func list(_ context: OperatorContext, nothing: String) -> String {
        let calls = context.controller.overviews()
        guard !calls.isEmpty else { return nothing }
        return calls.map(CallText.line).joined()
    }

    private static func counters(_ context: OperatorContext) -> String {
        let snapshot = context.snapshot()
        return [
            ("Packets per second", "packetrate"), ("Bytes per second", "byterate"), ("Errors per second", "errorrate"),
        ].map { title, key in
            let value = snapshot.value(["currentstatistics", key])?.integer ?? 0
            return title + String(repeating: " ", count: 40 - title.count) + ":\(value)\n"
        }.joined()
    }

    private static func interfaces(_ context: OperatorContext) -> String {
        let interfaces = context.snapshot().value(["interfaces"])?.list ?? []
        return interfaces.compactMap(\.dictionary).map { interface in
            var text = "Interface '\(interface.first("name")?.text ?? "")':\n"
            append(interface, to: &text, indentation: " ")
            return text + "\n"
        }.joined()
    }

    /// Every number of a section, sections within it indented.
    private static func append(_ section: BencodeDictionary, to text: inout String, indentation: String) {
        for entry in section.entries where entry.key != "name" {
            if let inner = entry.value.dictionary {
                text += "\(indentation)\(entry.key):\n"
                append(inner, to: &text, indentation: indentation + " ")
            } else if let value = entry.value.text ?? entry.value.integer.map({ String($0) }) {
                let title = indentation + entry.key
                text += title + String(repeating: " ", count: max(1, 32 - title.count)) + ":\(value)\n"
            }
        }
    }

    private static func logLevels(_ rest: [Substring], _ context: OperatorContext) -> String {
        let names = rest.first.map { [String($0)] } ?? context.logLevels.subsystems.map(\.name)
        return names.map { name in
            context.logLevels.currentLevel(of: name).map { "\(name) = \($0)\n" } ?? "Unknown log level: \(name)\n"
        }.joined()
    }
}
