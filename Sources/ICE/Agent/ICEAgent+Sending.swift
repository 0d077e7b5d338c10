internal import NetTypes
internal import STUN

extension ICEAgent {
    /// Writes the next datagram at the start of `buffer`, which has room for ``ICELimits/transmittedBytes``; `nil` when
    /// there is none. To be called until then after every mutating call.
    public mutating func nextTransmit(into buffer: UnsafeMutableRawBufferPointer) -> ICETransmit? {
        while let output = outputs.popFirst() {
            guard let count = write(output, into: buffer) else { continue }
            return ICETransmit(local: output.local, destination: output.destination, count: count)
        }
        return nil
    }

    /// The number of bytes written; `nil` when the datagram must not go out.
    private mutating func write(_ output: Outgoing, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        let generation: CredentialGeneration?
        switch output.generation {
        case nil: generation = nil
        case credentials.number: generation = credentials
        case retiredCredentials?.number: generation = retiredCredentials
        // Its credentials were given up before it was fetched.
        default: return nil
        }
        switch output.content {
        case .success(let requestByteCount):
            let count = writeSuccess(output, generation, requestByteCount, into: buffer)
            return bounded(count, by: requestByteCount, counting: \.requestsAnswered)
        case .error(let code, let unknown, let requestByteCount):
            let count = writeError(output, code, unknown, generation, into: buffer)
            return bounded(count, by: requestByteCount, counting: \.errorsSent)
        case .check(let role, let tieBreaker, let priority, let usesCandidate):
            guard let generation, let key = generation.remoteKey, let remote = generation.remote else { return nil }
            var builder = STUNMessageBuilder(
                STUNMessageType(.binding, .request), output.transactionID, into: buffer)
            builder.addUsername(
                receiver: remote.usernameFragment.utf8, sender: generation.local.usernameFragment.utf8)
            builder.addPriority(priority)
            switch role {
            case .controlling: builder.addICEControlling(tieBreaker: tieBreaker)
            case .controlled: builder.addICEControlled(tieBreaker: tieBreaker)
            }
            if usesCandidate { builder.addUseCandidate() }
            if !software.isEmpty { builder.addSoftware(software) }
            builder.addIntegrity(key)
            builder.addFingerprint()
            return builder.finish()
        case .indication:
            var builder = STUNMessageBuilder(
                STUNMessageType(.binding, .indication), output.transactionID, into: buffer)
            builder.addFingerprint()
            return builder.finish()
        }
    }

    /// Never more bytes than came: the relay must not amplify what a forged source makes it send.
    private mutating func bounded(
        _ count: Int?, by requestByteCount: Int, counting counter: WritableKeyPath<ICECounters, UInt64>
    ) -> Int? {
        guard let count, count <= requestByteCount else {
            counters.answersWithheld += 1
            return nil
        }
        counters[keyPath: counter] += 1
        return count
    }

    private func writeSuccess(
        _ output: Outgoing, _ generation: CredentialGeneration?, _ requestByteCount: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) -> Int? {
        guard let generation else { return nil }
        var builder = STUNMessageBuilder(
            STUNMessageType(.binding, .successResponse), output.transactionID, into: buffer)
        builder.addXORMappedAddress(output.destination)
        // Header, the address, MESSAGE-INTEGRITY and FINGERPRINT take their octets first.
        let family = output.destination.address.family
        let room = requestByteCount - 20 - (family == .ipv4 ? 12 : 24) - 24 - 8
        if !software.isEmpty, 4 + (software.count + 3) / 4 * 4 <= room { builder.addSoftware(software) }
        builder.addIntegrity(generation.localKey)
        builder.addFingerprint()
        return builder.finish()
    }

    private func writeError(
        _ output: Outgoing, _ code: STUNErrorCode, _ unknown: STUNUnknownAttributes,
        _ generation: CredentialGeneration?, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int? {
        var builder = STUNMessageBuilder(
            STUNMessageType(.binding, .errorResponse), output.transactionID, into: buffer)
        builder.addErrorCode(code)
        if code == .unknownAttribute { builder.addUnknownAttributes(unknown) }
        // Without credentials that both know there is no integrity either (RFC 8489 §9.1.3).
        if let generation { builder.addIntegrity(generation.localKey) }
        builder.addFingerprint()
        return builder.finish()
    }
}
