import ArgumentParser
import DaemonConfiguration

/// The program. Without a subcommand it is the daemon and reads its command line as rtpengine does; the tools have
/// subcommands of their own.
@main
enum App {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        if let word = arguments.first, ToolCommand.isNamed(by: word) {
            await ToolCommand.main(Array(arguments))
        } else {
            exitProcess(await DaemonCommand.run(Array(arguments)))
        }
    }
}
