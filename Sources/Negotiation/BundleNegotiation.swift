import CallModel
import SDP

/// Bundled sections (RFC 9143, sdp-behaviour §16): several sections of a party over the transport of one of them.
extension Exchange {
    /// Settles whose transport a section uses, at both sides, before its ports are opened.
    mutating func decideBundle(_ intake: SectionIntake, at index: Int) {
        guard intake.kind.isRTP else { return }
        switch mode {
        case .offer:
            decideOfferersBundle(at: index)
            decideOfferedBundle(at: index)
        case .answer:
            // Of a bundle that stands, the answer takes nothing out (RFC 9143 §7.3).
            receiver.media[index].isBundleAnnounced =
                receiver.media[index].isBundleAnnounced || receiver.media[index].bundleOwner != nil
                || isOwner(index, of: receiver)
            // What was offered as one transport stays one only if the answerer says so.
            if let mid = sender.media[index].mid, sender.media[index].isBundleAnnounced,
                session.bundledMIDs.contains(mid)
            {
                sender.media[index].bundleOwner = ownerInGroup(of: sender, at: index)
            }
        }
    }

    /// The offerer's bundle will be answered as one: the relay was told to go along, or does so already since its own
    /// offer or an earlier one.
    var acceptsBundle: Bool {
        guard !options.bundle.policy.contains(.reject) else { return false }
        return options.bundle.policy.contains(.accept) || sender.media.contains(where: \.isBundleAnnounced)
    }

    private mutating func decideOfferersBundle(at index: Int) {
        sender.media[index].bundleOwner = acceptsBundle ? ownerInGroup(of: sender, at: index) : nil
        let isGrouped = sender.media[index].mid.map { session.bundledMIDs.contains($0) } ?? false
        if options.bundle.policy.contains(.reject) || !isGrouped { sender.media[index].isBundleAnnounced = false }
    }

    /// What stands goes on without being asked for again.
    private mutating func decideOfferedBundle(at index: Int) {
        guard options.bundle.policy.isDisjoint(with: [.offer, .require, .strict, .reject]) else {
            receiver.media[index].bundleOwner =
                options.bundle.requiresBundle ? firstWritten(before: index, of: receiver) : agreedOwner(of: index)
            receiver.media[index].isBundleAnnounced = options.bundle.offersBundle
            return
        }
        let isKept = receiver.media[index].bundleOwner.map { isWritten($0) && receiver.media[$0].isBundleAnnounced }
        if !(isKept ?? false) { receiver.media[index].bundleOwner = nil }
    }

    private func isWritten(_ wanted: Int) -> Bool {
        sections.contains { section in
            if case .written(wanted, _, _) = section { true } else { false }
        }
    }

    /// The first section of the group that the sender's document puts this one into; `nil` for that section itself.
    private func ownerInGroup(of party: Party, at index: Int) -> Int? {
        guard let mid = party.media[index].mid, session.bundledMIDs.contains(mid) else { return nil }
        let members = party.media.indices.filter { other in
            guard let mid = party.media[other].mid, session.bundledMIDs.contains(mid) else { return false }
            return other >= index || !party.media[other].isRejected
        }
        guard let owner = members.first, owner < index else { return nil }
        return owner
    }

    /// The section whose transport the receiver has answered to share: later offers say so (RFC 9143 §7.4).
    private func agreedOwner(of index: Int) -> Int? {
        guard options.bundle.offersBundle, receiver.hasAgreed, let owner = receiver.media[index].bundleOwner,
            firstWritten(before: index, of: receiver) == owner
        else { return nil }
        return owner
    }

    private func firstWritten(before index: Int, of party: Party) -> Int? {
        sections.lazy.compactMap { section in
            if case .written(let other, let intake, _) = section, other < index, intake.kind.isRTP {
                other
            } else {
                nil
            }
        }.first
    }

    private func isOwner(_ index: Int, of party: Party) -> Bool {
        party.media.contains { $0.bundleOwner == index }
    }

    /// The `mid`s to stand in `a=group:BUNDLE`; empty where nothing is bundled.
    var bundleGroup: [String] {
        let members = sections.compactMap { section -> Int? in
            if case .written(let index, _, _) = section, receiver.media[index].isBundleAnnounced { index } else { nil }
        }
        // A bundle of which only one section is left is none, unless it was offered as one.
        return members.compactMap { receiver.media[$0].mid }
    }
}
