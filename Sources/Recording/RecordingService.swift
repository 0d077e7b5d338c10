public import Forwarding
public import Logging
import Synchronization

/// Records calls into files, on demand of their clients.
public final class RecordingService: CallRecorder {
    private let options: RecordingSetup
    private let plane: any ObservableMediaPlane
    private let clock: RecordingClock
    private let logger: Logger
    private let recordings = Mutex<[String: PcapRecording]>([:])

    /// A service that keeps what `plane` relays as `options` say.
    public init(
        options: RecordingSetup, plane: any ObservableMediaPlane, clock: RecordingClock, logger: Logger
    ) {
        self.options = options
        self.plane = plane
        self.clock = clock
        self.logger = logger
    }

    private func recording(_ callID: String) -> PcapRecording? { recordings.withLock { $0[callID] } }

    /// Whether the call is being recorded.
    public func follows(_ callID: String) -> Bool { recording(callID) != nil }

    /// Begins a recording or takes a paused one up again.
    public func startRecording(
        _ call: RecordedCall, _ wish: RecordingWish, _ descriptions: [SignalledDescription]
    ) throws(RecordingRefusal) {
        if let running = recording(call.id), !running.hasFailed {
            running.update(call)
            return running.pause(false)
        }
        for path in [wish.file, wish.directory].compactMap({ $0 }) where options.directory.inside(path) == nil {
            logger.warning(
                "path outside of the recording directory", metadata: ["call.id": "\(call.id)", "path": "\(path)"])
        }
        let names = options.directory.names(
            callID: call.id, random: UInt64.random(in: 0...(.max)), file: wish.file, directory: wish.directory)
        let recording = PcapRecording(of: call, names: names, options: options, clock: clock, logger: logger)
        recordings.withLock { $0[call.id] = recording }
        for description in descriptions { recording.note(description) }
        logger.notice("recording", metadata: ["call.id": "\(call.id)", "file": "\(names.packets)"])
        plane.attach(recording, to: call.ports.map(\.lease.id), at: options.points)
    }

    /// Interrupts a recording.
    public func pauseRecording(_ callID: String) {
        recording(callID)?.pause(true)
    }

    /// Ends a recording.
    public func stopRecording(_ call: RecordedCall, discards: Bool) {
        end(call, discards: discards, callIsOver: false)
    }

    /// The file of the packets.
    public func recordingFiles(_ callID: String) -> [String] {
        recording(callID).map { [$0.names.packets] } ?? []
    }

    /// Follows the call to other ports, and takes down what was signalled.
    public func callChanged(_ call: RecordedCall, _ descriptions: [SignalledDescription]) {
        guard let recording = recording(call.id) else { return }
        recording.update(call)
        for description in descriptions { recording.note(description) }
        plane.setPorts(call.ports.map(\.lease.id), of: recording)
    }

    /// Ends the recording with its call.
    public func callEnded(_ call: RecordedCall) {
        end(call, discards: false, callIsOver: true)
    }

    private func end(_ call: RecordedCall, discards: Bool, callIsOver: Bool) {
        guard let recording = recordings.withLock({ $0.removeValue(forKey: call.id) }) else { return }
        // The text given last counts.
        recording.update(call)
        recording.end(discards: discards, callIsOver: callIsOver)
        logger.notice(
            discards ? "recording discarded" : "recording ended",
            metadata: ["call.id": "\(call.id)", "file": "\(recording.names.packets)"])
    }
}

/// Stands where there is no place for recordings: every wish is refused, with a line in the log.
public struct UnavailableRecorder: CallRecorder {
    private let reason: String
    private let logger: Logger

    /// Refuses because of `reason`, a sentence.
    public init(reason: String, logger: Logger) {
        self.reason = reason
        self.logger = logger
    }

    /// Never.
    public func follows(_ callID: String) -> Bool { false }

    /// Has no effect.
    public func callChanged(_ call: RecordedCall, _ descriptions: [SignalledDescription]) {}

    /// Has no effect.
    public func callEnded(_ call: RecordedCall) {}

    /// Refuses.
    public func startRecording(
        _ call: RecordedCall, _ wish: RecordingWish, _ descriptions: [SignalledDescription]
    ) throws(RecordingRefusal) {
        logger.error(
            "call is not recorded: there is no place for recordings",
            metadata: ["call.id": "\(call.id)", "reason": "\(reason)"])
        throw .storage(reason)
    }

    /// Has no effect.
    public func pauseRecording(_ callID: String) {}

    /// Has no effect.
    public func stopRecording(_ call: RecordedCall, discards: Bool) {}

    /// None.
    public func recordingFiles(_ callID: String) -> [String] { [] }
}
