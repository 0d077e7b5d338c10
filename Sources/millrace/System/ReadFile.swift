import DaemonConfiguration
import Glibc

/// Reads a file of at most 16 MB.
@Sendable func readWholeFile(_ name: String) -> FileContents { readWholeFile(name, limit: 16 << 20) }

/// Reads a file of at most `limit` octets.
///
/// - Parameter onlyRegular: others are unreadable: nobody may ever write to a FIFO.
func readWholeFile(_ name: String, limit: Int, onlyRegular: Bool = false) -> FileContents {
    let descriptor = open(name, O_RDONLY | O_CLOEXEC | (onlyRegular ? O_NONBLOCK : 0))
    guard descriptor >= 0 else {
        return errno == ENOENT ? .absent : .unreadable(errorText(errno))
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    if onlyRegular, !isKnown || status.st_mode & S_IFMT != S_IFREG { return .unreadable("not a regular file") }
    if isKnown { bytes.reserveCapacity(min(max(0, Int(status.st_size)), limit)) }
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
