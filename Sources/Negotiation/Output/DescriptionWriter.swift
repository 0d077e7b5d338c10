import CallModel
import Forwarding
import NetTypes
import SDP

/// Writes the SDP for the receiver of an exchange, in the layout of sdp-behaviour §4.
struct DescriptionWriter: ~Copyable {
    private let sectionWriter: SectionWriter

    init(exchange: consuming Exchange, identity: RelayIdentity) {
        sectionWriter = SectionWriter(exchange: exchange, identity: identity)
    }

    private var exchange: Exchange { _read { yield sectionWriter.exchange } }
    private var identity: RelayIdentity { sectionWriter.identity }
    private var options: SignallingOptions { exchange.options }
    private var receiver: Party { _read { yield sectionWriter.exchange.receiver } }

    /// The exchange, when all is written.
    consuming func finish() -> Exchange { sectionWriter.exchange }

    /// The body. `sent` remembers what later documents to the same party must agree with.
    func write(sent: inout SentDescription) -> [UInt8] {
        let tail = writeTail(&sent)
        let rewriting = OriginRewriting(
            replacements: options.rewriting.replacements, received: exchange.session.origin, local: localAddress)
        let origin = rewriting.apply(to: &sent, tail: tail.bytes)
        var body = SDPWriter(reservingCapacity: tail.bytes.count + 128)
        body.append(UInt8(ascii: "v"), "0")
        body.append(origin)
        body.append(tail)
        return body.bytes
    }

    /// Everything below `o=`.
    private func writeTail(_ sent: inout SentDescription) -> SDPWriter {
        var text = SDPWriter()
        let session = exchange.session
        text.append(UInt8(ascii: "s"), sessionName(&sent))
        text.append(session.descriptive)
        text.appendBandwidths(session.bandwidths)
        text.append(UInt8(ascii: "t"), session.timing ?? "0 0")
        if let rewriter = sectionWriter.rewriters["session"] {
            var lines = SDPWriter()
            writeSessionAttributes(to: &lines)
            text.appendAttributes(rewriter.apply(to: lines))
        } else {
            writeSessionAttributes(to: &text)
        }
        for section in exchange.sections { sectionWriter.write(section, to: &text) }
        return text
    }

    private func sessionName(_ sent: inout SentDescription) -> String {
        let received = exchange.session.sessionName ?? ""
        defer { sent.sessionName = sent.sessionName ?? received }
        guard options.rewriting.replacements.contains(.sessionName) else { return received }
        return sent.sessionName ?? received
    }

    private func writeSessionAttributes(to text: inout SDPWriter) {
        if options.transport.protectsLoops {
            text.appendAttribute(SessionIntake.loopAttribute, identity.loopMark)
        }
        let isLite = receiver.media.contains { $0.ice.isAnnounced && $0.ice.isLocalLite }
        if isLite { text.appendAttribute("ice-lite") }
        let group = exchange.bundleGroup
        if !group.isEmpty {
            text.beginAttribute("group")
            text.append("BUNDLE")
            for mid in group {
                text.appendSpace()
                text.append(mid)
            }
            text.end()
        }
        text.appendAttributes(exchange.session.others)
    }

    /// The address that stands in `o=` where ours is wanted: that of the first section with ports, whatever became of
    /// the section.
    private var localAddress: IPAddress? {
        for index in receiver.media.indices {
            if let binding = receiver.ports(at: index)?.bindings.first { return binding.address.advertised }
        }
        return identity.address
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
