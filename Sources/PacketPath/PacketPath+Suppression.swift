internal import Forwarding
internal import RTP

extension PacketPath {
    /// Takes over what a plan says is to be kept back.
    func setSuppression(_ plan: ForwardingPlan, of port: UnsafeMutablePointer<PortSlot>) {
        guard port.pointee.suppression != plan.suppression || !plan.suppression.isEmpty else { return }
        port.pointee.suppression = plan.suppression
        port.pointee.silence = SilenceTable(plan.silence)
        // Whether ciphertext may pass through is to be asked again: what was protected here meanwhile counts.
        port.pointee.leg?.pointee.rtpComparison = Leg.Comparison()
    }

    /// Whether the packet goes no further. Where only its sound is to be kept back, it is silent then.
    @inline(never)
    func keepsBack(_ packet: inout ArrivedPacket, on port: UnsafeMutablePointer<PortSlot>, slot: Int) -> Bool {
        if port.pointee.isBlocked { return true }
        if packet.isRTCP { return false }
        let suppression = port.pointee.suppression
        guard packet.kind == .rtp else { return suppression.contains(.media) }
        if clocks[slot].clock(of: packet.header.payloadType).isEvent { return suppression.contains(.events) }
        if suppression.contains(.media) { return true }
        guard suppression.contains(.sound) else { return false }
        guard let octet = port.pointee.silence[packet.header.payloadType] else {
            return !port.pointee.silence.isComplete
        }
        return !silence(&packet, with: octet)
    }

    /// Overwrites all that stands behind the header, what it calls padding as well: a receiver may not heed that. False
    /// when the padding is none, so that this would change what the packet says.
    private func silence(_ packet: inout ArrivedPacket, with octet: UInt8) -> Bool {
        let start = packet.header.payloadOffset
        guard packet.header.payload(of: UnsafeRawBufferPointer(start: packet.bytes, count: packet.count)) != nil else {
            return false
        }
        // The last octet of a padding is its length (RFC 3550 §5.1).
        let end = packet.header.hasPadding ? packet.count - 1 : packet.count
        (packet.bytes + start).initializeMemory(as: UInt8.self, repeating: octet, count: end - start)
        packet.isAltered = true
        return true
    }
}

/// What the silence of a port's codecs is made of; those that have such a silence are few.
struct SilenceTable: BitwiseCopyable {
    private static let capacity = 8
    /// No payload type.
    private static let none: UInt8 = 0xFF

    private var payloadTypes = InlineArray<8, UInt8>(repeating: SilenceTable.none)
    private var octets = InlineArray<8, UInt8>(repeating: 0)
    /// There are no others. Where there are, what is not found here must not be heard.
    private(set) var isComplete = true

    init() {}

    init(_ table: PayloadTypeTable<UInt8>) {
        isComplete = table.entries.count <= SilenceTable.capacity
        for (place, entry) in table.entries.prefix(SilenceTable.capacity).enumerated() {
            payloadTypes[place] = entry.payloadType
            octets[place] = entry.value
        }
    }

    /// The octet for a payload type, 0…127.
    subscript(payloadType: UInt8) -> UInt8? {
        for place in 0..<SilenceTable.capacity where payloadTypes[place] == payloadType { return octets[place] }
        return nil
    }
}
