import CallModel
import Forwarding
import MediaFormats
import NetTypes
import SDP

/// Writes one media section for the receiver, in the layout of sdp-behaviour §4.
struct SectionWriter: ~Copyable {
    let exchange: Exchange
    let identity: RelayIdentity
    /// `sdp-attr`, by section.
    let rewriters: [String: AttributeRewriter]

    init(exchange: consuming Exchange, identity: RelayIdentity) {
        let manipulations = exchange.options.rewriting.attributes
        rewriters = manipulations.isEmpty ? [:] : manipulations.mapValues(AttributeRewriter.init)
        self.exchange = exchange
        self.identity = identity
    }

    private var options: SignallingOptions { exchange.options }

    func write(_ section: SectionResult, to text: inout SDPWriter) {
        switch section {
        case .hidden: break
        case .rejected(let index, let transport, let formats):
            writeRejected(index, transport: transport, formats: formats, to: &text)
        case .passed(let index, let intake): writePassed(index, intake, to: &text)
        case .bypassed(let index, let intake, let formats): writeBypassed(index, intake, formats, to: &text)
        case .written(let index, let intake, let formats):
            if let doubling = exchange.receiver.media[index].doubling {
                writeDoubled(doubling, index, intake, formats, to: &text)
            } else if intake.kind.isRTP {
                writeRTP(index, intake, formats, to: &text)
            } else {
                writeOpaque(index, intake, to: &text)
            }
        }
    }

    /// Port 0, a zero address, and the `mid` that bundles know the section by.
    private func writeRejected(_ index: Int, transport: String, formats: [String], to text: inout SDPWriter) {
        let media = exchange.receiver.media[index]
        let connection = ConnectionData(address: .unspecified(exchange.receiver.family ?? .ipv4))
        if media.doubling != nil {
            // Twice as it was.
            for profile in media.doubledTransports(transport) {
                text.appendMediaLine(media.mediaType, port: 0, transport: profile, formats: formats)
                text.append(connection)
            }
            return
        }
        text.appendMediaLine(media.mediaType, port: 0, transport: transport, formats: formats)
        text.append(connection)
        if let mid = media.mid { text.appendAttribute("mid", mid) }
    }

    /// A section over TCP: its media does not come through here.
    private func writePassed(_ index: Int, _ intake: SectionIntake, to text: inout SDPWriter) {
        let description = intake.description
        text.appendMediaLine(
            description.mediaType, port: description.port, transport: description.transport,
            formats: description.formats)
        writeHead(intake, connection: intake.connection, to: &text)
        writeAttributes(of: index, to: &text) { $0.appendAttributes(intake.attributes) }
    }

    /// A section that may be sent past the relay: only the relay's candidates are added.
    private func writeBypassed(
        _ index: Int, _ intake: SectionIntake, _ formats: [PayloadFormat], to text: inout SDPWriter
    ) {
        let description = intake.description
        text.appendMediaLine(
            description.mediaType, port: description.port, transport: exchange.receiver.media[index].transport,
            formats: formats)
        writeHead(intake, connection: intake.connection, to: &text)
        writeAttributes(of: index, to: &text) { text in
            text.appendAttributes(intake.attributes)
            text.appendAttributes(intake.inheritedSecurity)
            guard intake.security.credentials != nil, let ports = exchange.receiver.ports(at: index) else { return }
            text.appendAttributes(
                ICEBypass.candidates(
                    ports.bindings, behind: intake.security.candidates, options.ice.policy,
                    mediaAddress: options.addressing.mediaAddress, foundation: identity.foundation))
        }
    }

    /// Datagrams of a protocol that is not ours to know: new address and port, all else as received.
    private func writeOpaque(_ index: Int, _ intake: SectionIntake, to text: inout SDPWriter) {
        guard let binding = exchange.receiver.media[index].ports?.bindings.first else { return }
        let description = intake.description
        text.appendMediaLine(
            description.mediaType, port: binding.rtp.local.port, transport: description.transport,
            formats: description.formats)
        writeHead(intake, connection: connection(index, intake, binding), to: &text)
        writeAttributes(of: index, to: &text) { text in
            text.appendAttributes(intake.attributes)
            guard intake.security.credentials != nil, let ports = exchange.receiver.media[index].ports else { return }
            // Checks pass through to the far end, which knows the credentials; we are one more address to try.
            text.appendAttributes(
                ICENegotiation.candidates(
                    ports.bindings, isMuxed: false, mediaAddress: options.addressing.mediaAddress,
                    foundation: identity.foundation))
        }
    }

    /// Best-effort SRTP as it was before RFC 8643: one section in two profiles, of which an answer takes one.
    private func writeDoubled(
        _ doubling: PartyMedia.Doubling, _ index: Int, _ intake: SectionIntake, _ formats: [PayloadFormat],
        to text: inout SDPWriter
    ) {
        let media = exchange.receiver.media[index]
        for transport in media.doubledTransports(media.transport) {
            var version = media
            version.transport = transport
            let isPlain = !exchange.isSecure(version)
            if isPlain == exchange.isSecure(media), !(isPlain && exchange.mode == .offer) {
                text.appendMediaLine(media.mediaType, port: 0, transport: transport, formats: formats)
                continue
            }
            if isPlain {
                version.sdes.local = []
                version.dtls.isAnnounced = false
                // Only one section can have the name.
                if exchange.isSecure(media) { version.mid = nil }
            }
            writeRTP(version, index, intake, formats, to: &text)
        }
    }

    private func writeRTP(
        _ index: Int, _ intake: SectionIntake, _ formats: [PayloadFormat], to text: inout SDPWriter
    ) {
        writeRTP(exchange.receiver.media[index], index, intake, formats, to: &text)
    }

    private func writeRTP(
        _ media: PartyMedia, _ index: Int, _ intake: SectionIntake, _ formats: [PayloadFormat],
        to text: inout SDPWriter
    ) {
        guard let binding = exchange.receiver.ports(at: index)?.bindings.first else { return }
        // `bundle=strict` writes what RFC 9143 §7.1.3 asks for; most answerers look at the port of the group's first
        // section anyway, and others are not put off by finding one.
        let isStrict = isBundledOffer(index) && options.bundle.policy.contains(.strict)
        text.appendMediaLine(
            media.mediaType, port: isStrict ? 0 : binding.rtp.local.port, transport: media.transport, formats: formats)
        writeHead(intake, connection: connection(index, intake, binding), to: &text)
        writeAttributes(of: index, to: &text) { writeRTPAttributes(media, binding, index, intake, formats, to: &$0) }
    }

    private func writeRTPAttributes(
        _ media: PartyMedia, _ binding: PortSet.Binding, _ index: Int, _ intake: SectionIntake,
        _ formats: [PayloadFormat], to text: inout SDPWriter
    ) {
        if let mid = media.mid { text.appendAttribute("mid", mid) }
        if let label = intake.label { text.appendAttribute("label", label) }
        let isBundled = isBundledOffer(index)
        if isBundled { text.appendAttribute("bundle-only") }
        // A list may name a type many times; its lines are about all of them.
        var described = PayloadTypeSet()
        for format in formats where described.insert(format.payloadType) {
            writeFormat(format, index, intake, to: &text)
        }
        for feedback in intake.feedback["*"] {
            text.beginAttribute("rtcp-fb")
            text.append("* ")
            text.append(feedback)
            text.end()
        }
        writeExtensions(index, intake, to: &text)
        for other in intake.others where !isBundled || other != "bundle-only" { text.append(UInt8(ascii: "a"), other) }
        if let direction = direction(index, intake) { text.appendAttribute(direction.rawValue) }
        writeRTCP(media, binding, to: &text)
        writeSDES(media.sdes, to: &text)
        writeDTLS(media.dtls, to: &text)
        writePacketTimes(index, intake, to: &text)
        writeICE(index, to: &text)
    }

    /// `i=`, `c=`, `b=`.
    private func writeHead(_ intake: SectionIntake, connection: ConnectionData?, to text: inout SDPWriter) {
        for information in intake.information { text.append(UInt8(ascii: "i"), information) }
        if let connection { text.append(connection) }
        text.appendBandwidths(intake.bandwidths)
    }

    /// Writes the attributes of a section, through `sdp-attr` where it names the section.
    private func writeAttributes(of index: Int, to text: inout SDPWriter, _ write: (inout SDPWriter) -> Void) {
        guard !rewriters.isEmpty, let rewriter = rewriters[exchange.receiver.media[index].mediaType.lowercased()] else {
            return write(&text)
        }
        var lines = SDPWriter()
        write(&lines)
        text.appendAttributes(rewriter.apply(to: lines))
    }

    /// Our address, `media-address`, or the zero address of a held section.
    private func connection(_ index: Int, _ intake: SectionIntake, _ binding: PortSet.Binding) -> ConnectionData {
        let isICE = exchange.receiver.media[index].ice.isAnnounced
        if exchange.sender.media[index].isHeld, !isICE, !options.rewriting.replacements.contains(.zeroAddress) {
            return ConnectionData(address: .unspecified(binding.address.advertised.family))
        }
        return ConnectionData(address: options.addressing.mediaAddress ?? binding.address.advertised)
    }
}

extension SectionWriter {
    private func writeFormat(
        _ format: PayloadFormat, _ index: Int, _ intake: SectionIntake, to text: inout SDPWriter
    ) {
        // A dynamic number without `rtpmap` has no name to write.
        if let name = format.encodingName {
            text.beginAttribute("rtpmap")
            text.append(format.payloadType)
            text.appendSpace()
            text.append(name)
            text.append("/")
            text.append(format.clockRate)
            if format.channels > 1 {
                text.append("/")
                text.append(format.channels)
            }
            text.end()
        }
        guard intake.lists(format) else { return writeOwnLines(of: format, at: index, to: &text) }
        if intake.parameters.isEmpty, intake.feedback.isEmpty { return }
        let number = String(format.payloadType)
        for parameters in intake.parameters[number] {
            guard let parameters = format.written(parameters) else { continue }
            write("fmtp", format, parameters, to: &text)
        }
        for feedback in intake.feedback[number] { write("rtcp-fb", format, feedback, to: &text) }
    }

    /// What stands in the list without having been received has parameters of its own, and in an answer the feedback that
    /// the offerer gives for it.
    private func writeOwnLines(of format: PayloadFormat, at index: Int, to text: inout SDPWriter) {
        if let parameters = format.parameters.flatMap(format.written) {
            write("fmtp", format, parameters, to: &text)
        }
        guard exchange.mode == .answer, let terms = exchange.sender.media[index].codecTerms else { return }
        for feedback in terms.feedback where feedback.payloadType == format.payloadType {
            write("rtcp-fb", format, feedback.text, to: &text)
        }
    }

    /// `a=name:PT value`
    private func write(_ name: String, _ format: PayloadFormat, _ value: String, to text: inout SDPWriter) {
        text.beginAttribute(name)
        text.append(format.payloadType)
        text.appendSpace()
        text.append(value)
        text.end()
    }

    /// Header extensions (RFC 8285): in an answer `extmap-allow-mixed` needs the offerer to know of it.
    private func writeExtensions(_ index: Int, _ intake: SectionIntake, to text: inout SDPWriter) {
        var extensions = intake.extensions
        let stripped = options.rewriting.strippedExtensions
        if !stripped.isEmpty { extensions.removeAll { stripped.contains("all") || stripped.contains($0.uri) } }
        switch exchange.mode {
        case .offer:
            let masked = options.rewriting.maskedExtensions
            if !masked.isEmpty { extensions.removeAll { masked.contains("all") || masked.contains($0.uri) } }
        case .answer:
            // What was kept from the answerer is the relay's to accept.
            let received = extensions
            for text in exchange.receiver.media[index].maskedExtensions {
                guard let line = SectionIntake.ExtensionLine(text), !received.contains(where: { $0.uri == line.uri })
                else { continue }
                extensions.append(line)
            }
        }
        addBundleExtension(to: &extensions, at: index)
        guard !extensions.isEmpty else { return }
        let offerer = exchange.receiver.media[index]
        if exchange.mode == .offer || offerer.announcesMixedExtensions || !offerer.hasExtensions {
            text.appendAttribute("extmap-allow-mixed")
        }
        for line in extensions {
            text.beginAttribute("extmap")
            text.append(line.id)
            text.appendSpace()
            text.append(line.uri)
            text.end()
        }
    }

    /// The section of an offer that shares an earlier one's transport before that is agreed.
    private func isBundledOffer(_ index: Int) -> Bool {
        exchange.mode == .offer && options.bundle.requiresBundle && exchange.receiver.media[index].bundleOwner != nil
    }

    /// Within a bundle packets are told apart by the `mid` header extension (RFC 9143 §15); it stands first.
    private func addBundleExtension(to extensions: inout [SectionIntake.ExtensionLine], at index: Int) {
        guard exchange.receiver.media[index].isBundleAnnounced, exchange.receiver.media[index].mid != nil else {
            return
        }
        let uri = SectionIntake.midExtension
        if let known = extensions.firstIndex(where: { $0.uri == uri }) {
            extensions.insert(extensions.remove(at: known), at: 0)
        } else if exchange.mode == .answer {
            guard let id = exchange.receiver.media[index].midExtensionID else { return }
            extensions.insert(SectionIntake.ExtensionLine(id: id, uri: uri), at: 0)
        } else if let free = (1...14).first(where: { id in !extensions.contains { $0.id == id } }) {
            extensions.insert(SectionIntake.ExtensionLine(id: free, uri: uri), at: 0)
        }
    }

    private func direction(_ index: Int, _ intake: SectionIntake) -> Direction? {
        options.rewriting.keepsDirection ? intake.direction : exchange.sender.media[index].effectiveDirection
    }

    /// `a=rtcp` (RFC 3605) and `a=rtcp-mux`.
    private func writeRTCP(_ media: PartyMedia, _ binding: PortSet.Binding, to text: inout SDPWriter) {
        let showsMux = exchange.mode == .offer ? media.wasOfferedMux : media.isMuxed
        if !options.rtcp.omitsAttribute {
            text.beginAttribute("rtcp")
            text.append((binding.rtcp ?? binding.rtp).local.port)
            if options.rtcp.writesFullAttribute {
                text.appendSpace()
                text.append(options.addressing.mediaAddress ?? binding.address.advertised)
            }
            text.end()
        }
        if showsMux { text.appendAttribute("rtcp-mux") }
    }

    /// `a=ptime` as an option asks, else from this document, else the last one that either party has named.
    private func writePacketTimes(_ index: Int, _ intake: SectionIntake, to text: inout SDPWriter) {
        if let ptime = exchange.receiver.media[index].askedPtime {
            text.appendAttribute("ptime", String(ptime))
        } else if let ptime = intake.ptime ?? exchange.receiver.media[index].ptime {
            text.appendAttribute("ptime", ptime)
        }
        if let maxptime = intake.maxptime { text.appendAttribute("maxptime", maxptime) }
    }
}

extension SDPWriter {
    /// Writes `a=` lines.
    mutating func appendAttributes(_ texts: [String]) {
        for text in texts { append(UInt8(ascii: "a"), text) }
    }

    /// Writes the `b=` lines of the types that are passed on.
    mutating func appendBandwidths(_ bandwidths: [String: String]) {
        guard !bandwidths.isEmpty else { return }
        for type in SectionIntake.bandwidthTypes {
            guard let value = bandwidths[type] else { continue }
            begin(UInt8(ascii: "b"))
            append(type)
            append(":")
            append(value)
            end()
        }
    }

    /// Writes the `m=` line of an RTP section; one without formats lists a type that means nothing.
    mutating func appendMediaLine(_ mediaType: String, port: UInt16, transport: String, formats: [PayloadFormat]) {
        beginMediaLine(mediaType, port: port, transport: transport)
        for format in formats {
            appendSpace()
            append(format.payloadType)
        }
        if formats.isEmpty { append(" 0") }
        end()
    }
}

/// Payload types 0…255.
private struct PayloadTypeSet {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// Adds a type; `false` when it was there.
    mutating func insert(_ payloadType: UInt8) -> Bool {
        let bit = UInt64(1) << UInt64(payloadType & 63)
        switch payloadType >> 6 {
        case 0: return PayloadTypeSet.set(bit, in: &words.0)
        case 1: return PayloadTypeSet.set(bit, in: &words.1)
        case 2: return PayloadTypeSet.set(bit, in: &words.2)
        default: return PayloadTypeSet.set(bit, in: &words.3)
        }
    }

    private static func set(_ bit: UInt64, in word: inout UInt64) -> Bool {
        defer { word |= bit }
        return word & bit == 0
    }
}
