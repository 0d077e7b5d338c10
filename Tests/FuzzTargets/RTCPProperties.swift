import RTP

/// RTCP: the walk through a compound packet ends, and everything it hands out lies inside the datagram.
enum RTCPProperties {
    static func violation(_ datagram: UnsafeRawBufferPointer) -> String? {
        let beginsWithPacket = RTCPReader.beginsWithPacket(datagram)
        var reader = RTCPReader(datagram)
        var packets = 0
        while let packet = try? reader.next() {
            packets += 1
            guard packets * 4 <= datagram.count else { return "more packets than fit" }
            guard RTPProperties.contains(datagram, packet.body) else { return "a body is outside" }
            if let violation = violation(packet, datagram) { return violation }
        }
        return packets > 0 && !beginsWithPacket ? "a packet was read that does not begin there" : nil
    }

    private static func violation(_ packet: RTCPPacket, _ datagram: UnsafeRawBufferPointer) -> String? {
        _ = (packet.senderSSRC, packet.senderInformation)
        for block in packet.reportBlocks.map(Array.init) ?? [] { _ = block.roundTrip(receivedAt: block.jitter) }
        if var items = packet.sourceDescription {
            var count = 0
            while let item = try? items.next() {
                count += 1
                guard RTPProperties.contains(datagram, item.value) else { return "an item is outside" }
                guard count <= datagram.count else { return "more items than bytes" }
            }
        }
        if let goodbye = packet.goodbye {
            _ = (0...goodbye.count).map(goodbye.source)
            if let reason = goodbye.reason, !RTPProperties.contains(datagram, reason) { return "a reason is outside" }
        }
        if let feedback = packet.feedback, !RTPProperties.contains(datagram, feedback.controlInformation) {
            return "control information is outside"
        }
        if var blocks = packet.extendedReport {
            var count = 0
            while (try? blocks.next()) != nil {
                count += 1
                guard count <= datagram.count else { return "more blocks than bytes" }
            }
        }
        return nil
    }
}
