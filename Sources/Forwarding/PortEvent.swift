/// Something that has changed the course of a port, with its time. A port remembers its last few.
public struct PortEvent: Sendable, Equatable {
    /// What has happened; each says what ``PortEvent/value`` means.
    public enum Kind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        /// The first packet was accepted. Value: the port number of its source.
        case firstPacket
        /// An address was learned from packets and became the endpoint. Value: its port number.
        case learned
        /// The learned endpoint was confirmed for good. Value: its port number.
        case confirmed
        /// A plan changed the endpoint. Value: its port number; 0 for none.
        case endpointSet
        /// Checks found a pair. Value: the port number of its remote side.
        case pairSelected
        /// A pair was nominated. Value: the port number of its remote side.
        case pairNominated
        /// The peer stopped answering checks. Value: the component.
        case consentLost
        /// No pair was found in time. Value: the component.
        case checksFailed
        /// Keys are in use. Value: the raw value of the suite.
        case keyed
        /// A new SSRC. Value: the SSRC.
        case newSource
        /// The end has said goodbye (RFC 3550 §6.6). Value: the SSRC.
        case goodbye
        /// The first packet from a foreign source was refused. Value: the port number of the source.
        case foreignSource
        /// The first packet whose authentication failed. Value: 0.
        case authenticationFailed
        /// The first error of the socket, such as an ICMP message. Value: `errno`.
        case socketError
        /// The first packet of a payload type that was not negotiated. Value: the payload type.
        case unnegotiatedPayloadType
    }

    /// What has happened.
    public var kind: Kind
    /// A number that says more; see the kind.
    public var value: UInt64
    /// Monotonic microseconds.
    public var microseconds: UInt64

    /// An event from its parts.
    public init(_ kind: Kind, value: UInt64, microseconds: UInt64) {
        self.kind = kind
        self.value = value
        self.microseconds = microseconds
    }
}
