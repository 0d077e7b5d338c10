public import NetTypes

/// Messages that were never on a wire and stand in a capture so that its reader learns what the media is: programs such
/// as Wireshark take the ports and formats of RTP from the SDP of a call.
public enum SyntheticMessage {
    /// Hosts of the signalling, from the addresses set aside for documentation (RFC 5737).
    public enum Host: UInt32, Sendable {
        /// The relay.
        case relay = 0xC000_0201
        /// Who made the offer.
        case offerer = 0xC000_020A
        /// Who answered it.
        case answerer = 0xC000_020B

        /// Where the host signals from.
        public var address: TransportAddress { TransportAddress(IPAddress(ipv4: rawValue), 5060) }
    }

    /// Where announcements go (RFC 2974 §3).
    public static let announcementAddress = TransportAddress(IPAddress(ipv4: 0xE002_7FFE), 9875)

    /// A SIP request or response that carries an SDP (RFC 3261 §7, §13).
    ///
    /// - Parameters:
    ///   - sequence: number of the transaction; a response has that of its request.
    ///   - sdp: the body as it was signalled.
    public static func sip(
        isRequest: Bool, from sender: Host, to receiver: Host, callID: String, fromTag: String?, toTag: String?,
        sequence: Int, sdp: [UInt8]
    ) -> [UInt8] {
        let (caller, callee) = isRequest ? (sender, receiver) : (receiver, sender)
        func party(_ host: Host, _ tag: String?) -> String {
            "<sip:\(host)@\(host.address.address)>" + (tag.map { ";tag=\(token($0))" } ?? "")
        }
        var text =
            isRequest ? "INVITE sip:\(receiver)@\(receiver.address.address) SIP/2.0\r\n" : "SIP/2.0 200 OK\r\n"
        text += "Via: SIP/2.0/UDP \(caller.address);branch=z9hG4bK\(sequence)-\(caller)\r\n"
        text += "From: \(party(caller, fromTag))\r\n"
        text += "To: \(party(callee, toTag))\r\n"
        text += "Call-ID: \(token(callID))\r\n"
        text += "CSeq: \(sequence) INVITE\r\n"
        text += "Contact: <sip:\(sender)@\(sender.address.address)>\r\n"
        text += "Content-Type: application/sdp\r\nContent-Length: \(sdp.count)\r\n\r\n"
        return Array(text.utf8) + sdp
    }

    /// An announcement of one media stream over SAP (RFC 2974 §6).
    ///
    /// - Parameter identifier: differs between different announcements of a file.
    public static func announcement(of stream: AnnouncedStream, identifier: UInt16) -> [UInt8] {
        var bytes: [UInt8] = [0x20, 0]
        bytes.appendBig(identifier)
        bytes.appendBig(Host.relay.rawValue)
        bytes += Array("application/sdp".utf8) + [0]
        return bytes + Array(stream.sdp(identifier: identifier).utf8)
    }

    /// What a tag or a call-id looks like inside of a header: without what would end it.
    private static func token(_ text: String) -> String {
        let octets = Array(text.utf8.prefix(256))
        if !octets.isEmpty, octets.allSatisfy({ isPlain($0) }) { return String(decoding: octets, as: UTF8.self) }
        var result = ""
        for octet in octets {
            if isPlain(octet) {
                result.unicodeScalars.append(UnicodeScalar(octet))
            } else {
                let digits = String(octet, radix: 16, uppercase: true)
                result += (octet < 16 ? "%0" : "%") + digits
            }
        }
        return result.isEmpty ? "-" : result
    }

    private static func isPlain(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-.!*_+'~@:()[]{}/?&=$".utf8.contains(octet)
        }
    }
}

/// A stream of RTP in the clear, as an announcement tells of it.
public struct AnnouncedStream: Sendable, Equatable {
    /// Where its packets arrive.
    public var address: TransportAddress
    /// `audio`, `video` …
    public var mediaType: String
    /// Payload types with what stands behind them in `a=rtpmap`.
    public var formats: [(payloadType: UInt8, mapping: String)]
    /// Where its RTCP arrives: at the same port, or at this one.
    public var rtcpPort: UInt16?

    /// A stream without formats.
    public init(address: TransportAddress, mediaType: String) {
        self.address = address
        self.mediaType = mediaType
        formats = []
        rtcpPort = nil
    }

    /// Whether both are announced alike.
    public static func == (left: AnnouncedStream, right: AnnouncedStream) -> Bool {
        left.address == right.address && left.mediaType == right.mediaType && left.rtcpPort == right.rtcpPort
            && left.formats.elementsEqual(right.formats) { one, other in
                one.payloadType == other.payloadType && one.mapping == other.mapping
            }
    }

    func sdp(identifier: UInt16) -> String {
        let family = address.address.family == .ipv4 ? "IP4" : "IP6"
        let types = formats.isEmpty ? ["0"] : formats.map { "\($0.payloadType)" }
        let media = mediaType.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } ? mediaType : ""
        var text = "v=0\r\no=- \(identifier) 0 IN IP4 192.0.2.1\r\ns=clear\r\n"
        text += "c=IN \(family) \(address.address)\r\nt=0 0\r\n"
        text += "m=\(media.isEmpty ? "audio" : media) \(address.port) RTP/AVP \(types.joined(separator: " "))\r\n"
        for format in formats where format.mapping.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            text += "a=rtpmap:\(format.payloadType) \(format.mapping)\r\n"
        }
        if let rtcpPort { text += "a=rtcp:\(rtcpPort)\r\n" } else { text += "a=rtcp-mux\r\n" }
        return text
    }
}
