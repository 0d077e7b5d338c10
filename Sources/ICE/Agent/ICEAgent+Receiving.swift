public import NetTypes
internal import STUN

extension ICEAgent {
    /// Takes a STUN datagram that arrived on the socket of local candidate `local`; for telling STUN apart see
    /// ``STUN/STUNMessage/isLikely(_:)``. `bytes` are not kept.
    @discardableResult
    public mutating func receive(
        _ bytes: UnsafeRawBufferPointer, onLocal local: Int, from source: TransportAddress, now: UInt64
    ) -> ICEReceipt {
        let now = advanceClock(to: now)
        let receipt = process(bytes, local, source, now: now)
        if case .rejected(let reason) = receipt { counters[reason] += 1 }
        advance(now: now)
        return receipt
    }

    private mutating func process(
        _ bytes: UnsafeRawBufferPointer, _ local: Int, _ source: TransportAddress, now: UInt64
    ) -> ICEReceipt {
        guard bytes.count <= ICELimits.receivedBytes else { return .rejected(.oversized) }
        guard isUsable(local, with: source) else { return .rejected(.unknownLocalCandidate) }
        guard source.canBePeer else { return .rejected(.unusableSource) }
        guard let message = try? STUNMessage(bytes) else { return .rejected(.malformed) }
        guard message.type.method == .binding else { return .rejected(.unsupportedMethod) }
        guard !message.hasFingerprint || message.hasValidFingerprint else { return .rejected(.wrongFingerprint) }
        switch message.type.messageClass {
        case .request: return receiveRequest(message, local, source, now: now)
        case .successResponse, .errorResponse: return receiveResponse(message, local, source, now: now)
        // A keepalive (RFC 8445 §11), which nobody answers.
        case .indication: return .accepted
        }
    }

    /// RFC 8445 §7.3, RFC 8489 §9.1.3
    private mutating func receiveRequest(
        _ message: STUNMessage, _ local: Int, _ source: TransportAddress, now: UInt64
    ) -> ICEReceipt {
        guard message.hasIntegrity, let username = message.username else {
            refuseStranger(message, .badRequest, local, source, now: now)
            return .rejected(.missingCredentials)
        }
        let isCurrent = credentials.isAddressed(by: username)
        guard let generation = isCurrent ? credentials : retiredCredentials, generation.isAddressed(by: username) else {
            refuseStranger(message, .unauthenticated, local, source, now: now)
            return .rejected(.wrongUsername)
        }
        guard message.isAuthentic(generation.localKey) else {
            refuseStranger(message, .unauthenticated, local, source, now: now)
            return .rejected(.wrongIntegrity)
        }
        guard message.unknownRequiredAttributes.isEmpty else {
            refuse(message, .unknownAttribute, local, source, generation.number)
            return .rejected(.unknownAttribute)
        }
        if isCurrent {
            guard !isTooEarly(username, local, source) else { return .rejected(.unsignalledPeer) }
            if credentials.isSigned(username) { hasHeardSignalledPeer = true }
        }
        if isCurrent, mode == .full, !isRemoteLite, !resolveRoles(message, now: now) {
            refuse(message, .roleConflict, local, source, generation.number)
            return .rejected(.roleConflict)
        }
        send(
            Outgoing(
                content: .success(requestByteCount: message.bytes.count), local: local, destination: source,
                transactionID: message.transactionID, generation: generation.number))
        // Checks from before a restart keep the old pair alive and have no other effect.
        if isCurrent {
            let check = EarlyCheck(
                local: local, source: source, priority: message.priority, usesCandidate: message.hasUseCandidate)
            learn(check, now: now)
        }
        return .accepted
    }

    /// Whether a request comes from a peer that has restarted and whose new credentials have not been signalled yet: from
    /// a new socket, under its new fragment, with our old one.
    ///
    /// Such a request is not answered. libwebrtc would take the answer for success and use the pair; once it has our new
    /// credentials it makes no other pair of the same two addresses, and refuses our checks of this one. Unanswered, it
    /// stays on its old pair until then. Who uses another fragment from the start is let in.
    private func isTooEarly(_ username: UnsafeRawBufferPointer, _ local: Int, _ source: TransportAddress) -> Bool {
        hasHeardSignalledPeer && !credentials.isSigned(username) && list.index(local: local, remote: source) == nil
    }

    /// RFC 8445 §7.3.1.1: gives in to the larger tie-breaker; `false` when the peer has to.
    private mutating func resolveRoles(_ message: STUNMessage, now: UInt64) -> Bool {
        switch role {
        case .controlling:
            guard let theirs = message.iceControlling else { return true }
            guard tieBreaker < theirs else { return false }
        case .controlled:
            guard let theirs = message.iceControlled else { return true }
            guard tieBreaker >= theirs else { return false }
        }
        switchRole(now: now)
        return true
    }

    private mutating func refuse(
        _ message: STUNMessage, _ code: STUNErrorCode, _ local: Int, _ source: TransportAddress, _ generation: UInt32?
    ) {
        let content = Outgoing.Content.error(
            code, message.unknownRequiredAttributes, requestByteCount: message.bytes.count)
        send(
            Outgoing(
                content: content, local: local, destination: source, transactionID: message.transactionID,
                generation: generation))
    }

    /// Strangers, who may have forged their address, are told little and rarely.
    private mutating func refuseStranger(
        _ message: STUNMessage, _ code: STUNErrorCode, _ local: Int, _ source: TransportAddress, now: UInt64
    ) {
        guard budget.take(now: now) else {
            counters.answersWithheld += 1
            return
        }
        refuse(message, code, local, source, nil)
    }

    /// RFC 8445 §7.2.5. Unauthenticated errors count as noise, too, so that nobody off the path can end a check.
    private mutating func receiveResponse(
        _ message: STUNMessage, _ local: Int, _ source: TransportAddress, now: UInt64
    ) -> ICEReceipt {
        if let index = list.index(awaiting: message.transactionID) {
            if let code = message.errorCode { counters.lastErrorCode = code.rawValue }
            guard let key = credentials.remoteKey, message.isAuthentic(key) else { return .rejected(.wrongIntegrity) }
            guard message.unknownRequiredAttributes.isEmpty else { return .rejected(.unknownAttribute) }
            guard list[index].local == local, list[index].remote == source else {
                if !list[index].isValid { list[index].fail() }
                return .rejected(.asymmetricResponse)
            }
            counters.responsesAccepted += 1
            if message.type.messageClass == .successResponse {
                checkSucceeded(index, message.transactionID, now: now)
            } else {
                checkRefused(index, message.transactionID, message.errorCode, now: now)
            }
            return .accepted
        }
        for component in components {
            guard let pair = retained[component], pair.consent?.transactionID == message.transactionID else { continue }
            guard let key = retiredCredentials?.remoteKey, message.isAuthentic(key) else {
                return .rejected(.wrongIntegrity)
            }
            guard pair.local == local, pair.remote == source else { return .rejected(.asymmetricResponse) }
            counters.responsesAccepted += 1
            if message.type.messageClass == .successResponse { retained[component]?.consent?.renew(now: now) }
            return .accepted
        }
        return .rejected(.unmatchedResponse)
    }
}
