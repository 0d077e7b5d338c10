public import Forwarding
public import NetTypes

/// A DTLS datagram that arrived from a source that may take part in the handshake of a port.
public struct HandshakeDatagram {
    /// The port whose plan asks for the handshake. With ICE on several local addresses that is the first port of the
    /// component, whichever one the datagram arrived on.
    public let port: LocalPortID
    /// The association of that plan.
    public let association: UInt64
    /// Who sent it.
    public let source: TransportAddress
    /// The datagram; valid only as long as the call that hands it out.
    public let bytes: UnsafeRawBufferPointer
}
