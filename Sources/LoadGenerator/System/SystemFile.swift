import Glibc

/// Reads from /proc, whose files have no length.
enum SystemFile {
    /// The octets of a file as text, at most `limit` of them; `nil` when it cannot be read.
    static func text(_ path: String, limit: Int = 1 << 22) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var octets: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while octets.count < limit {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            octets += chunk[..<count]
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// Replaces a file's content.
    static func write(_ text: String, to path: String) throws(LoadError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system(call: "open \(path)", errno: errno) }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw .system(call: "write \(path)", errno: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Number of entries of a directory without `.` and `..`; `nil` when it cannot be read.
    static func entryCount(_ path: String) -> Int? {
        guard let directory = opendir(path) else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return max(0, count - 2)
    }
}
