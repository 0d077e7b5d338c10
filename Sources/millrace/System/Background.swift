import DaemonConfiguration
import Glibc

/// Moves the daemon to the background by starting it a second time in a session of its own.
///
/// A fork without exec would lose the threads that the runtime may have started, so the program is executed anew
/// with the same arguments. The first process waits until the second one serves, and then exits with 0; when the
/// second one fails, the first exits with its status. Nothing keeps the terminal.
enum Background {
    private static let variable = "MILLRACE_READY_DESCRIPTOR"
    private static let descriptor: Int32 = 3
    /// glibc's POSIX_SPAWN_SETSID, which is hidden without _GNU_SOURCE.
    private static let newSession: Int16 = 0x80

    /// Starts the second process and waits for it. Returns the status to exit with.
    static func start(_ arguments: [String]) throws(StartupError) -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw StartupError("cannot make a pipe: \(errorText(errno))") }
        defer { close(ends[0]) }
        let child: pid_t
        do {
            defer { close(ends[1]) }
            child = try spawn(arguments, readyEnd: ends[1], otherEnd: ends[0])
        }
        var byte: UInt8 = 0
        while true {
            let count = read(ends[0], &byte, 1)
            if count == 1 { return 0 }
            if count == 0 || errno != EINTR { break }
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        let exitStatus = status >> 8 & 0xFF
        return status & 0x7F == 0 && exitStatus != 0 ? exitStatus : StartupError.exitStatus
    }

    /// The descriptor on which this process, when it is the second one, says that it serves. Asked once.
    static func takeReadyDescriptor() -> Int32? {
        guard environmentValue(variable) == String(descriptor) else { return nil }
        unsetenv(variable)
        guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { return nil }
        takeName(CommandLine.arguments.first ?? "millrace")
        return descriptor
    }

    /// Executed by way of /proc the process would be called `exe`, and nobody would find it by its name.
    private static func takeName(_ path: String) {
        let file = open("/proc/self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        writeText(path.split(separator: "/").last.map(String.init) ?? path, to: file)
        close(file)
    }

    /// Lets the first process end; standard error goes with it unless log lines go there.
    static func reportReady(_ descriptor: Int32, keepsStandardError: Bool) {
        writeText("R", to: descriptor)
        close(descriptor)
        guard !keepsStandardError else { return }
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { return }
        dup2(null, STDERR_FILENO)
        close(null)
    }

    private static func spawn(
        _ arguments: [String], readyEnd: Int32, otherEnd: Int32
    ) throws(StartupError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, newSession)
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        if otherEnd != descriptor { posix_spawn_file_actions_addclose(&actions, otherEnd) }
        posix_spawn_file_actions_adddup2(&actions, readyEnd, descriptor)
        if readyEnd != descriptor { posix_spawn_file_actions_addclose(&actions, readyEnd) }

        var words: [UnsafeMutablePointer<CChar>?] = ([CommandLine.arguments.first ?? "millrace"] + arguments)
            .map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var variables: [UnsafeMutablePointer<CChar>?] = environment().map { strdup($0) }
        variables.append(nil)
        defer { for text in variables { free(text) } }
        var child: pid_t = 0
        let error = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, words, variables)
        guard error == 0 else { throw StartupError("cannot start in the background: \(errorText(error))") }
        return child
    }

    /// The environment of this process and the variable that marks the second one.
    private static func environment() -> [String] {
        var variables = ["\(variable)=\(descriptor)"]
        if case .bytes(let bytes) = readWholeFile("/proc/self/environ") {
            variables += bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        }
        return variables
    }
}
