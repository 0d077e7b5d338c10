import Glibc

/// An open descriptor, closed when it goes out of scope.
public struct FileDescriptor: ~Copyable {
    /// The number; valid as long as this value lives.
    public let number: Int32

    /// Takes over `number`, which nobody else may close.
    public init(takingOwnershipOf number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// Gives the number away, unclosed.
    public consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }
}
