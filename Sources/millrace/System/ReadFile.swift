import DaemonConfiguration
import Glibc

/// Reads a file of at most 16 MB.
@Sendable func readWholeFile(_ name: String) -> FileContents { readWholeFile(name, limit: 16 << 20) }

/// Reads a file of at most `limit` octets.
func readWholeFile(_ name: String, limit: Int) -> FileContents {
    let descriptor = open(name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
        return errno == ENOENT ? .absent : .unreadable(errorText(errno))
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var status = stat()
    if fstat(descriptor, &status) == 0 { bytes.reserveCapacity(min(max(0, Int(status.st_size)), limit)) }
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count == 0 { return .bytes(bytes) }
        if count > 0 {
            bytes += chunk[..<count]
        } else if errno != EINTR {
            return .unreadable(errorText(errno))
        }
        guard bytes.count <= limit else { return .unreadable("larger than \(limit >> 20) MB") }
    }
}
