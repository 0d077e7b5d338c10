import CallControl
import DTLS
import DaemonConfiguration
import DataPlane
import Forwarding
import Logging
import NetTypes
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
        let identity: DTLSIdentity
        do throws(DTLSError) {
            identity = try DTLSIdentity(
                configuration.dtls, number: 0, nowSeconds: ControlClock.system.wallMicroseconds() / 1_000_000)
        } catch {
            throw StartupError("cannot make a certificate: \(error)")
        }
        do throws(DataPlaneError) {
            var planeConfiguration = configuration.dataPlane
            planeConfiguration.handshakes = HandshakeConfiguration(context: identity.context)
            plane = try DataPlane(planeConfiguration)
        } catch {
            throw StartupError("cannot start the media plane: \(error)")
        }
        for warning in plane.startupWarnings { logger.warning("\(warning)") }
        var control = configuration.callControl
        control.certificate = identity.certificate
        let controller = CallController(
            configuration: control, plane: plane, clock: .system, logger: log.logger("control"))
        let listening: ControlListening
        do throws(StartupError) {
            listening = try await ControlListening(
                configuration, handler: controller, logger: log.logger("control"))
        } catch {
            plane.stop()
            throw error
        }

        parts = [
            RunningPart(name: "media plane") { plane.stop() },
            RunningPart(name: "calls") { controller.endAllCalls() },
            Housekeeping(controller: controller),
            CertificateRenewal(
                settings: configuration.dtls, plane: plane, controller: controller, clock: .system,
                logger: log.logger("core")),
            listening,
        ]
        description = [
            "control": "\(listening.addresses.map(\.description).joined(separator: ","))",
            "media.backend": "\(plane.backendInUse.rawValue)",
            "media.interfaces": "\(configuration.media.interfaces.interfaces.map(\.name).joined(separator: ","))",
        ]
    }
}
