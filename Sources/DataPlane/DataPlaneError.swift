public import LinuxIO

/// Why the data plane could not start.
public enum DataPlaneError: Error, Sendable, Equatable {
    /// A value of the configuration is out of range.
    case invalid(String)
    /// io_uring was demanded and is not available.
    case ioUringUnavailable(IORing.Availability)
    /// A system call failed.
    case system(SystemError)
}

extension DataPlaneError: CustomStringConvertible {
    /// A phrase for the operator.
    public var description: String {
        switch self {
        case .invalid(let text): text
        case .ioUringUnavailable(let reason): reason.description
        case .system(let error): error.description
        }
    }
}
