import CLinuxIO
import Glibc

/// Zeroed memory that takes no room until it is touched.
public struct MappedMemory: ~Copyable {
    /// The first byte, aligned to a page.
    public let start: UnsafeMutableRawPointer
    /// Number of bytes.
    public let size: Int

    /// Maps `size` bytes.
    public init(size: Int) throws(SystemError) {
        guard size > 0, let start = lio_map(size) else { throw SystemError(code: ENOMEM, operation: "mmap") }
        self.start = start
        self.size = size
    }

    deinit {
        lio_unmap(start, size)
    }
}
