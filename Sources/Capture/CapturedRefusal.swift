public import NetTypes

/// What ICMP says of a datagram that could not be delivered (RFC 792, RFC 4443 §3.1), found in a captured frame.
public struct CapturedRefusal: Sendable, Equatable {
    /// What is the matter.
    public enum Reason: Sendable, Equatable {
        /// Nobody listens on the port.
        case port
        /// The host cannot be reached, or a filter stands in front of it.
        case host
        /// The network cannot be reached.
        case network
    }

    /// Where the datagram came from.
    public var source: TransportAddress
    /// Where it should have gone.
    public var destination: TransportAddress
    /// What is the matter.
    public var reason: Reason

    /// The message in the frame of `record`; `nil` when it is something else.
    public init?(_ record: CaptureRecord) {
        let frame = record.frame
        guard let start = CapturedDatagram.networkOffset(frame, record.linkType), start < frame.count else {
            return nil
        }
        let inner: Int
        switch frame[start] >> 4 {
        case 4:
            inner = start + Int(frame[start] & 15) * 4 + 8
            guard inner >= start + 28, frame.count >= inner + 28, frame[start + 9] == 1, frame[inner - 8] == 3,
                let reason = Self.reason(ofICMP: frame[inner - 7])
            else { return nil }
            self.reason = reason
        case 6:
            inner = start + 48
            guard frame.count >= inner + 48, frame[start + 6] == 58, frame[inner - 8] == 1,
                let reason = Self.reason(ofICMPv6: frame[inner - 7])
            else { return nil }
            self.reason = reason
        default: return nil
        }
        guard let (source, destination) = Self.ends(frame, at: inner) else { return nil }
        self.source = source
        self.destination = destination
    }

    private static func reason(ofICMP code: UInt8) -> Reason? {
        switch code {
        case 3: .port
        case 0, 6: .network
        case 1, 7, 9, 10, 13: .host
        default: nil
        }
    }

    private static func reason(ofICMPv6 code: UInt8) -> Reason? {
        switch code {
        case 4: .port
        case 0: .network
        case 1, 3, 5, 6: .host
        default: nil
        }
    }

    /// Addresses and ports of the UDP datagram that the message quotes.
    private static func ends(_ frame: [UInt8], at start: Int) -> (TransportAddress, TransportAddress)? {
        switch frame[start] >> 4 {
        case 4:
            let ports = start + Int(frame[start] & 15) * 4
            guard ports >= start + 20, frame[start + 9] == UDP.protocolNumber, frame.count >= ports + 4 else {
                return nil
            }
            func end(_ address: Int, _ port: Int) -> TransportAddress {
                TransportAddress(
                    IPAddress(ipv4: ByteOrder.big.uint32(frame, at: start + address)),
                    ByteOrder.big.uint16(frame, at: ports + port))
            }
            return (end(12, 0), end(16, 2))
        case 6:
            guard frame.count >= start + 44, frame[start + 6] == UDP.protocolNumber else { return nil }
            func end(_ address: Int, _ port: Int) -> TransportAddress {
                TransportAddress(
                    IPAddress(
                        ipv6High: ByteOrder.big.uint64(frame, at: start + address),
                        low: ByteOrder.big.uint64(frame, at: start + address + 8)),
                    ByteOrder.big.uint16(frame, at: start + 40 + port))
            }
            return (end(8, 0), end(24, 2))
        default: return nil
        }
    }
}
