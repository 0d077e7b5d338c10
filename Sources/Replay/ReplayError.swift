public import Capture

/// Why a file cannot be replayed.
public enum ReplayError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It is no capture, or one of a kind that is not known.
    case unreadable(CaptureError)
    /// It has more frames than that.
    case tooManyFrames(limit: Int)
    /// It has no signalling of this call.
    case unknownCall(String)

    /// For people.
    public var description: String {
        switch self {
        case .unreadable(let error):
            switch error {
            case .unknownFormat: "this is no pcap or pcapng file"
            case .unsupportedVersion(let major, let minor): "version \(major).\(minor) of the format is not supported"
            case .malformed(let offset), .unknownInterface(let offset): "the file is damaged at octet \(offset)"
            }
        case .tooManyFrames(let limit): "the file has more than \(limit) frames"
        case .unknownCall(let callID): "the file has no signalling of a call \(callID)"
        }
    }
}

/// Bounds on what is taken from a file.
public struct ReplayLimits: Sendable {
    /// Frames of the file.
    public var frames = 20_000_000
    /// Calls that are replayed, in the order of their beginning.
    public var calls = 100
    /// Requests of one call.
    public var exchanges = 1_000
    /// Streams that are listed where there is no signalling.
    public var streams = 10_000

    /// The standard bounds.
    public init() {}
}
