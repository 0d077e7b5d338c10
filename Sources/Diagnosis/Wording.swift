import Forwarding
import NetTypes

/// How sentences are put together.
enum Wording {
    /// A number with so many digits behind the point. Nothing negative and nothing above a million million stands in a
    /// report.
    static func decimals(_ value: Double, _ digits: Int) -> String {
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        let bounded = value.isNaN ? 0 : max(0, min(value, 1e12))
        let scaled = UInt64(bounded * scale + 0.5)
        guard digits > 0 else { return String(scaled) }
        let rest = String(scaled % UInt64(scale))
        return "\(scaled / UInt64(scale))." + String(repeating: "0", count: digits - rest.utf8.count) + rest
    }

    /// `0.4 s`, `12 s`, `3 min 5 s`
    static func time(_ nanoseconds: UInt64) -> String {
        let seconds = Double(nanoseconds) / 1e9
        if seconds < 10 { return decimals(seconds, 1) + " s" }
        let whole = UInt64(seconds + 0.5)
        return whole < 120 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
    }

    /// The encoding of a payload type that needs no SDP to have one (RFC 3551 §6), of the usual ones.
    static func staticCodec(_ payloadType: UInt8) -> String? {
        switch payloadType {
        case 0: "PCMU"
        case 3: "GSM"
        case 4: "G723"
        case 8: "PCMA"
        case 9: "G722"
        case 18: "G729"
        default: nil
        }
    }

    /// `1 packet`, `5 packets`
    static func packets(_ count: UInt64) -> String { "\(count) \(count == 1 ? "packet" : "packets")" }

    /// The first letter as a capital, and a full stop.
    static func sentence(_ text: String) -> String {
        guard let first = text.first else { return "" }
        return first.uppercased() + text.dropFirst() + "."
    }

    /// What the system says for an error number. Those that sending and ICMP lead to have words here.
    static func error(_ number: Int32) -> String {
        switch number {
        case 1: "operation not permitted, as by a packet filter"
        case 11, 105: "no buffer space"
        case 13: "administratively prohibited"
        case 90: "packet too large for the way"
        case 101: "network unreachable"
        case 111: "port unreachable"
        case 112: "host is down"
        case 113: "host unreachable"
        default: "error \(number)"
        }
    }
}

extension IPAddress {
    /// How far an address means anything.
    enum Scope {
        /// Everywhere.
        case global
        /// In a network of its own (RFC 1918, RFC 6598, RFC 4193), or on one link.
        case local
        /// On one machine.
        case machine
    }

    /// How far the address means anything.
    var scope: Scope {
        if isLoopback { return .machine }
        switch family {
        case .ipv4:
            let first = low >> 24
            let isLocal =
                first == 10 || low >> 20 == 0xAC1 || low >> 16 == 0xC0A8 || low >> 16 == 0xA9FE
                || low >> 22 == 0x6440 >> 6
            return isLocal ? .local : .global
        case .ipv6: return high >> 57 == 0xFC >> 1 || isLinkLocalIPv6 ? .local : .global
        }
    }
}
