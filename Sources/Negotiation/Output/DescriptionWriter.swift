import CallModel
import Forwarding
import NetTypes
import SDP

/// Writes the SDP for the receiver of an exchange, in the layout of sdp-behaviour §4.
struct DescriptionWriter {
    let exchange: Exchange
    let identity: RelayIdentity

    private var options: SignallingOptions { exchange.options }
    private var receiver: Party { exchange.receiver }

    /// The body. `sent` remembers what later documents to the same party must agree with.
    func write(sent: inout SentDescription) -> [UInt8] {
        let tail = writeTail(&sent)
        let origin = OriginRewriting(
            replacements: options.rewriting.replacements, received: exchange.session.origin, local: localAddress)
        let text = origin.apply(to: &sent, tail: tail.bytes)
        var body = OutputText(capacity: tail.bytes.count + text.utf8.count + 16)
        body.line("v", "0")
        body.line("o", text)
        body.append(tail)
        return body.bytes
    }

    /// Everything below `o=`.
    private func writeTail(_ sent: inout SentDescription) -> OutputText {
        var text = OutputText(capacity: 1024)
        let session = exchange.session
        text.line("s", sessionName(&sent))
        for line in session.descriptive { text.line(Character(UnicodeScalar(line.type)), line.value) }
        for type in SectionIntake.bandwidthTypes {
            if let value = session.bandwidths[type] { text.line("b", "\(type):\(value)") }
        }
        text.line("t", session.timing ?? "0 0")
        let rewriters = options.rewriting.attributes.mapValues(AttributeRewriter.init)
        let attributes = sessionAttributes()
        for attribute in rewriters["session"]?.apply(to: attributes) ?? attributes { text.line("a", attribute) }
        let writer = SectionWriter(exchange: exchange, identity: identity, rewriters: rewriters)
        for section in exchange.sections { writer.write(section, to: &text) }
        return text
    }

    private func sessionName(_ sent: inout SentDescription) -> String {
        let received = exchange.session.sessionName ?? ""
        defer { sent.sessionName = sent.sessionName ?? received }
        guard options.rewriting.replacements.contains(.sessionName) else { return received }
        return sent.sessionName ?? received
    }

    private func sessionAttributes() -> [String] {
        var attributes: [String] = []
        if options.transport.protectsLoops { attributes.append("\(SessionIntake.loopAttribute):\(identity.loopMark)") }
        let isLite = receiver.media.contains { $0.ice.isAnnounced && $0.ice.isLocalLite }
        if isLite { attributes.append("ice-lite") }
        let group = exchange.bundleGroup
        if !group.isEmpty { attributes.append("group:BUNDLE " + group.joined(separator: " ")) }
        return attributes + exchange.session.others
    }

    /// The address that stands in `o=` where ours is wanted: that of the first section with ports, whatever became of
    /// the section.
    private var localAddress: IPAddress? {
        let bound = receiver.media.indices.lazy.compactMap {
            receiver.ports(at: $0)?.bindings.first?.address.advertised
        }
        return bound.first ?? identity.address
    }
}

/// Facts about the relay that its SDP shows to everybody.
struct RelayIdentity {
    let loopMark: String
    let foundationSecret: UInt64
    /// An address that faces the receiver, should no section have ports.
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
