import DaemonConfiguration
import Glibc
import Logging
import Negotiation

/// The daemon as a command: from its arguments to the status it exits with.
enum DaemonCommand {
    /// Runs the daemon until it is told to stop.
    static func run(_ words: [String]) async -> Int32 {
        do throws(ConfigurationError) {
            let arguments = try CommandLineArguments(words)
            if let text = information(arguments) {
                writeText(text, to: STDOUT_FILENO)
                return 0
            }
            let configuration = try DaemonConfiguration(arguments, facts: .ofThisMachine())
            return await run(configuration, words)
        } catch {
            complain("\(error)")
            return error.exitStatus
        }
    }

    /// What an option prints that asks for nothing else.
    private static func information(_ arguments: CommandLineArguments) -> String? {
        if arguments.isSet("help") { return help }
        if arguments.isSet("version") { return "millrace \(DaemonConfiguration.version)\n" }
        if arguments.isSet("codecs") { return codecs }
        return nil
    }

    /// One line for each codec, as rtpengine writes them.
    private static var codecs: String {
        CodecOptions.convertibleCodecs.map { name in
            String(repeating: " ", count: max(0, 20 - name.utf8.count)) + name + ": fully supported\n"
        }.joined()
    }

    private static var help: String {
        """
        usage: millrace --interface=ADDRESS --listen-ng=[HOST:]PORT [OPTION ...]
               millrace ctl | demo | bench [--help]

        A media relay that takes rtpengine's place.

        \(HelpText.options)

        """
    }

    private static func run(_ configuration: DaemonConfiguration, _ words: [String]) async -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        let readyDescriptor = Background.takeReadyDescriptor()
        do throws(StartupError) {
            if !configuration.process.staysInForeground, readyDescriptor == nil {
                return try Background.start(words)
            }
            let daemon = try await Daemon(configuration)
            return try await daemon.run { log in
                guard let readyDescriptor else { return }
                Background.reportReady(readyDescriptor, keepsStandardError: log.usesStandardError)
            }
        } catch {
            complain("\(error)")
            return StartupError.exitStatus
        }
    }
}
