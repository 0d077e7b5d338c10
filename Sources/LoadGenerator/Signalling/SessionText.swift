package import NetTypes

/// The SDP of the generator's parties, and the one thing it needs to know of the relay's.
package enum SessionText {
    /// A session with one medium at `address`, of the transport `profile` and with more `attributes` (without `a=`).
    package static func text(
        at address: TransportAddress, workload: MediaWorkload, multiplexed: Bool, profile: String = "RTP/AVP",
        attributes: [String] = []
    ) -> String {
        let family = address.address.family.sdpAddressType
        let media =
            workload.packetsPerBurst > 1
            ? "m=video \(address.port) \(profile) 96\r\na=rtpmap:96 VP8/90000\r\n"
            : "m=audio \(address.port) \(profile) 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n"
        return "v=0\r\no=- 1 1 IN \(family) \(address.address)\r\ns=-\r\nc=IN \(family) \(address.address)\r\nt=0 0\r\n"
            + media + "a=sendrecv\r\n" + (multiplexed ? "a=rtcp-mux\r\n" : "")
            + attributes.map { "a=\($0)\r\n" }.joined()
    }

    /// The values of all attributes of this name, of the session and of all media.
    package static func attributes(_ name: String, of text: String) -> [Substring] {
        text.utf8.split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }).map(Substring.init)
            .filter { $0.hasPrefix("a=\(name):") }.map { $0.dropFirst(name.count + 3) }
    }

    /// The value of the first attribute of this name.
    package static func attribute(_ name: String, of text: String) -> String? {
        attributes(name, of: text).first.map(String.init)
    }

    /// Where the first medium of an SDP receives; `nil` when it has none, or rejects it.
    package static func mediaAddress(of text: String) -> TransportAddress? {
        var address: IPAddress?
        var port: UInt16?
        for line in text.utf8.split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }).map(Substring.init) {
            if line.hasPrefix("m=") {
                if port != nil { break }
                let fields = line.split(separator: " ")
                guard fields.count >= 4, let number = UInt16(fields[1]), number > 0 else { return nil }
                port = number
            } else if line.hasPrefix("c=") {
                // A medium's own line comes later and wins over the session's.
                let fields = line.split(separator: " ")
                guard fields.count == 3, let value = IPAddress(fields[2]) else { return nil }
                address = value
            }
        }
        guard let address, let port else { return nil }
        return TransportAddress(address, port)
    }
}
