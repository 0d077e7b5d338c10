import CallControl
import Console
import DTLS
import DaemonConfiguration
import DataPlane
import Forwarding
import Logging
import NetTypes
import Recording
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
        let recorder: (any CallRecorder)?
        do throws(RecordingDirectoryError) {
            recorder = try makeRecorder(configuration.recording, plane: plane, logger: logger)
        } catch {
            plane.stop()
            throw StartupError("cannot record: \(error)")
        }
        let service = CaptureService(plane: plane, clock: .system, logger: logger)
        let controller = CallController(
            configuration: control, plane: plane, clock: .system, logger: log.logger("control"), recorder: recorder,
            followers: [service])
        let departure = Departure()
        let statistics = PlaneStatistics(plane: plane, version: DaemonConfiguration.version)
        let context = OperatorContext(
            controller: controller, logLevels: log.levels, departure: departure, version: DaemonConfiguration.version,
            captures: CaptureControl(controller: controller, service: service)
        ) {
            var snapshot = controller.snapshot()
            statistics.add(to: &snapshot)
            return snapshot
        }
        let words = CommandWords(context)
        controller.answerCommandLines { words.answer($0) }
        let listening: ControlListening
        do throws(StartupError) {
            listening = try await ControlListening(
                configuration, handler: controller, context: context, log: log)
        } catch {
            plane.stop()
            throw error
        }

        parts = [
            RunningPart(name: "media plane") { plane.stop() },
            RunningPart(name: "calls") { controller.endAllCalls() },
            Housekeeping(controller: controller, departure: departure),
            CertificateRenewal(
                settings: configuration.dtls, plane: plane, controller: controller, clock: .system,
                logger: log.logger("core")),
            listening,
        ]
        description = [
            "control": "\(listening.places.joined(separator: ","))",
            "media.backend": "\(plane.backendInUse.rawValue)",
            "media.interfaces": "\(configuration.media.interfaces.interfaces.map(\.name).joined(separator: ","))",
        ]
    }
}
