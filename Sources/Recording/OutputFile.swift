import Glibc

/// A file that is written from its beginning on, in pieces of some size. Closed when it goes out of scope.
struct OutputFile: ~Copyable {
    /// A write or the like that the system refused.
    struct Failure: Error, CustomStringConvertible {
        var operation: String
        var path: String
        var code: Int32

        var description: String { "cannot \(operation) \(path): \(String(cString: strerror(code)))" }
    }

    let path: String
    private let descriptor: Int32

    /// Makes the file, which must not exist.
    init(creating path: String) throws(Failure) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o640)
        self.path = path
        guard descriptor >= 0 else { throw Failure(operation: "create", path: path, code: errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Appends all of `bytes`.
    func write(_ bytes: [UInt8]) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { memory in
                memory.baseAddress.map { Glibc.write(descriptor, $0 + done, bytes.count - done) } ?? -1
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure(operation: "write to", path: path, code: count == 0 ? EIO : errno) }
            done += count
        }
    }

    /// Removes a file by its name.
    static func remove(_ path: String) {
        unlink(path)
    }

    /// Gives a file another name.
    static func move(_ path: String, to other: String) throws(Failure) {
        guard rename(path, other) == 0 else { throw Failure(operation: "move to", path: other, code: errno) }
    }
}
