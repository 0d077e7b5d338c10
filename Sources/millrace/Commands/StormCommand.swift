import ArgumentParser
import Glibc
import LoadGenerator

/// `millrace bench storm`
struct StormCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm",
        abstract: "Measure how handshakes of new calls delay the media of those that exist.")

    @OptionGroup var options: BenchOptions

    @Option(help: "A relay: a command line or NAME=COMMAND.")
    var relay: [String] = []

    @Option(help: "Calls with ICE and DTLS set up, connected and deleted per second.")
    var handshakes = 200

    @Option(help: "Rounds of a window without, a control window, and one with the storm.")
    var rounds = 15

    @Option(help: "Seconds of each window.")
    var duration = 1.0

    func run() async throws {
        var storm = StormOptions(relays: try BenchOptions.relays(relay, withFloor: false))
        storm.calls = try options.calls(unlessGiven: 500)
        storm.workload = options.workload
        storm.handshakesPerSecond = handshakes
        storm.rounds = rounds
        storm.duration = duration
        storm.environment = options.environment
        do throws(LoadError) {
            let result = try Storm(storm, progress: BenchOptions.report).run()
            writeText(options.json ? result.json.text + "\n" : result.table, to: STDOUT_FILENO)
            if !result.isSound { exitProcess(1) }
        } catch {
            complain(error.description)
            exitProcess(1)
        }
    }
}
