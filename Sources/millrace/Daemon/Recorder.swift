import DaemonConfiguration
import DataPlane
import Forwarding
import Logging
import Recording

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
