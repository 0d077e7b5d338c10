import CallModel
import Forwarding
import MediaFormats
import NetTypes
import SDP

/// Writes one media section for the receiver, in the layout of sdp-behaviour §4.
struct SectionWriter {
    let exchange: Exchange
    let identity: RelayIdentity
    /// `sdp-attr`, by section.
    let rewriters: [String: AttributeRewriter]

    private var options: SignallingOptions { exchange.options }

    func write(_ section: SectionResult, to text: inout OutputText) {
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
    private func writeRejected(_ index: Int, transport: String, formats: [String], to text: inout OutputText) {
        let media = exchange.receiver.media[index]
        if media.doubling != nil {
            // Twice as it was.
            for profile in media.doubledTransports(transport) {
                text.line("m", (["\(media.mediaType) 0 \(profile)"] + formats).joined(separator: " "))
                text.line("c", ConnectionData(address: .unspecified(exchange.receiver.family ?? .ipv4)).text)
            }
            return
        }
        text.line("m", (["\(media.mediaType) 0 \(transport)"] + formats).joined(separator: " "))
        text.line("c", ConnectionData(address: .unspecified(exchange.receiver.family ?? .ipv4)).text)
        if let mid = media.mid { text.line("a", "mid:\(mid)") }
    }

    /// A section over TCP: its media does not come through here.
    private func writePassed(_ index: Int, _ intake: SectionIntake, to text: inout OutputText) {
        let description = intake.description
        let head = "\(description.mediaType) \(description.port) \(description.transport)"
        text.line("m", ([head] + description.formats).joined(separator: " "))
        writeHead(intake, connection: intake.connection, to: &text)
        writeAttributes(intake.attributes, of: index, to: &text)
    }

    /// A section that may be sent past the relay: only the relay's candidates are added.
    private func writeBypassed(
        _ index: Int, _ intake: SectionIntake, _ formats: [PayloadFormat], to text: inout OutputText
    ) {
        let description = intake.description
        let list = formats.isEmpty ? ["0"] : formats.map { String($0.payloadType) }
        let head = "\(description.mediaType) \(description.port) \(exchange.receiver.media[index].transport)"
        text.line("m", ([head] + list).joined(separator: " "))
        writeHead(intake, connection: intake.connection, to: &text)
        var attributes = intake.attributes + intake.inheritedSecurity
        if intake.security.credentials != nil, let ports = exchange.receiver.ports(at: index) {
            attributes += ICEBypass.candidates(
                ports.bindings, behind: intake.security.candidates, options.ice.policy,
                mediaAddress: options.addressing.mediaAddress, foundation: identity.foundation)
        }
        writeAttributes(attributes, of: index, to: &text)
    }

    /// Datagrams of a protocol that is not ours to know: new address and port, all else as received.
    private func writeOpaque(_ index: Int, _ intake: SectionIntake, to text: inout OutputText) {
        guard let binding = exchange.receiver.media[index].ports?.bindings.first else { return }
        let description = intake.description
        let head = "\(description.mediaType) \(binding.rtp.local.port) \(description.transport)"
        text.line("m", ([head] + description.formats).joined(separator: " "))
        writeHead(intake, connection: connection(index, intake, binding), to: &text)
        var attributes = intake.attributes
        if intake.security.credentials != nil, let ports = exchange.receiver.media[index].ports {
            // Checks pass through to the far end, which knows the credentials; we are one more address to try.
            attributes += ICENegotiation.candidates(
                ports.bindings, isMuxed: false, mediaAddress: options.addressing.mediaAddress,
                foundation: identity.foundation)
        }
        writeAttributes(attributes, of: index, to: &text)
    }

    /// Best-effort SRTP as it was before RFC 8643: one section in two profiles, of which an answer takes one.
    private func writeDoubled(
        _ doubling: PartyMedia.Doubling, _ index: Int, _ intake: SectionIntake, _ formats: [PayloadFormat],
        to text: inout OutputText
    ) {
        let media = exchange.receiver.media[index]
        for transport in media.doubledTransports(media.transport) {
            var version = media
            version.transport = transport
            let isPlain = !exchange.isSecure(version)
            if isPlain == exchange.isSecure(media), !(isPlain && exchange.mode == .offer) {
                let list = formats.isEmpty ? ["0"] : formats.map { String($0.payloadType) }
                text.line("m", (["\(media.mediaType) 0 \(transport)"] + list).joined(separator: " "))
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
        _ index: Int, _ intake: SectionIntake, _ formats: [PayloadFormat], to text: inout OutputText
    ) {
        writeRTP(exchange.receiver.media[index], index, intake, formats, to: &text)
    }

    private func writeRTP(
        _ media: PartyMedia, _ index: Int, _ intake: SectionIntake, _ formats: [PayloadFormat],
        to text: inout OutputText
    ) {
        guard let binding = exchange.receiver.ports(at: index)?.bindings.first else { return }
        let list = formats.isEmpty ? ["0"] : formats.map { String($0.payloadType) }
        // `bundle=strict` writes what RFC 9143 §7.1.3 asks for; most answerers look at the port of the group's first
        // section anyway, and others are not put off by finding one.
        let isStrict = isBundledOffer(index) && options.bundle.policy.contains(.strict)
        let head = "\(media.mediaType) \(isStrict ? 0 : binding.rtp.local.port) \(media.transport)"
        text.line("m", ([head] + list).joined(separator: " "))
        writeHead(intake, connection: connection(index, intake, binding), to: &text)

        var attributes: [String] = []
        if let mid = media.mid { attributes.append("mid:\(mid)") }
        if let label = intake.label { attributes.append("label:\(label)") }
        if isBundledOffer(index) { attributes.append("bundle-only") }
        // A list may name a type many times; its lines are about all of them.
        var described: Set<UInt8> = []
        for format in formats where described.insert(format.payloadType).inserted {
            appendFormat(format, intake, to: &attributes)
        }
        for feedback in intake.feedback["*"] ?? [] { attributes.append("rtcp-fb:* \(feedback)") }
        appendExtensions(index, intake, to: &attributes)
        attributes += isBundledOffer(index) ? intake.others.filter { $0 != "bundle-only" } : intake.others
        if let direction = direction(index, intake) { attributes.append(direction.rawValue) }
        appendRTCP(media, binding, to: &attributes)
        appendSDES(media.sdes, to: &attributes)
        appendDTLS(media.dtls, to: &attributes)
        appendPacketTimes(index, intake, to: &attributes)
        appendICE(index, to: &attributes)
        writeAttributes(attributes, of: index, to: &text)
    }

    /// `i=`, `c=`, `b=`.
    private func writeHead(_ intake: SectionIntake, connection: ConnectionData?, to text: inout OutputText) {
        for information in intake.information { text.line("i", information) }
        if let connection { text.line("c", connection.text) }
        for type in SectionIntake.bandwidthTypes {
            if let value = intake.bandwidths[type] { text.line("b", "\(type):\(value)") }
        }
    }

    private func writeAttributes(_ attributes: [String], of index: Int, to text: inout OutputText) {
        let rewriter = rewriters[exchange.receiver.media[index].mediaType.lowercased()]
        for attribute in rewriter?.apply(to: attributes) ?? attributes { text.line("a", attribute) }
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
    private func appendFormat(_ format: PayloadFormat, _ intake: SectionIntake, to attributes: inout [String]) {
        let number = String(format.payloadType)
        // A dynamic number without `rtpmap` has no name to write.
        if let rtpmap = format.rtpMapText { attributes.append("rtpmap:\(rtpmap)") }
        // What stands in the list without having been received has the parameters it was offered with.
        let received = intake.formats.contains { $0.payloadType == format.payloadType }
        for parameters in received ? intake.parameters[number] ?? [] : format.parameters.map({ [$0] }) ?? [] {
            var variant = format
            variant.parameters = parameters
            if let text = variant.formatParametersText { attributes.append("fmtp:\(text)") }
        }
        for feedback in intake.feedback[number] ?? [] { attributes.append("rtcp-fb:\(number) \(feedback)") }
    }

    /// Header extensions (RFC 8285): in an answer `extmap-allow-mixed` needs the offerer to know of it.
    private func appendExtensions(_ index: Int, _ intake: SectionIntake, to attributes: inout [String]) {
        let stripped = options.rewriting.strippedExtensions
        var extensions = stripped.contains("all") ? [] : intake.extensions.filter { !stripped.contains($0.uri) }
        let offerer = exchange.receiver.media[index]
        switch exchange.mode {
        case .offer:
            let masked = options.rewriting.maskedExtensions
            extensions.removeAll { masked.contains("all") || masked.contains($0.uri) }
        case .answer:
            // What was kept from the answerer is the relay's to accept.
            extensions += offerer.maskedExtensions.compactMap { SectionIntake.ExtensionLine($0) }
                .filter { line in !extensions.contains { $0.uri == line.uri } }
        }
        addBundleExtension(to: &extensions, at: index)
        guard !extensions.isEmpty else { return }
        if exchange.mode == .offer || offerer.announcesMixedExtensions || !offerer.hasExtensions {
            attributes.append("extmap-allow-mixed")
        }
        attributes += extensions.map { "extmap:\($0.text)" }
    }

    /// The section of an offer that shares an earlier one's transport before that is agreed.
    private func isBundledOffer(_ index: Int) -> Bool {
        exchange.mode == .offer && options.bundle.requiresBundle && exchange.receiver.media[index].bundleOwner != nil
    }

    /// Within a bundle packets are told apart by the `mid` header extension (RFC 9143 §15); it stands first.
    private func addBundleExtension(to extensions: inout [SectionIntake.ExtensionLine], at index: Int) {
        let media = exchange.receiver.media[index]
        let uri = SectionIntake.midExtension
        guard media.isBundleAnnounced, media.mid != nil else { return }
        if let known = extensions.firstIndex(where: { $0.uri == uri }) {
            extensions.insert(extensions.remove(at: known), at: 0)
        } else if exchange.mode == .answer {
            if let id = media.midExtensionID { extensions.insert(SectionIntake.ExtensionLine(id: id, uri: uri), at: 0) }
        } else if let free = (1...14).first(where: { id in !extensions.contains { $0.id == id } }) {
            extensions.insert(SectionIntake.ExtensionLine(id: free, uri: uri), at: 0)
        }
    }

    private func direction(_ index: Int, _ intake: SectionIntake) -> Direction? {
        options.rewriting.keepsDirection ? intake.direction : exchange.sender.media[index].effectiveDirection
    }

    /// `a=rtcp` (RFC 3605) and `a=rtcp-mux`.
    private func appendRTCP(_ media: PartyMedia, _ binding: PortSet.Binding, to attributes: inout [String]) {
        let showsMux = exchange.mode == .offer ? media.wasOfferedMux : media.isMuxed
        if !options.rtcp.omitsAttribute {
            let port = (binding.rtcp ?? binding.rtp).local.port
            let address = options.addressing.mediaAddress ?? binding.address.advertised
            attributes.append(
                options.rtcp.writesFullAttribute
                    ? "rtcp:\(port) IN \(address.family.sdpAddressType) \(address)" : "rtcp:\(port)")
        }
        if showsMux { attributes.append("rtcp-mux") }
    }

    /// `a=ptime` from this document, else the last one that either party has named.
    private func appendPacketTimes(_ index: Int, _ intake: SectionIntake, to attributes: inout [String]) {
        if let ptime = intake.ptime ?? exchange.receiver.media[index].ptime { attributes.append("ptime:\(ptime)") }
        if let maxptime = intake.maxptime { attributes.append("maxptime:\(maxptime)") }
    }
}
