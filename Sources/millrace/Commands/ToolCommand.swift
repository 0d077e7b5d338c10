import ArgumentParser

/// The tools beside the daemon.
struct ToolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "millrace", abstract: "Tools of the media relay.",
        subcommands: [DemoCommand.self, BenchCommand.self])

    /// First words of a command line that ask for a tool and not for the daemon.
    static let names: Set<String> = ["demo", "bench"]
}
