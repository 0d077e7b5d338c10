import CLinuxIO
package import NetTypes

/// A call that is set up at a relay: both ends as the generator plays them.
package struct PlacedCall {
    /// The call-id, or a name of its own where there is no signalling.
    package let identity: String
    package let caller: CallEnd
    package let callee: CallEnd

    /// A call of these two ends.
    package init(identity: String, caller: CallEnd, callee: CallEnd) {
        self.identity = identity
        self.caller = caller
        self.callee = callee
    }
}

/// One end of a call: its socket, and where it sends. The socket closes with the last reference.
package final class CallEnd {
    let socket: UDPSocket
    /// The relay's address and port towards this end.
    package var target: TransportAddress

    /// Its own address and port.
    package var local: TransportAddress { socket.local }

    /// What it does to its packets; `nil` for plain RTP.
    private(set) var protection: MediaProtection?
    /// Its ICE and DTLS, if it has them.
    var webRTC: WebRTCEnd?
    /// The kernel notes when packets reach the socket.
    private(set) var isStamped = false

    /// From now on its packets are SRTP.
    func protect(outbound: SRTPKeying, inbound: SRTPKeying) throws(LoadError) {
        protection = try MediaProtection(outbound: outbound, inbound: inbound)
    }

    /// From now on the kernel notes when packets reach the socket.
    func stampArrivals() throws(LoadError) {
        let result = batch_stamp_arrivals(socket.descriptor)
        guard result == 0 else { throw .system(call: "SO_TIMESTAMPNS", errno: -result) }
        isStamped = true
    }

    /// Binds a port for an end that does not know yet where to send.
    package init(bind address: IPAddress) throws(LoadError) {
        socket = try UDPSocket(bind: TransportAddress(address, 0))
        target = TransportAddress(address, 0)
    }

    /// Whether the socket is tied to the target.
    private(set) var isConnected = false

    /// Ties the socket to the target.
    func connect() throws(LoadError) {
        var peer = batch_address(target)
        let result = batch_connect(socket.descriptor, &peer)
        guard result == 0 else { throw .system(call: "connect \(target)", errno: -result) }
        isConnected = true
    }
}

extension Leg {
    init(_ end: CallEnd, number: Int, peer: Int, other: CallEnd) {
        let sequence = UInt16(truncatingIfNeeded: number &* 7919)
        self.init(
            descriptor: end.socket.descriptor, isConnected: end.isConnected, peer: Int32(truncatingIfNeeded: peer),
            isStamped: end.isStamped, hasWebRTC: end.webRTC != nil,
            outbound: end.protection?.outbound.pointer, inbound: end.protection?.inbound.pointer,
            inboundOfPeer: other.protection != nil,
            target: batch_address(end.target),
            ssrc: 0x4D52_0000 &+ UInt32(truncatingIfNeeded: number),
            firstSequence: sequence, sequence: sequence,
            timestamp: UInt32(truncatingIfNeeded: number &* 104_729))
    }
}
