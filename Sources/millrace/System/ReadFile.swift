import DaemonConfiguration
import Glibc

/// Reads a file of at most 16 MB.
@Sendable func readWholeFile(_ name: String) -> FileContents {
    let descriptor = open(name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
        return errno == ENOENT ? .absent : .unreadable(errorText(errno))
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count == 0 { return .bytes(bytes) }
        if count > 0 {
            bytes += chunk[..<count]
        } else if errno != EINTR {
            return .unreadable(errorText(errno))
        }
        guard bytes.count <= 16 << 20 else { return .unreadable("larger than 16 MB") }
    }
}
