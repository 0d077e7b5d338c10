internal import Capture
public import Forwarding

/// How calls are recorded.
public struct RecordingSetup: Sendable, Equatable {
    /// Where to.
    public var directory: RecordingDirectory
    /// `recording-format`: frames begin with an Ethernet header, else with that of IP.
    public var usesEthernet: Bool
    /// `record-egress`, `record-both`: what is received, what is sent, or both.
    public var points: TapPoints

    /// What is received, in frames that begin with IP.
    public init(directory: RecordingDirectory) {
        self.directory = directory
        usesEthernet = false
        points = .clearIn
    }

    var linkType: LinkType { usesEthernet ? .ethernet : .raw }
}
