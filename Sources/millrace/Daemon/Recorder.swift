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
    var options: RecordingSetup
    do throws(RecordingDirectoryError) {
        options = RecordingSetup(directory: try RecordingDirectory(directory))
    } catch {
        // Debian's file for rtpengine names a directory that pcap files would not have needed there.
        guard settings.method == .proc else { throw error }
        logger.warning("nothing is recorded: \(error.text)")
        return UnavailableRecorder(reason: error.text, logger: logger)
    }
    options.usesEthernet = settings.usesEthernet
    options.points = []
    if settings.recordsIngress { options.points.insert(.clearIn) }
    if settings.recordsEgress { options.points.insert(.clearOut) }
    return RecordingService(options: options, plane: plane, clock: .system, logger: logger)
}
