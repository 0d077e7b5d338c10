/// Why a file is no capture, or no longer one from some place on.
public enum CaptureError: Error, Sendable, Hashable {
    /// Neither of the two formats.
    case unknownFormat
    /// A version of the format that is not known.
    case unsupportedVersion(major: UInt16, minor: UInt16)
    /// A length that does not fit the file or what it stands for.
    case malformed(offset: Int)
    /// A packet of an interface that was not described.
    case unknownInterface(offset: Int)
}
