import CallModel
import Forwarding
import MediaFormats
import NetTypes
import SDP

/// Writes one media section for the receiver, in the layout of sdp-behaviour §4.
struct SectionWriter {
    let identity: RelayIdentity
    /// `sdp-attr`, by section.
    let rewriters: [String: AttributeRewriter]

    func write(_ exchange: Exchange, _ section: SectionResult, to text: inout OutputText) {
        switch section {
        case .hidden: break
        case .rejected(let index, let transport, let formats):
            writeRejected(exchange, index, transport: transport, formats: formats, to: &text)
        case .passed(let index, let intake): writePassed(exchange, index, intake, to: &text)
        case .bypassed(let index, let intake, let formats): writeBypassed(exchange, index, intake, formats, to: &text)
        case .written(let index, let intake, let formats):
            if let doubling = exchange.receiver.media[index].doubling {
                writeDoubled(exchange, doubling, index, intake, formats, to: &text)
            } else if intake.kind.isRTP {
                writeRTP(exchange, index, intake, formats, to: &text)
            } else {
                writeOpaque(exchange, index, intake, to: &text)
            }
        }
    }

    /// Port 0, a zero address, and the `mid` that bundles know the section by.
    private func writeRejected(
        _ exchange: Exchange, _ index: Int, transport: String, formats: [String], to text: inout OutputText
    ) {
        let media = exchange.receiver.media[index]
        if media.doubling != nil {
            // Twice as it was.
            for profile in media.doubledTransports(transport) {
                text.media(media.mediaType, port: 0, profile, formats)
                text.line("c", ConnectionData(address: .unspecified(exchange.receiver.family ?? .ipv4)).text)
            }
            return
        }
        text.media(media.mediaType, port: 0, transport, formats)
        text.line("c", ConnectionData(address: .unspecified(exchange.receiver.family ?? .ipv4)).text)
        if let mid = media.mid { text.attribute("mid:", mid) }
    }

    /// A section over TCP: its media does not come through here.
    private func writePassed(_ exchange: Exchange, _ index: Int, _ intake: SectionIntake, to text: inout OutputText) {
        let description = intake.description
        text.media(description.mediaType, port: description.port, description.transport, description.formats)
        writeHead(intake, connection: intake.connection, to: &text)
        let start = text.count
        for attribute in intake.attributes { text.attribute(attribute) }
        rewriteAttributes(exchange, of: index, from: start, in: &text)
    }

    /// A section that may be sent past the relay: only the relay's candidates are added.
    private func writeBypassed(
        _ exchange: Exchange, _ index: Int, _ intake: SectionIntake, _ formats: [PayloadFormat],
        to text: inout OutputText
    ) {
        let description = intake.description
        text.media(
            description.mediaType, port: description.port, exchange.receiver.media[index].transport, formats)
        writeHead(intake, connection: intake.connection, to: &text)
        let start = text.count
        for attribute in intake.attributes + intake.inheritedSecurity { text.attribute(attribute) }
        if intake.security.credentials != nil, let ports = exchange.receiver.ports(at: index) {
            let candidates = ICEBypass.candidates(
                ports.bindings, behind: intake.security.candidates, exchange.options.ice.policy,
                mediaAddress: exchange.options.addressing.mediaAddress, foundation: identity.foundation)
            for candidate in candidates { text.attribute(candidate) }
        }
        rewriteAttributes(exchange, of: index, from: start, in: &text)
    }

    /// Datagrams of a protocol that is not ours to know: new address and port, all else as received.
    private func writeOpaque(_ exchange: Exchange, _ index: Int, _ intake: SectionIntake, to text: inout OutputText) {
        guard let binding = exchange.receiver.media[index].ports?.bindings.first else { return }
        let description = intake.description
        text.media(description.mediaType, port: binding.rtp.local.port, description.transport, description.formats)
        writeHead(intake, connection: connection(exchange, index, intake, binding), to: &text)
        let start = text.count
        for attribute in intake.attributes { text.attribute(attribute) }
        if intake.security.credentials != nil, let ports = exchange.receiver.media[index].ports {
            // Checks pass through to the far end, which knows the credentials; we are one more address to try.
            let candidates = ICENegotiation.candidates(
                ports.bindings, isMuxed: false, mediaAddress: exchange.options.addressing.mediaAddress,
                foundation: identity.foundation)
            for candidate in candidates { text.attribute(candidate) }
        }
        rewriteAttributes(exchange, of: index, from: start, in: &text)
    }

    /// Best-effort SRTP as it was before RFC 8643: one section in two profiles, of which an answer takes one.
    private func writeDoubled(
        _ exchange: Exchange, _ doubling: PartyMedia.Doubling, _ index: Int, _ intake: SectionIntake,
        _ formats: [PayloadFormat],
        to text: inout OutputText
    ) {
        let media = exchange.receiver.media[index]
        for transport in media.doubledTransports(media.transport) {
            var version = media
            version.transport = transport
            let isPlain = !exchange.isSecure(version)
            if isPlain == exchange.isSecure(media), !(isPlain && exchange.mode == .offer) {
                text.media(media.mediaType, port: 0, transport, formats)
                continue
            }
            if isPlain {
                version.sdes.local = []
                version.dtls.isAnnounced = false
                // Only one section can have the name.
                if exchange.isSecure(media) { version.mid = nil }
            }
            writeRTP(exchange, version, index, intake, formats, to: &text)
        }
    }

    private func writeRTP(
        _ exchange: Exchange, _ index: Int, _ intake: SectionIntake, _ formats: [PayloadFormat],
        to text: inout OutputText
    ) {
        writeRTP(exchange, exchange.receiver.media[index], index, intake, formats, to: &text)
    }

    private func writeRTP(
        _ exchange: Exchange, _ media: PartyMedia, _ index: Int, _ intake: SectionIntake, _ formats: [PayloadFormat],
        to text: inout OutputText
    ) {
        guard let binding = exchange.receiver.ports(at: index)?.bindings.first else { return }
        // `bundle=strict` writes what RFC 9143 §7.1.3 asks for; most answerers look at the port of the group's first
        // section anyway, and others are not put off by finding one.
        let isStrict = isBundledOffer(exchange, index) && exchange.options.bundle.policy.contains(.strict)
        text.media(media.mediaType, port: isStrict ? 0 : binding.rtp.local.port, media.transport, formats)
        writeHead(intake, connection: connection(exchange, index, intake, binding), to: &text)
        let start = text.count
        if let mid = media.mid { text.attribute("mid:", mid) }
        if let label = intake.label { text.attribute("label:", label) }
        if isBundledOffer(exchange, index) { text.attribute("bundle-only") }
        // A list may name a type many times; its lines are about all of them.
        var described = PayloadTypeSet()
        for format in formats where !described.contains(format.payloadType) {
            described.insert(format.payloadType)
            appendFormat(format, intake, to: &text)
        }
        for feedback in intake.feedback["*"] { text.attribute("rtcp-fb:* ", feedback) }
        appendExtensions(exchange, index, intake, to: &text)
        for other in intake.others where other != "bundle-only" || !isBundledOffer(exchange, index) {
            text.attribute(other)
        }
        if let direction = direction(exchange, index, intake) { text.attribute(direction.rawValue) }
        appendRTCP(exchange, media, binding, to: &text)
        appendSDES(exchange.options.sdes, media.sdes, to: &text)
        appendDTLS(exchange, media.dtls, to: &text)
        appendPacketTimes(exchange, index, intake, to: &text)
        appendICE(exchange, index, to: &text)
        rewriteAttributes(exchange, of: index, from: start, in: &text)
    }

    /// `i=`, `c=`, `b=`.
    private func writeHead(_ intake: SectionIntake, connection: ConnectionData?, to text: inout OutputText) {
        for information in intake.information { text.line("i", information) }
        if let connection { text.line("c", connection.text) }
        for type in SectionIntake.bandwidthTypes {
            if let value = intake.bandwidths[type] { text.line("b", "\(type):\(value)") }
        }
    }

    /// Does to the attributes of the section, which have been written from `start` on, what `sdp-attr` asks for.
    private func rewriteAttributes(_ exchange: Exchange, of index: Int, from start: Int, in text: inout OutputText) {
        guard !rewriters.isEmpty, let rewriter = rewriters[exchange.receiver.media[index].mediaType.lowercased()]
        else { return }
        for attribute in rewriter.apply(to: text.takeAttributes(from: start)) { text.attribute(attribute) }
    }

    /// Our address, `media-address`, or the zero address of a held section.
    private func connection(_ exchange: Exchange, _ index: Int, _ intake: SectionIntake, _ binding: PortSet.Binding)
        -> ConnectionData
    {
        let isICE = exchange.receiver.media[index].ice.isAnnounced
        if exchange.sender.media[index].isHeld, !isICE, !exchange.options.rewriting.replacements.contains(.zeroAddress)
        {
            return ConnectionData(address: .unspecified(binding.address.advertised.family))
        }
        return ConnectionData(address: exchange.options.addressing.mediaAddress ?? binding.address.advertised)
    }
}

extension SectionWriter {
    private func appendFormat(_ format: PayloadFormat, _ intake: SectionIntake, to attributes: inout OutputText) {
        // A dynamic number without `rtpmap` has no name to write.
        if let name = format.encodingName {
            attributes.begin("a")
            attributes.add("rtpmap:")
            attributes.add(format.payloadType)
            attributes.add(" ")
            attributes.add(name)
            attributes.add("/")
            attributes.add(format.clockRate)
            if format.channels > 1 { attributes.add("/\(format.channels)") }
            attributes.end()
        }
        // What stands in the list without having been received has the parameters it was offered with.
        if intake.formats.contains(where: { $0.payloadType == format.payloadType }) {
            guard !intake.parameters.isEmpty || !intake.feedback.isEmpty else { return }
            let number = String(format.payloadType)
            for parameters in intake.parameters[number] { appendParameters(parameters, of: format, to: &attributes) }
            appendFeedback(of: number, intake, to: &attributes)
        } else {
            if let parameters = format.parameters { appendParameters(parameters, of: format, to: &attributes) }
            appendFeedback(of: String(format.payloadType), intake, to: &attributes)
        }
    }

    private func appendParameters(_ parameters: String, of format: PayloadFormat, to attributes: inout OutputText) {
        var variant = format
        variant.parameters = parameters
        if let text = variant.formatParametersText { attributes.attribute("fmtp:", text) }
    }

    private func appendFeedback(of number: String, _ intake: SectionIntake, to attributes: inout OutputText) {
        for feedback in intake.feedback[number] { attributes.attribute("rtcp-fb:\(number) ", feedback) }
    }

    /// Header extensions (RFC 8285): in an answer `extmap-allow-mixed` needs the offerer to know of it.
    private func appendExtensions(
        _ exchange: Exchange, _ index: Int, _ intake: SectionIntake, to attributes: inout OutputText
    ) {
        let stripped = exchange.options.rewriting.strippedExtensions
        var extensions = stripped.contains("all") ? [] : intake.extensions.filter { !stripped.contains($0.uri) }
        switch exchange.mode {
        case .offer:
            let masked = exchange.options.rewriting.maskedExtensions
            extensions.removeAll { masked.contains("all") || masked.contains($0.uri) }
        case .answer:
            // What was kept from the answerer is the relay's to accept.
            extensions += exchange.receiver.media[index].maskedExtensions.compactMap { SectionIntake.ExtensionLine($0) }
                .filter { line in !extensions.contains { $0.uri == line.uri } }
        }
        addBundleExtension(exchange, to: &extensions, at: index)
        guard !extensions.isEmpty else { return }
        if exchange.mode == .offer || exchange.receiver.media[index].announcesMixedExtensions
            || !exchange.receiver.media[index].hasExtensions
        {
            attributes.attribute("extmap-allow-mixed")
        }
        for line in extensions { attributes.attribute("extmap:", line.text) }
    }

    /// The section of an offer that shares an earlier one's transport before that is agreed.
    private func isBundledOffer(_ exchange: Exchange, _ index: Int) -> Bool {
        exchange.mode == .offer && exchange.options.bundle.requiresBundle
            && exchange.receiver.media[index].bundleOwner != nil
    }

    /// Within a bundle packets are told apart by the `mid` header extension (RFC 9143 §15); it stands first.
    private func addBundleExtension(
        _ exchange: Exchange, to extensions: inout [SectionIntake.ExtensionLine], at index: Int
    ) {
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

    private func direction(_ exchange: Exchange, _ index: Int, _ intake: SectionIntake) -> Direction? {
        exchange.options.rewriting.keepsDirection ? intake.direction : exchange.sender.media[index].effectiveDirection
    }

    /// `a=rtcp` (RFC 3605) and `a=rtcp-mux`.
    private func appendRTCP(
        _ exchange: Exchange, _ media: PartyMedia, _ binding: PortSet.Binding, to attributes: inout OutputText
    ) {
        let showsMux = exchange.mode == .offer ? media.wasOfferedMux : media.isMuxed
        if !exchange.options.rtcp.omitsAttribute {
            attributes.begin("a")
            attributes.add("rtcp:")
            attributes.add((binding.rtcp ?? binding.rtp).local.port)
            if exchange.options.rtcp.writesFullAttribute {
                let address = exchange.options.addressing.mediaAddress ?? binding.address.advertised
                attributes.add(" IN \(address.family.sdpAddressType) \(address)")
            }
            attributes.end()
        }
        if showsMux { attributes.attribute("rtcp-mux") }
    }

    /// `a=ptime` from this document, else the last one that either party has named.
    private func appendPacketTimes(
        _ exchange: Exchange, _ index: Int, _ intake: SectionIntake, to attributes: inout OutputText
    ) {
        if let ptime = intake.ptime ?? exchange.receiver.media[index].ptime { attributes.attribute("ptime:", ptime) }
        if let maxptime = intake.maxptime { attributes.attribute("maxptime:", maxptime) }
    }
}
