import CLinuxIO
import Glibc
public import NetTypes

/// How relays are started for measurements.
public struct RelayEnvironment: Equatable, Sendable {
    /// The address the relay gets as its only interface.
    public var relayAddress: IPAddress
    /// The address of both ends of every call.
    public var endsAddress: IPAddress
    /// Where the relay is to listen for ng over UDP.
    public var control: TransportAddress
    /// The relay's media ports.
    public var ports: ClosedRange<UInt16>
    /// The relay's `--log-level`.
    public var logLevel: Int
    /// Processors of the relay; `nil` leaves it where the kernel puts it.
    public var relayProcessors: [Int]?
    /// The processor of the generator's thread; `nil` leaves it where the kernel puts it.
    public var generatorProcessor: Int?
    /// A file for the relay's output, overwritten at each start; `nil` keeps it only for error messages.
    public var logPath: String?
    /// Seconds to wait for the first answer to `ping`, and for the end after SIGTERM.
    public var patience: Int

    /// Loopback addresses, the generator on the last processor this process may use and the relay on the others (on
    /// all, if there is only one).
    public init() {
        relayAddress = IPAddress(ipv4: 0x7F00_0001)
        endsAddress = IPAddress(ipv4: 0x7F00_0002)
        control = TransportAddress(IPAddress(ipv4: 0x7F00_0001), 2229)
        ports = 10000...29999
        logLevel = 4
        patience = 15
        let processors = (try? ProcessorSet.current().numbers) ?? []
        if processors.count > 1 {
            relayProcessors = Array(processors.dropLast())
            generatorProcessor = processors.last
        }
    }

    /// The arguments every relay gets after its own.
    package var arguments: [String] {
        [
            "--interface=\(relayAddress)", "--listen-ng=\(control)", "--port-min=\(ports.lowerBound)",
            "--port-max=\(ports.upperBound)", "--table=-1", "--foreground", "--log-stderr", "--log-level=\(logLevel)",
        ]
    }

    /// Throws ``LoadError/invalidOption(_:)`` unless both addresses are loopback addresses of one family.
    func validate() throws(LoadError) {
        for address in [relayAddress, endsAddress, control.address] where !address.isLoopback {
            throw .invalidOption("\(address) is not a loopback address")
        }
        guard relayAddress.family == endsAddress.family else {
            throw .invalidOption("\(relayAddress) and \(endsAddress) are of different families")
        }
        guard patience > 0, patience <= 600 else { throw .invalidOption("patience must be 1…600 s") }
    }
}

/// A relay running as a child process.
final class RelayProcess {
    /// The child, seen from outside.
    let probe: ProcessProbe
    private let environment: RelayEnvironment
    private let log: Int32
    private var status: Int32?

    /// Starts `command` with the arguments of `environment` and waits until it answers `ping`.
    init(command: String, environment: RelayEnvironment) throws(LoadError) {
        guard let words = CommandWords.split(command), !words.isEmpty else {
            throw .invalidOption("not a command: \(command)")
        }
        self.environment = environment
        let log = try Self.openLog(environment.logPath)
        self.log = log
        do {
            probe = ProcessProbe(
                process: try ProcessorSet.pinned(to: environment.relayProcessors) { () throws(LoadError) in
                    try Self.spawn(words + environment.arguments, log: log)
                })
        } catch {
            close(log)
            throw error
        }
        try awaitPing()
    }

    deinit {
        close(log)
        // Only when a measurement failed half-way; the regular end is `stop`.
        guard status == nil else { return }
        kill(probe.process, SIGKILL)
        var ignored: Int32 = 0
        waitpid(probe.process, &ignored, 0)
    }

    private static func openLog(_ path: String?) throws(LoadError) -> Int32 {
        let descriptor: Int32
        if let path {
            descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        } else {
            var name = Array("/tmp/relay-log-XXXXXX".utf8CString)
            descriptor = mkstemp(&name)
            if descriptor >= 0 {
                unlink(name)
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            }
        }
        guard descriptor >= 0 else { throw .system(call: "open \(path ?? "a log in /tmp")", errno: errno) }
        return descriptor
    }

    private static func spawn(_ words: [String], log: Int32) throws(LoadError) -> pid_t {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        let result = batch_spawn(arguments, log)
        guard result > 0 else { throw .system(call: "start \(words.first ?? "")", errno: -result) }
        return result
    }

    private func awaitPing() throws(LoadError) {
        let client = try NGClient.connected(to: environment.control, timeout: 100, attempts: 1)
        let end = batch_now() &+ UInt64(environment.patience) &* 1_000_000_000
        while batch_now() < end {
            if let failure = ended() { throw .relayDidNotStart(failure + logTail()) }
            if (try? client.ping()) != nil {
                // Another relay may have the address, and this one may have ended over it.
                if let failure = ended() { throw .relayDidNotStart(failure + logTail()) }
                return
            }
            usleep(20_000)
        }
        throw .relayDidNotStart("no answer to ping on \(environment.control)" + logTail())
    }

    /// Why the process has ended; `nil` while it runs.
    private func ended() -> String? {
        if let status { return Self.text(status) }
        var value: Int32 = 0
        guard waitpid(probe.process, &value, WNOHANG) == probe.process else { return nil }
        status = value
        return Self.text(value)
    }

    /// Throws if the relay has ended.
    func checkRunning() throws(LoadError) {
        if let failure = ended() { throw .relayFailed(failure + logTail()) }
    }

    /// Sends SIGTERM and waits for the end; anything but exit status 0 is an error.
    func stop() throws(LoadError) {
        try checkRunning()
        kill(probe.process, SIGTERM)
        let end = batch_now() &+ UInt64(environment.patience) &* 1_000_000_000
        while batch_now() < end {
            if let text = ended() {
                guard status == 0 else { throw .relayFailed(text + " after SIGTERM" + logTail()) }
                return
            }
            usleep(5_000)
        }
        throw .relayFailed("still running \(environment.patience) s after SIGTERM" + logTail())
    }

    private static func text(_ status: Int32) -> String {
        let signal = status & 0x7F
        return signal == 0 ? "it ended with status \(status >> 8 & 0xFF)" : "it was ended by signal \(signal)"
    }

    /// The last of what the relay wrote.
    private func logTail() -> String {
        var octets = [UInt8](repeating: 0, count: 1500)
        let length = lseek(log, 0, SEEK_END)
        let count = pread(log, &octets, octets.count, max(0, length - octets.count))
        return count > 0 ? "; its log ends:\n" + String(decoding: octets[..<count], as: UTF8.self) : ""
    }
}
