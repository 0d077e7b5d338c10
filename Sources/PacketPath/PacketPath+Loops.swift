internal import Forwarding
internal import NetTypes
internal import RTP

extension PacketPath {
    /// Has packets that leave through `port` go to `endpoint`.
    func direct(_ port: UnsafeMutablePointer<PortSlot>, to endpoint: TransportAddress?) {
        guard port.pointee.endpoint != endpoint else { return }
        port.pointee.endpoint = endpoint
        let leadsBack = endpoint.map { endpoint in ownAddresses.contains { $0 == endpoint.address } } ?? false
        if leadsBack, !port.pointee.leadsBack { watches[port - slots] = LoopWatch() }
        port.pointee.leadsBack = leadsBack
    }

    /// For a port that sends to an address of the relay: whether a packet goes round in circles.
    @inline(never)
    func circulates(_ packet: ArrivedPacket, through slot: Int, now: UInt64) -> Bool {
        let header = packet.header
        let name = packet.kind == .rtp ? UInt64(header.ssrc) << 16 | UInt64(header.sequenceNumber) : nil
        return !watches[slot].admits(name, now: now)
    }
}
