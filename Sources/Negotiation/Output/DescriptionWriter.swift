import CallModel
import Forwarding
import NetTypes
import SDP

/// Writes the SDP for the receiver of an exchange, in the layout of sdp-behaviour §4.
struct DescriptionWriter {
    private let sections: SectionWriter

    init(_ manipulations: [String: AttributeManipulation], identity: RelayIdentity) {
        sections = SectionWriter(
            identity: identity,
            rewriters: manipulations.isEmpty ? [:] : manipulations.mapValues(AttributeRewriter.init))
    }

    /// The body. `sent` remembers what later documents to the same party must agree with.
    func write(_ exchange: Exchange, sent: inout SentDescription) -> [UInt8] {
        let tail = writeTail(exchange, &sent)
        let origin = OriginRewriting(
            replacements: exchange.options.rewriting.replacements, received: exchange.session.origin,
            local: sections.identity.address)
        let text = origin.apply(to: &sent, tail: tail.bytes)
        var body = OutputText(capacity: tail.bytes.count + text.utf8.count + 16)
        body.line("v", "0")
        body.line("o", text)
        body.append(tail)
        return body.bytes
    }

    /// Everything below `o=`.
    private func writeTail(_ exchange: Exchange, _ sent: inout SentDescription) -> OutputText {
        var text = OutputText(capacity: 900)
        text.line("s", sessionName(exchange, &sent))
        for line in exchange.session.descriptive { text.line(UnicodeScalar(line.type), line.value) }
        for type in SectionIntake.bandwidthTypes {
            if let value = exchange.session.bandwidths[type] { text.line("b", "\(type):\(value)") }
        }
        text.line("t", exchange.session.timing ?? "0 0")
        let attributes = sessionAttributes(exchange)
        for attribute in sections.rewriters["session"]?.apply(to: attributes) ?? attributes {
            text.attribute(attribute)
        }
        for section in exchange.sections { sections.write(exchange, section, to: &text) }
        return text
    }

    private func sessionName(_ exchange: Exchange, _ sent: inout SentDescription) -> String {
        let received = exchange.session.sessionName ?? ""
        defer { sent.sessionName = sent.sessionName ?? received }
        guard exchange.options.rewriting.replacements.contains(.sessionName) else { return received }
        return sent.sessionName ?? received
    }

    private func sessionAttributes(_ exchange: Exchange) -> [String] {
        var attributes: [String] = []
        if exchange.options.transport.protectsLoops {
            attributes.append("\(SessionIntake.loopAttribute):\(sections.identity.loopMark)")
        }
        let media = exchange.receiver.media
        if media.indices.contains(where: { media[$0].ice.isAnnounced && media[$0].ice.isLocalLite }) {
            attributes.append("ice-lite")
        }
        let group = exchange.bundleGroup
        if !group.isEmpty { attributes.append("group:BUNDLE " + group.joined(separator: " ")) }
        return attributes + exchange.session.others
    }
}

extension Party {
    /// The address of the first section with ports, whatever became of the section.
    var firstAddress: IPAddress? {
        for index in media.indices {
            if let binding = ports(at: index)?.bindings.first { return binding.address.advertised }
        }
        return nil
    }
}

/// Facts about the relay that its SDP shows to everybody.
struct RelayIdentity {
    let loopMark: String
    let foundationSecret: UInt64
    /// The address that stands in `o=` where ours is wanted.
    let address: IPAddress?

    /// Foundation of candidates on a local address: 16 ice-chars, the same for the life of the process
    /// (RFC 8445 §5.1.1.3).
    func foundation(of address: IPAddress, at index: Int) -> String {
        var state = foundationSecret ^ address.high &* 0x9E37_79B9_7F4A_7C15 ^ address.low ^ UInt64(index) << 56
        return TokenMaker.iceText(16) {
            // SplitMix64: a fixed sequence for each address.
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return (mixed ^ mixed >> 31) >> 8
        }
    }
}
