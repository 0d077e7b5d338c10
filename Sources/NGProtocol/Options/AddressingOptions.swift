internal import Bencode
internal import Forwarding
internal import Negotiation
internal import NetTypes

extension OptionGroup {
    /// Interfaces and addresses (ng-protocol §5.4, Addresses and interfaces).
    static let addressing = OptionGroup(
        keys: [
            OptionKey("direction", .value(direction)),
            .text("from-interface") { $0.options.addressing.fromInterface = $1 },
            .text("to-interface") { $0.options.addressing.toInterface = $1 },
            OptionKey(
                "media-address",
                .text { request, text in
                    guard let address = IPAddress(text) else { return false }
                    request.options.addressing.mediaAddress = address
                    return true
                }),
            OptionKey(
                "address-family",
                .words { request, word in
                    switch word.folded {
                    case "ip4": request.options.addressing.addressFamily = .ipv4
                    case "ip6": request.options.addressing.addressFamily = .ipv6
                    default: return false
                    }
                    return true
                }),
            OptionKey("received-from", .value(receivedFrom)),
            OptionKey(
                "endpoint-learning",
                .words { request, word in
                    switch word.folded {
                    case "off": request.options.addressing.learning = .off
                    case "immediate": request.options.addressing.learning = .immediate
                    case "delayed": request.options.addressing.learning = .delayed
                    case "heuristic": request.options.addressing.learning = .heuristic
                    default: return false
                    }
                    return true
                }),
        ],
        flags: [
            OptionFlag("SIP-source-address") { $0.options.addressing.usesSIPSourceAddress = true },
            OptionFlag("trust-address") { $0.options.addressing.usesSIPSourceAddress = false },
            OptionFlag("asymmetric") { $0.options.addressing.isAsymmetric = true },
            OptionFlag("strict-source") { $0.options.addressing.isStrictSource = true },
            OptionFlag("media-handover") { $0.options.addressing.isMediaHandover = true },
            OptionFlag("port-latching") { $0.options.addressing.portLatching = true },
            OptionFlag("no-port-latching") { $0.options.addressing.portLatching = false },
            OptionFlag("unidirectional") { $0.options.addressing.isUnidirectional = true },
            OptionFlag("NAT-wait") { $0.options.addressing.natWait = true },
            OptionFlag("pierce-NAT") { $0.options.addressing.pierceNAT = true },
        ])

    /// `[from, to]`. It must be a list: a string is ignored, as by the peer.
    @Sendable private static func direction(
        _ reader: inout OptionReader, _ spelled: String, _ value: BencodeValue
    ) throws(NGErrorText) {
        guard let members = value.list else {
            return reader.noteUnknown(value.text.map { "\(spelled)=\($0)" } ?? spelled)
        }
        let interfaces = members.compactMap(\.text)
        if let from = interfaces.first { reader.request.options.addressing.fromInterface = from }
        if interfaces.count > 1 { reader.request.options.addressing.toInterface = interfaces[1] }
        if interfaces.count > 2 { reader.noteUnknown("\(spelled)=\(interfaces[2])") }
    }

    /// `[family, address]`, or a string with the address last.
    @Sendable private static func receivedFrom(
        _ reader: inout OptionReader, _ spelled: String, _ value: BencodeValue
    ) throws(NGErrorText) {
        let text = value.list?.last?.text ?? value.text?.split(separator: " ").last.map(String.init)
        guard let address = text.flatMap({ IPAddress($0) }) else {
            return reader.noteUnknown(text.map { "\(spelled)=\($0)" } ?? spelled)
        }
        reader.request.options.addressing.receivedFrom = address
    }
}
