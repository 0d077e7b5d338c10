import Bencode
import CallControl
import Console
import Forwarding
import Foundation
import Logging
import Recording
import Synchronization
import Telemetry
import TestSupport

/// A relay with the operator's side of it.
struct TestConsole {
    let relay: TestRelay
    let levels = TestLevels()
    let departure = Departure()
    let context: OperatorContext
    let table: ControlCommandTable
    let words: CommandWords

    init(configure: (inout CallControlConfiguration) -> Void = { _ in }) {
        relay = TestRelay(configure: configure)
        let controller = relay.controller
        let captures = CaptureService(
            plane: NothingToSee(),
            clock: RecordingClock(monotonicNanoseconds: { 0 }, wallMicroseconds: { 0 }),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        context = OperatorContext(
            controller: controller, logLevels: levels, departure: departure, version: "1.2.3",
            captures: CaptureControl(controller: controller, service: captures)
        ) { controller.snapshot() }
        table = .relay(context)
        words = CommandWords(context)
    }

    /// A call that was answered.
    func call(_ id: String) {
        relay.offer(.audio(), call: id)
        relay.answer(.audio(at: "10.0.0.2"), call: id)
    }

    /// The lines that answer a request.
    func lines(_ request: String, isLocal: Bool = true) async -> [JSONValue] {
        let output = Mutex<[[UInt8]]>([])
        await table.serve(Array(request.utf8), isLocal: isLocal) { line in
            output.withLock { $0.append(line) }
            return true
        }
        return output.withLock { $0 }.map { JSONValue(parsing: $0.dropLast()) ?? .null }
    }

    /// The result of a command; an error as `{"error":…}`.
    func result(_ command: String, _ arguments: KeyValuePairs<String, JSONValue> = [:]) async -> JSONValue {
        let members = arguments.map { JSONMember($0.key, $0.value) }
        let request = JSONValue.object([
            JSONMember("command", .string(command)), JSONMember("arguments", .object(members)),
        ])
        let last = await lines(request.line).last ?? .null
        return last["ok"] ?? .object([JSONMember("error", last["error"] ?? .null)])
    }
}

/// A media plane on whose ports nothing happens.
private struct NothingToSee: ObservableMediaPlane {
    func attach(_ observer: any PacketObserver, to ports: [LocalPortID], at points: TapPoints) {
        Thread.detachNewThread {
            while observer.caughtUp() { usleep(1000) }
        }
    }

    func setPorts(_ ports: [LocalPortID], of observer: any PacketObserver) {}
    func detach(_ observer: any PacketObserver) {}
    func flightRecord(of ports: [LocalPortID], before nanoseconds: UInt64) -> [ObservedItem] { [] }
}

/// Log levels that only remember.
final class TestLevels: LogLevelSettings {
    private let levels = Mutex(["core": 6, "control": 6])

    var subsystems: [(name: String, meaning: String)] { [("core", "the core"), ("control", "the control")] }

    func currentLevel(of subsystem: String) -> Int? { levels.withLock { $0[subsystem] } }

    func setLevel(_ level: Int, of subsystem: String?) -> Bool {
        levels.withLock { levels in
            if let subsystem {
                guard levels[subsystem] != nil else { return false }
                levels[subsystem] = level
            } else {
                levels = levels.mapValues { _ in level }
            }
            return true
        }
    }
}
