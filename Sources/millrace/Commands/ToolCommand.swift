import ArgumentParser

/// The tools beside the daemon.
struct ToolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "millrace", abstract: "Tools of the media relay.",
        subcommands: [CtlCommand.self, DemoCommand.self, BenchCommand.self, ReplayCommand.self])

    /// First words of a command line that ask for a tool and not for the daemon.
    static let names: Set<String> = ["ctl", "demo", "bench", "replay"]

    /// Whether a command line with this first word is a tool's. Beside the names those are what makes the script that
    /// completes command lines in a shell, and what such a script asks.
    static func isNamed(by word: String) -> Bool {
        names.contains(word) || word.hasPrefix("--generate-completion-script") || word == "---completion"
    }
}
