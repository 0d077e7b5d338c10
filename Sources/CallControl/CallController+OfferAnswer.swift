import Bencode
import CallModel
import Forwarding
import Logging
import NGProtocol
import Negotiation
import NetTypes
import SDP

extension CallController {
    /// `offer`: creates the call where it is unknown, and passes the SDP on. A refused offer leaves nothing behind.
    func offer(_ request: NGRequest, from client: TransportAddress) -> NGReply {
        guard let body = request.sdp else { return .error(.noSDPBody) }
        guard let callID = request.callID else { return .error(.noCallID) }
        guard let fromTag = request.fromTag else { return .error(.noFromTag) }
        if request.options.ice.isFragment { return takeFragment(request, callID, fromTag, body) }
        let description: SessionDescription
        do throws(NGErrorText) {
            description = try parse(body, of: request)
        } catch {
            return refuse(request, error)
        }
        if let unchanged = loopedBody(request, description, body) { return unchanged }
        let tags = DialogueTags(from: fromTag, to: request.toTag, viaBranch: request.viaBranch)
        return registry.withCall(callID) { record in
            let isNew = record == nil
            if isNew, let limit = admit() {
                statistics.noteRejectedCall()
                warn("call refused", ["call.id": "\(callID)", "tag": "\(fromTag)", "limit": "\(limit.rawValue)"])
                return .loadLimit(limit, supported: request.supportsLoadLimit)
            }
            defer { if isNew, record == nil { registry.cancelReservation() } }
            let working = record ?? newRecord(callID, client: client)
            return exchange(request, working, &record) { call, negotiator throws(NegotiationError) in
                let (offerer, answerer) = try call.partiesOfOffer(
                    tags, request.options.parties, nowSeconds: clock.wallSeconds)
                let body = try negotiator.offer(
                    description, from: offerer, to: answerer, in: &call, request.options)
                return (offerer, answerer, body)
            }
        }
    }

    /// What stands against one more call; if nothing does, it is counted.
    private func admit() -> NGReply.LoadLimit? {
        guard registry.reserve(limit: gate.limits.sessions) else { return .sessions }
        let limit = gate.admit()
        if limit != nil { registry.cancelReservation() }
        return limit
    }

    /// `answer`: names the answering party and passes its SDP back to the offerer.
    func answer(_ request: NGRequest) -> NGReply {
        guard let toTag = request.toTag else { return .error(.noToTag) }
        guard let body = request.sdp else { return .error(.noSDPBody) }
        guard let callID = request.callID else { return .error(.noCallID) }
        guard let fromTag = request.fromTag else { return .error(.noFromTag) }
        guard registry.contains(callID) else { return refuse(request, .unknownCallID) }
        let description: SessionDescription
        do throws(NGErrorText) {
            description = try parse(body, of: request)
        } catch {
            return refuse(request, error)
        }
        if let unchanged = loopedBody(request, description, body) { return unchanged }
        let tags = DialogueTags(from: fromTag, to: toTag, viaBranch: request.viaBranch)
        return registry.withCall(callID) { record in
            guard let working = record else { return refuse(request, .unknownCallID) }
            return exchange(request, working, &record) { call, negotiator throws(NegotiationError) in
                let (offerer, answerer) = try call.partiesOfAnswer(
                    tags, to: toTag, request.options.parties, nowSeconds: clock.wallSeconds)
                let body = try negotiator.answer(
                    description, from: answerer, to: offerer, in: &call, request.options)
                return (offerer, answerer, body)
            }
        }
    }

    /// A trickle fragment (RFC 8840 §9): more candidates of a party. One for a party or for credentials that are not
    /// known is not an error, as fragments may overtake their offer or answer; it waits.
    private func takeFragment(_ request: NGRequest, _ callID: String, _ fromTag: String, _ body: [UInt8]) -> NGReply {
        let fragment: SessionDescription
        do throws(SDPError) {
            fragment = try SessionDescription.parseFragment(body)
        } catch {
            return refuse(request, .sdpParseFailed, "\(error)")
        }
        registry.withCall(callID) { record in
            guard var working = record, let party = working.call.party(tag: fromTag),
                working.call.addCandidates(of: fragment, to: party, configuration.rules)
            else {
                let key = WaitingFragments.Key(callID: callID, tag: fromTag)
                return waitingFragments.add(
                    fragment, octets: body.count, of: key, now: clock.monotonicNanoseconds())
            }
            working.installPlans(planDefaults, on: plane)
            record = working
        }
        return .ok()
    }

    /// Octets of the largest reply with an SDP: what a datagram holds, less room for the cookie.
    static let largestReply = 60_000

    /// Runs one negotiation on a copy of the call and keeps the copy only when all went well.
    private func exchange(
        _ request: NGRequest, _ working: CallRecord, _ record: inout CallRecord?,
        _ negotiate: (inout Call, inout Negotiator<PortBroker>) throws(NegotiationError) -> (
            offerer: PartyID, answerer: PartyID, body: [UInt8]
        )
    ) -> NGReply {
        var working = working
        var negotiator = Negotiator(environment: makeBroker())
        do throws(NegotiationError) {
            let (offerer, answerer, body) = try negotiate(&working.call, &negotiator)
            var reply = NGReply.ok(["sdp": .string(body)])
            // A reply that cannot be sent would leave the client without a call and the relay with one.
            guard reply.fits(in: CallController.largestReply) else {
                negotiator.environment.rollBack()
                return refuse(request, .replyTooLarge, "\(body.count) octets of SDP")
            }
            let now = clock.monotonicNanoseconds()
            working.signalNanoseconds = now
            working.call.lastSignalSeconds = clock.wallSeconds
            working.call.metadata = request.options.parties.metadata ?? working.call.metadata
            // A call that is spoken of again is not to be deleted (ng-protocol §3.5); its other branches may be.
            working.deletionNanoseconds = nil
            working.deletionAskedNanoseconds = nil
            working.deletedParties.removeAll { $0.party == offerer || $0.party == answerer }
            for party in [offerer, answerer] where !waitingFragments.isEmpty {
                guard let tag = working.call.tag(of: party) else { continue }
                let key = WaitingFragments.Key(callID: working.call.id, tag: tag)
                waitingFragments.take(key, now: now) {
                    working.call.addCandidates(of: $0, to: party, configuration.rules)
                }
            }
            working.installPlans(planDefaults, on: plane)
            negotiator.environment.commit()
            log(request, &working)
            follow(request, &working, rewritten: body)
            var entries = recordingEntry(working)
            if !entries.isEmpty {
                entries.append("sdp", .string(body))
                reply = .ok(entries)
            }
            if record == nil { statistics.noteCallBegin() }
            record = working
            return reply
        } catch {
            negotiator.environment.rollBack()
            return refuse(request, NGErrorText(error), "\(error)")
        }
    }

    private func newRecord(_ callID: String, client: TransportAddress) -> CallRecord {
        let call = Call(
            id: callID, createdMicroseconds: clock.wallMicroseconds(), client: client, worker: plane.assignWorker(),
            tos: configuration.rules.tos)
        var record = CallRecord(call: call, nowNanoseconds: clock.monotonicNanoseconds())
        record.isCounted = true
        return record
    }

    private func makeBroker() -> PortBroker {
        PortBroker(
            interfaces: configuration.interfaces, rules: configuration.rules, identity: identity,
            certificate: certificates.current, plane: plane, roundRobin: roundRobin)
    }

    private func parse(_ body: [UInt8], of request: NGRequest) throws(NGErrorText) -> SessionDescription {
        // No body at all is a description without media, which clients are told apart from garbage.
        guard !body.isEmpty else { throw .sdpRewriteFailed }
        do throws(SDPError) {
            let description = try SessionDescription.parse(
                body, trailingBlankLines: configuration.rejectsInvalidSDP ? .rejected : .accepted)
            try description.validateForRelay()
            return description
        } catch {
            warn("SDP refused", ["call.id": "\(request.callID ?? "")", "reason": "\(error)"])
            throw error.isIncomplete ? .incompleteSDP : .sdpParseFailed
        }
    }

    /// The body as it came, when it carries our own loop mark and the client asked for protection.
    private func loopedBody(_ request: NGRequest, _ description: SessionDescription, _ body: [UInt8]) -> NGReply? {
        guard request.options.transport.protectsLoops, isLooped(description, mark: identity.loopMark) else {
            return nil
        }
        return .ok(["sdp": .string(body)])
    }

    private func refuse(
        _ request: NGRequest, _ reason: NGErrorText, _ detail: String = ""
    ) -> NGReply {
        warn(
            "request refused",
            [
                "ng.command": "\(request.command.rawValue)", "call.id": "\(request.callID ?? "")",
                "tag": "\(request.fromTag ?? "")", "reason": "\(reason.rawValue)", "detail": "\(detail)",
            ])
        return .error(reason, reason == .sdpRewriteFailed ? ["sdp": ""] : [:])
    }

    private func log(_ request: NGRequest, _ record: inout CallRecord) {
        logger.info("\(request.command.rawValue)", metadata: metadata(of: request, callID: record.call.id))
        logUnsupported(request, &record)
    }

    /// What names the call and the parties of a request in the log.
    func metadata(of request: NGRequest, callID: String) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["call.id": .string(callID), "tag": .string(request.fromTag ?? "")]
        if let toTag = request.toTag { metadata["to.tag"] = .string(toTag) }
        return metadata
    }

    /// Names options without effect, each once for a call.
    func logUnsupported(_ request: NGRequest, _ record: inout CallRecord) {
        let options = request.options
        guard !options.unsupported.isEmpty || !options.unknown.isEmpty else { return }
        let metadata: Logger.Metadata = ["call.id": "\(record.call.id)", "tag": "\(request.fromTag ?? "")"]
        for word in options.unsupported where record.startsLogging(word) {
            logger.warning("option has no effect yet", metadata: metadata.merging(["option": "\(word)"]) { $1 })
        }
        for word in options.unknown where record.startsLogging(word) {
            logger.info("option is unknown", metadata: metadata.merging(["option": "\(word)"]) { $1 })
        }
    }
}

extension NGErrorText {
    /// What a client is told of a failed negotiation.
    init(_ error: NegotiationError) {
        switch error {
        case .incompleteDescription: self = .incompleteSDP
        case .nothingToRewrite: self = .sdpRewriteFailed
        case .invalidDialogueAssociation, .tooManyParties: self = .invalidDialogue
        // Clients try another relay on this very text, which is right for every lack of ports.
        case .noInterface, .ports: self = .outOfPorts
        }
    }
}
