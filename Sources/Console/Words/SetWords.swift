internal import CallControl

/// `set …` and `params …`.
enum SetWords {
    static let words = [
        CommandWord(
            "set", "Change something",
            next: RuntimeSetting.all.map { setting in
                CommandWord(setting.word, "The setting \(setting.name)", leastArguments: 1) { rest, context in
                    set(setting, String(rest[0]), context)
                }
            } + [
                CommandWord("loglevel", "Log level of all, or of one subsystem", leastArguments: 1) { rest, context in
                    setLogLevel(rest, context)
                },
                CommandWord("controltos", "TOS byte of media", leastArguments: 1) { _, _ in
                    "The TOS byte is fixed while the relay runs; calls may ask for one with the TOS option.\n"
                },
            ]
                + ["redisallowederrors", "redisdisabletime", "redisconnecttimeout", "rediscmdtimeout"].map { word in
                    CommandWord(word, "A setting of Redis", leastArguments: 1) { _, _ in
                        "This relay does not use Redis.\n"
                    }
                })
    ]

    static func parameters(_ initial: [String: String]) -> [CommandWord] {
        [
            CommandWord(
                "params", "The settings that can be changed",
                next: [
                    CommandWord("start", "As they were at the start") { _, _ in
                        lines { initial[$0.name] }
                    },
                    CommandWord("current", "As they are") { _, context in
                        lines { $0.read(context) }
                    },
                    CommandWord("diff", "Those that were changed") { _, context in
                        RuntimeSetting.all.map { setting in
                            let (before, now) = (initial[setting.name] ?? "", setting.read(context))
                            return before == now ? "" : "\(setting.name): \(before) => \(now)\n"
                        }.joined()
                    },
                    CommandWord("revert", "Take changes back") { _, context in
                        for setting in RuntimeSetting.all where setting.read(context) != initial[setting.name] {
                            _ = setting.write(initial[setting.name] ?? "", context)
                        }
                        return "Settings are as they were at the start.\n"
                    },
                ])
        ]
    }

    private static func lines(_ value: (RuntimeSetting) -> String?) -> String {
        RuntimeSetting.all.map { "\($0.name) = \(value($0) ?? "")\n" }.joined()
    }

    private static func set(_ setting: RuntimeSetting, _ value: String, _ context: OperatorContext) -> String {
        switch setting.write(value, context) {
        case nil: "Success setting \(setting.word) to \(value)\n"
        case .notANumber: "Fail setting \(setting.word) to \(value); no digits found\n"
        case .outOfRange(let range): "Fail setting \(setting.word) to \(value); it must be \(range)\n"
        case .system(let text): "Fail setting \(setting.word) to \(value); \(text)\n"
        }
    }

    private static func setLogLevel(_ rest: [Substring], _ context: OperatorContext) -> String {
        let subsystem = rest.count > 1 ? String(rest[0]) : nil
        let text = rest.count > 1 ? rest[1] : rest[0]
        guard let level = Int(text) else { return "Fail setting loglevel to \(text); no digits found\n" }
        guard (-1...8).contains(level) else { return "Fail setting loglevel to \(text); it must be -1 to 8\n" }
        guard context.logLevels.setLevel(level, of: subsystem) else {
            return "Unknown log level: \(subsystem ?? "")\n"
        }
        return "Success setting loglevel to \(level)\n"
    }
}
