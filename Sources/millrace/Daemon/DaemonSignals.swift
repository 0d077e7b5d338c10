import Glibc
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Listens to the operator's signals; ends, and with it the daemon, when one asks for that.
///
/// SIGTERM and SIGINT stop the daemon with status 0, SIGHUP with rtpengine's 42. SIGUSR1 logs less, SIGUSR2 more.
struct DaemonSignals: Service {
    /// How long an orderly stop may take before the process ends without it.
    static let patience: Duration = .seconds(5)

    private let signals: UnixSignalsSequence
    private let levels: LogLevels
    private let logger: Logger
    private let manager: ServiceManager
    private let state = State()

    private final class State: Sendable {
        let exitStatus = Atomic<Int32>(0)
    }

    /// Takes the signals over from now on.
    init(levels: LogLevels, logger: Logger, manager: ServiceManager) async {
        signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup, .sigusr1, .sigusr2)
        self.levels = levels
        self.logger = logger
        self.manager = manager
    }

    /// The status to exit with after an orderly stop.
    var exitStatus: Int32 { state.exitStatus.load(ordering: .relaxed) }

    func run() async {
        for await signal in signals.cancelOnGracefulShutdown() {
            switch signal {
            case .sigusr1: logger.notice("log level lowered", metadata: ["log.level": "\(levels.move(by: -1))"])
            case .sigusr2: logger.notice("log level raised", metadata: ["log.level": "\(levels.move(by: 1))"])
            default:
                if signal == .sighup { state.exitStatus.store(42, ordering: .relaxed) }
                logger.notice("stopping", metadata: ["signal": "\(signal)"])
                manager.notify("STOPPING=1")
                limitStopping()
                return
            }
        }
    }

    /// Ends the process when the orderly stop hangs.
    private func limitStopping() {
        let (logger, state) = (logger, state)
        Task.detached {
            try? await Task.sleep(for: Self.patience)
            logger.error("parts of the daemon did not stop in time")
            exitProcess(max(1, state.exitStatus.load(ordering: .relaxed)))
        }
    }
}
