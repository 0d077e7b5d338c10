public import Forwarding
public import SRTP

extension PacketPath {
    /// Hands the oldest DTLS datagram that waits to `body`; false when there is none.
    ///
    /// A few hundred datagrams of up to 2 KiB wait at most; what is more is dropped.
    public mutating func nextHandshakeDatagram(_ body: (HandshakeDatagram) -> Void) -> Bool {
        handshakes.popFirst(body)
    }

    /// The oldest news for the handshakes; `nil` when there is none. To be drained after every installation, closing,
    /// received packet and deadline.
    public mutating func nextHandshakeEvent() -> HandshakeEvent? {
        events.popFirst()
    }

    /// Takes over the keys of a finished handshake. Ignored unless `association` is the one that the plan of `port`
    /// asks for.
    public mutating func installKeys(
        _ port: LocalPortID, association: UInt64, receiving: SRTPPolicy, sending: SRTPPolicy, now: UInt64
    ) {}

    /// Appends a DTLS datagram for the peer of `port`: to the endpoint that ICE has found, else the one that was
    /// learned, else the one that has begun the handshake, else the one that was signalled. Without effect while none is
    /// known, or when `association` is not the one that the plan of `port` asks for.
    ///
    /// - Parameter bytes: memory of the caller, which must stay valid until the batch was sent.
    public mutating func sendHandshake(
        _ bytes: UnsafeRawBufferPointer, from port: LocalPortID, association: UInt64,
        into output: inout TransmissionList
    ) {}
}
