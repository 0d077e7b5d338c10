import CallControl
import DaemonConfiguration
import DataPlane
import Forwarding
import Logging
import Recording

/// Captures of live calls by their call-id. It gives out what people say to each other, so it belongs behind a door of
/// its own, such as a local control socket, and never behind the ng protocol.
struct CaptureControl: Sendable {
    let controller: CallController
    let service: CaptureService

    /// Begins a capture of a call: the bytes of a pcapng file, beginning with what the flight recorder knows, until the
    /// call ends or the stream is cancelled.
    func start(callID: String) throws(CaptureRefusal) -> CaptureStream {
        let result = controller.withRecordedCall(callID) { call, past -> Result<CaptureStream, CaptureRefusal> in
            do throws(CaptureRefusal) {
                return .success(try service.start(call, past: past))
            } catch {
                return .failure(error)
            }
        }
        guard let result else { throw .unknownCall }
        return try result.get()
    }
}

/// Who records calls; `nil` where nobody does.
func makeRecorder(
    _ settings: RecordingSettings, plane: DataPlane, logger: Logger
) throws(RecordingDirectoryError) -> (any CallRecorder)? {
    guard let directory = settings.directory else { return nil }
    guard settings.method != .proc else {
        return UnavailableRecorder(method: settings.method.rawValue, logger: logger)
    }
    var options = RecordingSetup(directory: try RecordingDirectory(directory))
    options.usesEthernet = settings.usesEthernet
    options.points = []
    if settings.recordsIngress { options.points.insert(.clearIn) }
    if settings.recordsEgress { options.points.insert(.clearOut) }
    return RecordingService(options: options, plane: plane, clock: .system, logger: logger)
}
