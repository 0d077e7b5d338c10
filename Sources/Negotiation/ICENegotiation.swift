import CallModel
import Forwarding
import NetTypes

/// ICE in the outgoing SDP (RFC 8839, sdp-behaviour §11), as pure decisions.
enum ICENegotiation {
    /// Whether the receiver of an offer is shown ICE. `hasICE` is about the receiver itself, or about the sender while
    /// nothing was heard of the receiver.
    static func announcesInOffer(_ policy: ICEOptions.Policy, hasICE: Bool) -> Bool {
        switch policy {
        case .standard: hasICE
        case .remove: false
        // The ways that let media pass the relay by are not taken: the relay is the only candidate then.
        case .force, .optional, .forceRelay: true
        }
    }

    /// Whether the receiver of an answer is shown ICE: when its own offer had it.
    static func announcesInAnswer(_ policy: ICEOptions.Policy, _ receiver: ICEState) -> Bool {
        receiver.remote != nil && !receiver.isRejected && policy != .remove
    }

    /// RFC 8445 §5.1.2.1 with type preference 126 (host) and a local preference that falls from 65535 by address.
    static func priority(addressIndex: Int, component: UInt32) -> UInt32 {
        126 << 24 | UInt32(clamping: 65535 - addressIndex) << 8 | (256 - component)
    }

    /// The `a=candidate` texts for all local addresses: component 1 of each, then component 2.
    static func candidates(
        _ bindings: [PortSet.Binding], isMuxed: Bool, mediaAddress: IPAddress?, foundation: (IPAddress, Int) -> String
    ) -> [String] {
        var lines: [String] = []
        for component in 1...(isMuxed ? 1 : 2) {
            for (index, binding) in bindings.enumerated() {
                guard let lease = component == 1 ? binding.rtp : binding.rtcp else { continue }
                let address = index == 0 ? mediaAddress ?? binding.address.advertised : binding.address.advertised
                let number = priority(addressIndex: index, component: UInt32(component))
                let head = "candidate:\(foundation(binding.address.address, index)) \(component) UDP \(number)"
                lines.append("\(head) \(address) \(lease.local.port) typ host")
            }
        }
        return lines
    }
}

/// Random texts of ICE and DTLS attributes.
enum TokenMaker {
    private static let iceCharacters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let hexDigits = Array("0123456789abcdef".utf8)

    /// `count` ice-chars (RFC 8839 §5.4), 6 random bits each.
    static func iceText(_ count: Int, _ random: () -> UInt64) -> String {
        String(decoding: (0..<count).map { _ in iceCharacters[Int(random() & 63)] }, as: UTF8.self)
    }

    /// `count` hexadecimal digits.
    static func hexText(_ count: Int, _ random: () -> UInt64) -> String {
        String(decoding: (0..<count).map { _ in hexDigits[Int(random() & 15)] }, as: UTF8.self)
    }
}
