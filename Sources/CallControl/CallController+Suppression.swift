import CallModel
import Forwarding
import Logging
import NGProtocol
import Negotiation
import NetTypes

extension CallController {
    /// `block media`, `silence media`, `block DTMF` and their opposites (ng-protocol §4.8…§4.10).
    func keepBack(_ kind: MediaSuppression, _ request: NGRequest, begins: Bool) -> NGReply {
        guard let callID = request.callID else { return .error(.noCallID) }
        return registry.withCall(callID) { record in
            guard var working = record else { return .error(.unknownCallIDForMedia) }
            do throws(NGErrorText) {
                let party = try selectedParty(request, in: working.call)
                let scope = try scope(of: kind, request, from: party, in: working.call)
                if let party, let label = request.options.parties.setLabel { working.call.setLabel(label, of: party) }
                working.call.suppress(kind, scope, begins: begins)
            } catch {
                return .error(error)
            }
            logger.info("\(request.command.rawValue)", metadata: metadata(of: request, callID: callID))
            logUnsupported(request, &working)
            working.installPlans(planDefaults, on: plane)
            record = working
            return .ok()
        }
    }

    /// The party that a media command is about; `nil` for the whole call.
    private func selectedParty(_ request: NGRequest, in call: Call) throws(NGErrorText) -> PartyID? {
        let options = request.options.parties
        if options.selectsAll { return nil }
        if let label = options.label {
            guard let party = call.parties.first(where: { $0.label == label }) else { throw .noSuchLabel }
            return party.id
        }
        if options.isAddressUnreadable { throw .addressParseFailed }
        if let address = options.address {
            let party = call.parties.first { party in party.media.contains { $0.endpoint?.address == address } }
            guard let party else { throw .addressNotMatched }
            return party.id
        }
        guard let tag = request.fromTag, request.honoursFromTag else { return nil }
        guard let party = call.party(tag: tag) else { throw .noSuchFromTag }
        return party
    }

    /// What of the selected party's media is meant.
    private func scope(
        of kind: MediaSuppression, _ request: NGRequest, from party: PartyID?, in call: Call
    ) throws(NGErrorText) -> Call.SuppressionScope {
        let options = request.options.parties
        guard let party else { return options.selectsAll ? .everything : .call }
        guard kind != .events else { return .party(party) }
        var other: PartyID?
        if let tag = request.toTag {
            guard let known = call.party(tag: tag) else { throw .flowToTagNotFound }
            other = known
        } else if let label = options.toLabel {
            guard let known = call.parties.first(where: { $0.label == label }) else { throw .flowToLabelNotFound }
            other = known.id
        }
        let peer = call[party]?.peer
        if let other {
            guard other == peer else { throw .flowNotSubscribed }
            return .flows(from: party, to: [other])
        }
        switch options.flows {
        case nil: return .party(party)
        case .dialogue:
            guard let peer else { throw .noEligibleSubscriptions }
            return .flows(from: party, to: [peer])
        case .subscriptions: throw .noEligibleSubscriptions
        }
    }
}

extension NGRequest {
    /// Blocking goes by from-tag only where `directional` says so; clients send it with every command.
    fileprivate var honoursFromTag: Bool {
        switch command {
        case .silenceMedia, .unsilenceMedia: true
        default: options.parties.isDirectional
        }
    }
}
