import ArgumentParser

/// The tools beside the daemon.
struct ToolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "millrace", abstract: "Tools of the media relay.",
        subcommands: [CtlCommand.self, DemoCommand.self, BenchCommand.self, ReplayCommand.self])

    /// Asks for the script that completes command lines in a shell.
    static let completion = "--generate-completion-script"

    /// First words of a command line that ask for a tool and not for the daemon.
    static let names: Set<String> = ["ctl", "demo", "bench", "replay"]
}
