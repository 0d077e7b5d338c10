internal import Forwarding
internal import RTP

/// Packets that leave with another header extension than they came with.
extension PacketPath {
    /// Puts `element` into `packet`, in memory of the path; false when there is none left. A packet that has the element,
    /// or cannot take it, stays as it is.
    @inline(never)
    func add(_ element: HeaderElement, to packet: inout ArrivedPacket) -> Bool {
        guard let buffer = scratch.pointee.take() else { return false }
        let datagram = UnsafeRawBufferPointer(start: packet.bytes, count: packet.count)
        let length = packet.header.copy(
            datagram, to: buffer, adding: element.identifier, value: (element.low, element.high),
            count: Int(element.valueCount))
        guard let length, let start = buffer.baseAddress else {
            scratch.pointee.giveBack()
            return true
        }
        packet.bytes = start
        packet.count = length
        packet.room = buffer.count
        return true
    }
}
