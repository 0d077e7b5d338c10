import Glibc
import Testing

/// The program as a child process, with its output in files.
final class RelayProgram {
    private(set) var process: pid_t = 0
    private let outputFile: String
    private let errorFile: String
    private var status: Int32?

    /// The directory of the tests' executable is also that of the program's.
    private static let path: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let own = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let besideTests = own.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/millrace"
        return access(besideTests, X_OK) == 0 ? besideTests : CommandLine.arguments[0] + "/../millrace"
    }()

    /// Starts the program with `arguments`.
    init(_ arguments: [String], environment: [String] = []) throws {
        let stem = try TemporaryName.make()
        outputFile = stem + ".out"
        errorFile = stem + ".err"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let mode = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, outputFile, mode, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errorFile, mode, 0o600)
        let words = CStrings([Self.path] + arguments)
        let variables = CStrings(environment + ["PATH=/usr/bin:/bin", "SWIFT_BACKTRACE=enable=no"])
        let error = posix_spawn(&process, Self.path, &actions, nil, words.pointers, variables.pointers)
        try #require(error == 0, "cannot start \(Self.path): \(String(cString: strerror(error)))")
    }

    deinit {
        if status == nil {
            kill(process, SIGKILL)
            var ignored: Int32 = 0
            waitpid(process, &ignored, 0)
        }
        unlink(outputFile)
        unlink(errorFile)
    }

    /// What was written to standard output so far.
    var output: String { TextFile.read(outputFile) ?? "" }

    /// What was written to standard error so far.
    var errors: String { TextFile.read(errorFile) ?? "" }

    func send(_ signal: Int32) { kill(process, signal) }

    /// Waits until standard error has `text`.
    func waitForLine(with text: String) throws {
        let isThere = Patience.wait { self.errors.contains(text) || self.hasEnded }
        try #require(isThere && errors.contains(text), "\"\(text)\" is missing in: \(errors)")
    }

    /// Waits for the end and gives the exit status; a signal that ended the program counts as its negative number.
    func exitStatus() throws -> Int32 {
        try #require(Patience.wait { self.hasEnded }, "the program goes on; it wrote: \(errors)")
        return try #require(status)
    }

    private var hasEnded: Bool {
        guard status == nil else { return true }
        var raw: Int32 = 0
        guard waitpid(process, &raw, WNOHANG) == process else { return false }
        status = raw & 0x7F == 0 ? raw >> 8 & 0xFF : -(raw & 0x7F)
        return true
    }
}

/// Waiting for something that another process does.
enum Patience {
    /// Looks every few milliseconds, for at most twenty seconds, whether `condition` holds.
    static func wait(_ condition: () -> Bool) -> Bool {
        for _ in 0..<4000 {
            if condition() { return true }
            usleep(5000)
        }
        return condition()
    }
}

/// A list of C strings that ends with a null pointer.
final class CStrings {
    let pointers: [UnsafeMutablePointer<CChar>?]

    init(_ texts: [String]) { pointers = texts.map { strdup($0) } + [nil] }

    deinit { for pointer in pointers { free(pointer) } }
}

/// Names for files of a test.
enum TemporaryName {
    /// A path that nothing else uses.
    static func make() throws -> String {
        var template = Array("/tmp/millrace-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        close(descriptor)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        unlink(path)
        return path
    }
}

/// Small text files.
enum TextFile {
    /// The text of a file; `nil` when there is none.
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    /// Writes a file anew.
    static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }
}
