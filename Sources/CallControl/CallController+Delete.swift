import Bencode
import CallModel
import Forwarding
import Logging
import NGProtocol
import Negotiation
import NetTypes

extension CallController {
    /// `delete`: ends a call or a branch of it, now or after the delete delay, and reports its statistics (ng-protocol
    /// §3.5).
    func delete(_ request: NGRequest) -> NGReply {
        guard let callID = request.callID else { return .error(.noCallID) }
        return registry.withCall(callID) { record in
            guard let scope = record.flatMap({ scope(of: request, in: $0.call) }), var working = record.take() else {
                if request.options.deletion.isFatal { return .error(.callOrTagsNotFound) }
                return .ok(["warning": .text(NGErrorText.callOrTagsNotFound.rawValue)])
            }
            if let metadata = request.options.parties.metadata { working.call.metadata = metadata }
            if request.options.recording.discards, working.isRecording != nil {
                recorder?.stopRecording(RecordedCall(working), discards: true)
                working.isRecording = false
            }
            logger.info("delete", metadata: metadata(of: request, callID: callID))
            let tag = request.options.deletion.honoursToTag ? request.toTag ?? request.fromTag : request.fromTag
            var report =
                request.options.deletion.isFast
                ? nil : reply(on: working.call, shown: parties(shownFor: tag, in: working.call))
            report?.isRecording = working.isRecording
            let delay = request.options.deletion.delaySeconds ?? timeouts.deleteDelay
            if delay > 0 {
                schedule(scope, in: &working, seconds: delay)
                record = working
            } else {
                report?.closed = closedNow(scope, in: working)
                record = remove(scope, from: working, report?.readings)
            }
            return .ok(report?.dictionary() ?? [:])
        }
    }

    /// What a deletion is about.
    enum DeletionScope {
        case call
        case party(PartyID)
    }

    /// What `request` selects; `nil` when its tags match nothing.
    private func scope(of request: NGRequest, in call: Call) -> DeletionScope? {
        let honouredToTag = request.options.deletion.honoursToTag ? request.toTag : nil
        guard request.fromTag != nil || honouredToTag != nil else { return .call }
        if let branch = request.viaBranch, let party = call.party(viaBranch: branch) { return .party(party) }
        if let toTag = honouredToTag {
            if let party = call.party(tag: toTag) { return .party(party) }
            // A to-tag that no answer has told us of means the party that is still without a tag.
            guard let from = request.fromTag.flatMap(call.party(tag:)), let peer = call[from]?.peer,
                call[peer]?.tag == nil
            else { return nil }
            return .party(peer)
        }
        return request.fromTag.flatMap(call.party(tag:)).map { .party($0) }
    }

    private func schedule(_ scope: DeletionScope, in record: inout CallRecord, seconds: Int) {
        let due = clock.monotonicNanoseconds() &+ UInt64(clamping: seconds) &* 1_000_000_000
        record.judged = nil
        switch scope {
        case .party(let id) where !isWholeCall(id, record.call):
            if let known = record.deletedParties.firstIndex(where: { $0.party == id }) {
                record.deletedParties[known].nanoseconds = min(record.deletedParties[known].nanoseconds, due)
            } else {
                record.deletedParties.append(CallRecord.PartyDeletion(party: id, nanoseconds: due))
            }
        default:
            // A later request may bring the end forward, not put it off.
            record.deletionNanoseconds = min(record.deletionNanoseconds ?? due, due)
            record.deletionAskedNanoseconds = record.deletionAskedNanoseconds ?? clock.monotonicNanoseconds()
        }
    }

    /// Whether nobody would be left without this party and those who hang on it.
    private func isWholeCall(_ id: PartyID, _ call: Call) -> Bool {
        call.parties(goingWith: id).count == call.parties.count
    }

    /// Parties whose sockets a deletion closes before its reply is made: the one selected, and those it takes along
    /// unless they were waiting for their end already.
    private func closedNow(_ scope: DeletionScope, in record: CallRecord) -> Set<PartyID> {
        switch scope {
        case .call: return []
        case .party(let id):
            guard record.deletionNanoseconds == nil else { return [id] }
            return Set(record.call.parties(goingWith: id))
        }
    }

    /// The record without what `scope` names; `nil` when nobody is left.
    ///
    /// - Parameter readings: what the ports of the call have seen, where that was read just now.
    func remove(
        _ scope: DeletionScope, from record: consuming CallRecord, _ readings: PortReadings? = nil
    ) -> CallRecord? {
        if case .party(let id) = scope, !isWholeCall(id, record.call) {
            let removed = record.call.remove(id)
            plane.release(removed.flatMap(\.ports))
            record.installPlans(planDefaults, on: plane)
            return record
        }
        finish(record, .regular, now: clock.monotonicNanoseconds(), readings)
        return nil
    }
}
