internal import NetTypes

extension STUNMessage {
    /// Walks the attributes once.
    mutating func readAttributes() throws(STUNError) {
        var offset = STUNHeader.byteCount
        while offset < bytes.count {
            guard fingerprintOffset == nil else { throw .attributeAfterFingerprint }
            // The length is a multiple of four and so is the offset: four bytes are left.
            let type = STUNAttributeType(rawValue: bytes.uint16(at: offset))
            let count = Int(bytes.uint16(at: offset + 2))
            let start = offset + STUNHeader.attributeHeaderByteCount
            let end = start + (count + 3) & ~3
            guard end <= bytes.count else { throw .attributeOverrun(offset: offset) }
            if isCovered(type) {
                guard read(type, bytes.slice(at: start, count: count), at: offset) else {
                    throw .malformedAttribute(type)
                }
            }
            offset = end
        }
    }

    /// Whether an attribute that comes next counts (RFC 8489 §14.5, §14.6).
    private func isCovered(_ type: STUNAttributeType) -> Bool {
        if type == .fingerprint { return true }
        if messageIntegritySHA256 != nil { return false }
        return integrityOffset == nil || type == .messageIntegritySHA256
    }

    /// Takes one value; `false` when its definition does not allow it.
    private mutating func read(_ type: STUNAttributeType, _ value: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        switch type {
        case .username:
            guard value.count < 514 else { return false }
            username = username ?? value
        case .software:
            // RFC 8489 §14.14 allows fewer than 763 bytes; nothing depends on it here, so longer ones pass.
            software = software ?? value
        case .mappedAddress:
            guard let address = value.mappedAddress() else { return false }
            mappedAddress = mappedAddress ?? address
        case .xorMappedAddress:
            guard let address = value.mappedAddress(xoredWith: transactionID) else { return false }
            xorMappedAddress = xorMappedAddress ?? address
        case .errorCode:
            return readErrorCode(value)
        case .unknownAttributes:
            return readUnknownAttributes(value)
        case .messageIntegrity, .messageIntegritySHA256, .fingerprint:
            return readIntegrity(type, value, at: offset)
        case .priority, .useCandidate, .iceControlling, .iceControlled:
            return readICE(type, value)
        case .realm, .nonce:
            // Of long-term credentials, which nothing here uses; known, so no reason to refuse the message.
            break
        default:
            if type.isComprehensionRequired { unknownRequiredAttributes.append(type) }
        }
        return true
    }

    private mutating func readErrorCode(_ value: UnsafeRawBufferPointer) -> Bool {
        guard value.count >= 4 else { return false }
        let hundreds = UInt16(value[2] & 7)
        guard (3...6).contains(hundreds), value[3] < 100 else { return false }
        if errorCode == nil {
            errorCode = STUNErrorCode(rawValue: hundreds * 100 + UInt16(value[3]))
            reasonPhrase = value.slice(at: 4, count: value.count - 4)
        }
        return true
    }

    private mutating func readUnknownAttributes(_ value: UnsafeRawBufferPointer) -> Bool {
        guard value.count & 1 == 0 else { return false }
        guard unknownAttributes == nil else { return true }
        var list = STUNUnknownAttributes()
        for position in 0..<min(value.count / 2, STUNUnknownAttributes.capacity) {
            list.append(STUNAttributeType(rawValue: value.uint16(at: position * 2)))
        }
        unknownAttributes = list
        return true
    }

    private mutating func readIntegrity(
        _ type: STUNAttributeType, _ value: UnsafeRawBufferPointer, at offset: Int
    ) -> Bool {
        switch type {
        case .messageIntegrity:
            guard value.count == SHA1Digest.byteCount else { return false }
            integrityOffset = offset
        case .messageIntegritySHA256:
            guard (16...32).contains(value.count), value.count & 3 == 0 else { return false }
            messageIntegritySHA256 = value
        default:
            guard value.count == 4 else { return false }
            fingerprintOffset = offset
        }
        return true
    }

    private mutating func readICE(_ type: STUNAttributeType, _ value: UnsafeRawBufferPointer) -> Bool {
        switch type {
        case .priority:
            guard value.count == 4 else { return false }
            priority = priority ?? value.uint32(at: 0)
        case .useCandidate:
            guard value.isEmpty else { return false }
            hasUseCandidate = true
        case .iceControlling:
            guard value.count == 8 else { return false }
            iceControlling = iceControlling ?? value.uint64(at: 0)
        default:
            guard value.count == 8 else { return false }
            iceControlled = iceControlled ?? value.uint64(at: 0)
        }
        return true
    }
}

extension UnsafeRawBufferPointer {
    /// The value of MAPPED-ADDRESS (RFC 8489 §14.1).
    fileprivate func mappedAddress() -> TransportAddress? {
        guard count >= 8 else { return nil }
        switch (self[1], count) {
        case (1, 8): return TransportAddress(IPAddress(ipv4: uint32(at: 4)), uint16(at: 2))
        case (2, 20):
            return TransportAddress(IPAddress(ipv6High: uint64(at: 4), low: uint64(at: 12)), uint16(at: 2))
        default: return nil
        }
    }

    /// The value of XOR-MAPPED-ADDRESS (RFC 8489 §14.2).
    fileprivate func mappedAddress(xoredWith transactionID: STUNTransactionID) -> TransportAddress? {
        mappedAddress()?.xored(with: transactionID)
    }
}
