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
            source.setEventHandler { [control] in control.signalled(number) }
            source.resume()
            signals.append(source)
        }
        // To wait for the reader of a pipe is the first thing, and not the relay's concern.
        var status = stat()
        if file == "-" || stat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO { open() }
    }

    /// What the capture is written to; `nil` until it is open.
    var output: Int32? { descriptor }

    /// The reader of a pipe has gone, though there was nothing to write.
    func readerLeft() {
        isUnwanted = true
        control.requestEnd(orElse: { exitProcess(0) })
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
            if descriptor == nil { open() }
            control.begin(number, connection)
            if failure != nil { control.requestEnd() }
        }
        guard let text = event["pcapng"]?.text, failure == nil, !isUnwanted else { return }
        guard let bytes = Base64.decode(text.utf8) else {
            failure = "the relay sent what is no capture"
            return control.requestEnd()
        }
        write(bytes)
    }

    private func open() {
        guard path != "-" else { return descriptor = STDOUT_FILENO }
        let opened = Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        if opened >= 0 { descriptor = opened }
        guard opened >= 0, Self.prepare(opened) else {
            return failure = "cannot write to \(path): \(errorText(errno))"
        }
    }

    /// Empties a file that was there, and gives it the mode of a new one first; pipes and devices stay as they are.
    private static func prepare(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFREG else { return true }
        return fchmod(descriptor, 0o600) == 0 && ftruncate(descriptor, 0) == 0
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
                return control.requestEnd()
            }
            done += count
        }
    }
}

/// Ends the capture, from the thread of a signal, too.
private final class SignalControl: Sendable {
    private struct Running {
        var number: Int64
        var connection: ControlConnection
        var isAsked = false
        var isSignalled = false

        mutating func requestEnd() {
            guard !isAsked else { return }
            isAsked = true
            connection.send("end-capture", [JSONMember("capture", .integer(number))])
        }
    }

    private let running = Mutex<Running?>(nil)

    func begin(_ number: Int64, _ connection: ControlConnection) {
        running.withLock { $0 = Running(number: number, connection: connection) }
    }

    /// Asks the relay for the end, once. Before the beginning `orElse` is called.
    func requestEnd(orElse: () -> Void = {}) {
        let isRunning = running.withLock { running in
            running?.requestEnd()
            return running != nil
        }
        if !isRunning { orElse() }
    }

    /// Asks for the end on a signal. Before the beginning, and on the second one, the program ends at once.
    func signalled(_ number: Int32) {
        running.withLock { running in
            guard let current = running, !current.isSignalled else { exitProcess(128 + number) }
            running?.isSignalled = true
            running?.requestEnd()
        }
    }
}
