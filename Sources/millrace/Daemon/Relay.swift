import CallControl
import DaemonConfiguration
import DataPlane
import Forwarding
import Logging
import ServiceLifecycle

/// The parts that relay calls, made and wired: media plane, call registry, control listeners.
struct Relay {
    /// In the order in which they start; they stop in the reverse order.
    let parts: [any Service]
    /// What was made, for the line that announces it.
    let description: Logger.Metadata

    /// Makes all parts. Media threads run and sockets listen when this returns.
    init(_ configuration: DaemonConfiguration, _ log: LogFactory) async throws(StartupError) {
        let logger = log.logger("core")
        let plane: DataPlane
        do throws(DataPlaneError) {
            plane = try DataPlane(configuration.dataPlane)
        } catch {
            throw StartupError("cannot start the media plane: \(error)")
        }
        for warning in plane.startupWarnings { logger.warning("\(warning)") }
        let controller = CallController(
            configuration: configuration.callControl, plane: plane, clock: .system, logger: log.logger("control"))

        parts = [
            RunningPart(name: "media plane") { plane.stop() },
            RunningPart(name: "calls") { controller.endAllCalls() },
            Housekeeping(controller: controller),
        ]
        description = [
            "media.backend": "\(plane.backendInUse.rawValue)",
            "media.interfaces": "\(configuration.media.interfaces.interfaces.map(\.name).joined(separator: ","))",
        ]
    }
}
