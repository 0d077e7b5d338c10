import DaemonConfiguration
import Glibc
import Logging
import ServiceLifecycle

/// The daemon: makes its parts from the configuration, runs them, and stops them in the reverse order.
struct Daemon {
    private let configuration: DaemonConfiguration
    private let levels: LogLevels
    private let sink: LogSink
    private let logger: Logger
    private let relay: Relay
    private let manager: ServiceManager
    private let signals: DaemonSignals

    /// Makes everything that can fail: sockets, threads, files. What cannot be had is said in one line.
    init(_ configuration: DaemonConfiguration) async throws(StartupError) {
        self.configuration = configuration
        levels = LogLevels(configuration.logging)
        sink = LogSink(configuration.logging, staysInForeground: configuration.process.staysInForeground)
        let log = LogFactory(levels: levels, sink: sink)
        logger = log.logger("core")
        for warning in configuration.warnings { logger.warning("\(warning)") }
        relay = try await Relay(configuration, log)
        manager = .ofThisProcess()
        signals = await DaemonSignals(levels: levels, logger: logger, manager: manager)
    }

    /// Serves until a signal ends it, and gives the status to exit with. `whenReady` is called once, when requests
    /// are served.
    func run(whenReady: (LogSink) -> Void) async throws(StartupError) -> Int32 {
        let pidFile = configuration.process.pidFile.map(PIDFile.init)
        try pidFile?.write()
        defer { pidFile?.remove() }
        let group = ServiceGroup(configuration: groupConfiguration)
        logger.notice("millrace \(DaemonConfiguration.version) is ready", metadata: relay.description)
        manager.notify("READY=1")
        whenReady(sink)
        do { try await group.run() } catch {
            throw StartupError("stopped by an error: \(error)")
        }
        logger.notice("stopped")
        return signals.exitStatus
    }

    private var groupConfiguration: ServiceGroupConfiguration {
        // Stopped from the last to the first: requests end before calls, calls before media.
        var services = relay.parts.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
        services.append(
            .init(
                service: signals, successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup))
        var quiet = logger
        quiet.logLevel = .error
        return ServiceGroupConfiguration(services: services, logger: quiet)
    }
}
