import Bencode
import CallModel
public import Forwarding
import Logging
import NGProtocol
import Negotiation

extension CallController {
    /// `start recording`: always the whole call (ng-protocol §4.7). Without a directory it succeeds and records
    /// nothing.
    func startRecording(_ request: NGRequest) -> NGReply {
        withRecord(request) { record in
            begin(&record, request, [])
        }
    }

    /// `pause recording`
    func pauseRecording(_ request: NGRequest) -> NGReply {
        withRecord(request) { record in
            pause(&record)
            return nil
        }
    }

    /// `stop recording`; with `pause`, the recording can be taken up again.
    func stopRecording(_ request: NGRequest) -> NGReply {
        withRecord(request) { record in
            let options = request.options.recording
            if options.pauses { pause(&record) } else { end(&record, discards: options.discards) }
            return nil
        }
    }

    private func withRecord(_ request: NGRequest, _ body: (inout CallRecord) -> NGErrorText?) -> NGReply {
        guard let callID = request.callID else { return .error(.noCallID) }
        return registry.withCall(callID) { record in
            guard var working = record else { return .error(.unknownCallID) }
            if let metadata = request.options.parties.metadata { working.call.metadata = metadata }
            let failure = body(&working)
            logUnsupported(request, &working)
            record = working
            return failure.map { .error($0) } ?? .ok()
        }
    }

    /// Begins or resumes a recording; a text for the client when there will be none.
    private func begin(
        _ record: inout CallRecord, _ request: NGRequest, _ descriptions: [SignalledDescription]
    ) -> NGErrorText? {
        guard let recorder else { return nil }
        var wish = RecordingWish()
        wish.file = request.options.recording.file
        wish.directory = request.options.recording.directory
        do throws(RecordingRefusal) {
            try recorder.startRecording(RecordedCall(record), wish, descriptions)
            record.isRecording = true
            return nil
        } catch {
            return .recordingUnavailable
        }
    }

    private func pause(_ record: inout CallRecord) {
        guard record.isRecording != nil else { return }
        recorder?.pauseRecording(record.call.id)
        record.isRecording = false
    }

    private func end(_ record: inout CallRecord, discards: Bool) {
        guard record.isRecording != nil else { return }
        recorder?.stopRecording(RecordedCall(record), discards: discards)
        record.isRecording = false
    }

    /// Carries out what an offer or answer says about recording, and tells everybody who follows the call of it.
    func follow(_ request: NGRequest, _ record: inout CallRecord, rewritten body: [UInt8]) {
        let entries = entries(of: request, rewritten: body)
        // Only who looks at the call needs the texts.
        let isFollowed = request.options.media.records == .on || followers.contains { $0.follows(record.call.id) }
        guard isFollowed || request.options.media.records != nil else {
            return record.signalled.add(entries, limit: configuration.keptSignalling)
        }
        let descriptions = isFollowed ? entries.map(\.described) : []
        let wasFollowed = recorder?.follows(record.call.id) ?? false
        switch request.options.media.records {
        // An offer or answer is carried out though it cannot be recorded; the log says so.
        case .on: _ = begin(&record, request, wasFollowed ? [] : descriptions)
        case .off: end(&record, discards: false)
        case .discard: end(&record, discards: true)
        case nil: break
        }
        record.signalled.add(entries, limit: configuration.keptSignalling)
        for follower in followers where follower.follows(record.call.id) {
            // A recording that this message began has the documents already.
            let isNew = !wasFollowed && request.options.media.records == .on && follower is any CallRecorder
            follower.callChanged(RecordedCall(record), isNew ? [] : descriptions)
        }
    }

    private func entries(of request: NGRequest, rewritten body: [UInt8]) -> [SignalledHistory.Entry] {
        let needed = configuration.keptSignalling > 0 || !followers.isEmpty
        guard needed, let received = request.sdp else { return [] }
        let now = clock.wallMicroseconds()
        func entry(_ sdp: [UInt8], isRewritten: Bool) -> SignalledHistory.Entry {
            SignalledHistory.Entry(
                description: SignalledDescription(
                    microseconds: now, isAnswer: request.command == .answer, isRewritten: isRewritten,
                    fromTag: request.fromTag, toTag: request.toTag, sdp: sdp))
        }
        var entries = [entry(received, isRewritten: false), entry(body, isRewritten: true)]
        entries[0].request.reserveCapacity(request.dictionary.encodedCount - received.count)
        request.dictionary.encode(into: &entries[0].request, without: "sdp")
        return entries
    }

    /// The entry of a reply that names the files being written.
    func recordingEntry(_ record: CallRecord) -> BencodeDictionary {
        let files = recorder?.recordingFiles(record.call.id) ?? []
        return files.isEmpty ? [:] : ["recordings": .list(files.map(BencodeValue.text))]
    }

    /// Tells everybody who follows a call that it ends.
    func endFollowing(_ record: CallRecord) {
        for follower in followers where follower.follows(record.call.id) {
            follower.callEnded(RecordedCall(record))
        }
    }

    /// Hands what is known of a call to `body`, in sequence with everything else that happens to the call; `nil` when
    /// there is no such call. For captures of live calls.
    public func withRecordedCall<Value: Sendable>(
        _ callID: String, _ body: (RecordedCall, [SignalledDescription]) -> Value
    ) -> Value? {
        registry.withCall(callID) { record in
            record.map { body(RecordedCall($0), $0.signalled.descriptions) }
        }
    }
}
