import CallModel
import SDP

/// Best-effort SRTP as devices did it before RFC 8643: every section is offered twice with one port, in a plain and in a
/// secure profile, and the answer rejects one of the two (sdp-behaviour §14). Inside the relay it is one section.
extension Exchange {
    /// Makes one section of each two: the secure one where it can be used, else the plain one.
    mutating func mergeDoubledSections(_ description: SessionDescription) -> SessionDescription {
        let mayBeDoubled =
            (mode == .offer && options.osrtp.acceptsLegacy)
            || sender.media.indices.contains { sender.media[$0].doubling != nil }
        guard mayBeDoubled else { return description }
        var merged = description
        merged.media = []
        var rest = description.media[...]
        var index = 0
        while let first = rest.popFirst() {
            while sender.media.indices.contains(index), sender.media[index].isHidden { index += 1 }
            if let second = rest.first, let doubling = doubling(first, second, at: index) {
                rest.removeFirst()
                doubled[index] = doubling
                let (plain, secure) = doubling == .plainFirst ? (first, second) : (second, first)
                merged.media.append(isUsable(secure) || plain.port == 0 ? secure : plain)
            } else {
                merged.media.append(first)
            }
            index += 1
        }
        return merged
    }

    private func doubling(
        _ first: MediaDescription, _ second: MediaDescription, at index: Int
    ) -> PartyMedia.Doubling? {
        guard first.mediaType == second.mediaType else { return nil }
        if sender.media.indices.contains(index), let known = sender.media[index].doubling { return known }
        guard mode == .offer, options.osrtp.acceptsLegacy, first.port == second.port, first.port != 0,
            let one = first.transportKind.profile, let other = second.transportKind.profile,
            one.isSecure != other.isSecure
        else { return nil }
        return one.isSecure ? .secureFirst : .plainFirst
    }

    /// There is a key to talk about.
    private func isUsable(_ section: MediaDescription) -> Bool {
        guard section.port != 0 else { return false }
        let security = SectionIntake(section, session: session).security
        return !security.keys.isEmpty || security.fingerprint != nil
    }

    /// `OSRTP=offer-legacy` with a secure profile. A dialogue that has its sections once keeps them so: between them there
    /// is no room for others.
    mutating func decideDoubling(at index: Int) {
        guard mode == .offer, options.osrtp.offersLegacy, !receiver.hasAgreed, isSecure(receiver.media[index]),
            !receiver.media[index].isBundleAnnounced, receiver.media[index].isRTP
        else { return }
        receiver.media[index].doubling = .plainFirst
    }
}

extension PartyMedia {
    /// The transports of the two `m=` lines, one of which is `transport`.
    func doubledTransports(_ transport: String) -> [String] {
        guard let profile = TransportKind(transport).profile else { return [transport, transport] }
        let plain = profile.hasFeedback ? TransportProfile.rtpAVPF : .rtpAVP
        let secure: TransportProfile =
            profile.isSecure ? profile : profile.hasFeedback ? .rtpSAVPF : .rtpSAVP
        return doubling == .secureFirst ? [secure.text, plain.text] : [plain.text, secure.text]
    }
}
