import CallModel
import Forwarding
import NetTypes
import SDP

/// The transport of a bundle is that of its first section. When another section becomes the first one it takes the
/// transport over, and nothing changes for packets: an answer may reject the first section (RFC 9143 §7.3), a later
/// offer may take it out of the session or bring it back (§7.4, §7.5).
///
/// It is settled before any section is worked in, so that ports, ICE and DTLS are decided where they will be used.
extension Exchange {
    /// Moves the transports of bundles to the sections that are first now.
    mutating func electBundleOwners(_ description: SessionDescription) {
        guard mayChangeOwners else { return }
        let accepted = acceptedSections(description)
        switch mode {
        case .answer:
            sender.electBundleOwners(among: Set(accepted.map(\.index)))
            receiver.electBundleOwners(among: Set(accepted.map(\.index)))
        case .offer:
            if acceptsBundle {
                let members = accepted.filter { section in
                    let known = sender.media.indices.contains(section.index) ? sender.media[section.index].mid : nil
                    return (section.intake.mid ?? known).map(session.bundledMIDs.contains) ?? false
                }
                sender.makeFirstOwner(of: members.map(\.index))
            }
            if options.bundle.requiresBundle {
                let members = accepted.filter { section in
                    section.intake.kind.isRTP && !options.rewriting.removes(section.intake.description.mediaType)
                }
                receiver.makeFirstOwner(of: members.map(\.index))
            }
        }
    }

    /// Whether there are bundles, or may be after this message. Most calls have none, and need no look at their lines.
    private var mayChangeOwners: Bool {
        switch mode {
        case .answer: sender.hasBundle || receiver.hasBundle
        case .offer: (acceptsBundle && !session.bundledMIDs.isEmpty) || options.bundle.requiresBundle
        }
    }

    /// The sections that the document's `m=` lines with a port are about; it has none for what its sender never saw.
    private func acceptedSections(_ description: SessionDescription) -> [(index: Int, intake: SectionIntake)] {
        var accepted: [(index: Int, intake: SectionIntake)] = []
        var index = 0
        for media in description.media {
            while sender.media.indices.contains(index), sender.media[index].isHidden { index += 1 }
            let intake = SectionIntake(media, session: session)
            if !intake.isRejected { accepted.append((index, intake)) }
            index += 1
        }
        return accepted
    }
}

extension Party {
    /// Some section uses the transport of another one.
    fileprivate var hasBundle: Bool { media.indices.contains { media[$0].bundleOwner != nil } }

    fileprivate mutating func electBundleOwners(among accepted: Set<Int>) {
        for former in Set(media.compactMap(\.bundleOwner)).sorted() where !accepted.contains(former) {
            let members = media.indices.filter { media[$0].bundleOwner == former }
            guard media.indices.contains(former), let owner = members.first(where: accepted.contains) else { continue }
            handOver(from: former, to: owner) { section, former in
                section.takeTransport(of: &former)
                // The old section must not go on with an agent that is another's now.
                former.ice.agent = nil
            }
        }
    }

    /// Makes the first of `members` the owner of the transport that the bundle has, if it has one and this section has
    /// none in the session of its own.
    fileprivate mutating func makeFirstOwner(of members: [Int]) {
        guard let owner = members.first, media.indices.contains(owner) else { return }
        let isOut = media[owner].isRejected || media[owner].portSets.isEmpty
        let running = members.first { index in
            media.indices.contains(index) && !media[index].isRejected && media[index].bundleOwner == nil
                && !media[index].portSets.isEmpty
        }
        guard let former = media[owner].bundleOwner ?? (isOut ? running : nil), former != owner,
            media.indices.contains(former)
        else { return }
        handOver(from: former, to: owner) { section, former in
            section.takeTransport(of: &former)
            // Nothing was said of it while it was out of the session.
            section.ice = former.ice
            section.dtls = former.dtls
            section.learningEndpoint = former.learningEndpoint
            section.learningEpoch = former.learningEpoch
            former.ice = ICEState()
        }
    }

    private mutating func handOver(
        from former: Int, to owner: Int, _ take: (inout PartyMedia, inout PartyMedia) -> Void
    ) {
        var loser = media[former]
        take(&media[owner], &loser)
        media[former] = loser
        for member in media.indices where media[member].bundleOwner == former || member == former {
            media[member].bundleOwner = member == owner ? nil : owner
        }
    }
}

extension PartyMedia {
    /// Takes over the ports of another section, and what runs on them: agent and association go on as they are.
    fileprivate mutating func takeTransport(of former: inout PartyMedia) {
        portSets = former.portSets
        former.portSets = []
        isMuxed = former.isMuxed
        ice.agent = former.ice.agent ?? ice.agent
        ice.local = former.ice.local ?? ice.local
        dtls.localID = former.dtls.localID ?? dtls.localID
        dtls.role = former.dtls.role ?? dtls.role
        dtls.association = former.dtls.association
        // A section that is in the bundle only was given no address of its own.
        if let endpoint, endpoint.port == 0, let shared = former.endpoint {
            self.endpoint = shared
            rtcpEndpoint = former.rtcpEndpoint
            learningEndpoint = former.learningEndpoint
            learningEpoch = former.learningEpoch
        }
    }
}
