import Console
import Dispatch
import Glibc
import Synchronization
import Wire

/// Writes a capture to its file as it comes, and ends it on a signal: the relay then still sends what it has.
final class CaptureReception {
    private let path: String
    private var descriptor: Int32?
    private var signals: [any DispatchSourceSignal] = []
    /// Why the file is not whole; `nil` while all is well.
    private(set) var failure: String?
    /// The reader of a pipe has gone, which is its way to say that it has seen enough.
    private var isUnwanted = false
    private let control = SignalControl()

    /// A reception into `file`; `-` is standard output.
    init(file: String) {
        path = file
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [control] in control.stop() }
            source.resume()
            signals.append(source)
        }
    }

    deinit {
        for source in signals { source.cancel() }
        if let descriptor, descriptor != STDOUT_FILENO { close(descriptor) }
    }

    /// Takes an event of the relay.
    func take(_ event: JSONValue, _ connection: ControlConnection) {
        if event["waiting"] != nil { writeText("waiting for the call\n", to: STDERR_FILENO) }
        if let number = event["capture"]?.integer {
            // Only now: a refusal leaves no file behind.
            open()
            control.begin(number, connection)
            if failure != nil { control.stop() }
        }
        guard let text = event["pcapng"]?.text, failure == nil, !isUnwanted else { return }
        guard let bytes = Base64.decode(text.utf8) else {
            failure = "the relay sent what is no capture"
            return control.stop()
        }
        write(bytes)
    }

    private func open() {
        guard path != "-" else { return descriptor = STDOUT_FILENO }
        let opened = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        if opened < 0 { failure = "cannot write to \(path): \(errorText(errno))" } else { descriptor = opened }
    }

    private func write(_ bytes: [UInt8]) {
        guard let descriptor else { return }
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                if errno == EPIPE {
                    isUnwanted = true
                } else {
                    failure = "cannot write to \(path): \(errorText(errno))"
                }
                return control.stop()
            }
            done += count
        }
    }
}

/// Ends the capture from the thread of a signal.
private final class SignalControl: Sendable {
    private struct Running {
        var number: Int64
        var connection: ControlConnection
        var isAsked = false
    }

    private let running = Mutex<Running?>(nil)

    func begin(_ number: Int64, _ connection: ControlConnection) {
        running.withLock { $0 = Running(number: number, connection: connection) }
    }

    /// Asks the relay for the end. Before the beginning, and for the second time, the program ends at once.
    func stop() {
        running.withLock { running in
            guard let current = running, !current.isAsked else { exitProcess(128 + SIGINT) }
            running?.isAsked = true
            current.connection.send("end-capture", [JSONMember("capture", .integer(current.number))])
        }
    }
}
