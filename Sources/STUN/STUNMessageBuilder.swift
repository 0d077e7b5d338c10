public import NetTypes
internal import Wire

/// Writes one message into a buffer of the caller, attribute by attribute, without allocation.
///
/// What does not fit is noticed and makes ``finish()`` return `nil`; nothing is written beyond the buffer. The order
/// is the caller's business: ``addIntegrity(_:)`` and then ``addFingerprint()`` come last (RFC 8489 §14.5, §14.7).
public struct STUNMessageBuilder: ~Copyable {
    private let buffer: UnsafeMutableRawBufferPointer
    private let transactionID: STUNTransactionID
    private var count: Int
    private var hasOverflowed: Bool

    /// Begins with the header.
    public init(_ type: STUNMessageType, _ transactionID: STUNTransactionID, into buffer: UnsafeMutableRawBufferPointer)
    {
        self.buffer = buffer
        self.transactionID = transactionID
        count = 0
        hasOverflowed = buffer.count < STUNHeader.byteCount
        guard !hasOverflowed else { return }
        count = STUNHeader.byteCount
        store(type.bits, at: 0)
        store(UInt16(0), at: STUNHeader.lengthOffset)
        store(STUNHeader.cookie, at: STUNHeader.cookieOffset)
        store(transactionID.high, at: STUNHeader.transactionIDOffset)
        store(transactionID.low, at: STUNHeader.transactionIDOffset + 4)
    }

    /// The number of bytes of the message; `nil` when the buffer was too small.
    public consuming func finish() -> Int? { hasOverflowed ? nil : count }

    /// USERNAME, as `receiver:sender` (RFC 8445 §7.2.2).
    public mutating func addUsername(receiver: some Collection<UInt8>, sender: some Collection<UInt8>) {
        guard let offset = reserve(.username, receiver.count + 1 + sender.count) else { return }
        copy(receiver, to: offset)
        store(UInt8(ascii: ":"), at: offset + receiver.count)
        copy(sender, to: offset + receiver.count + 1)
    }

    /// SOFTWARE
    public mutating func addSoftware(_ text: some Collection<UInt8>) {
        guard let offset = reserve(.software, text.count) else { return }
        copy(text, to: offset)
    }

    /// MAPPED-ADDRESS
    public mutating func addMappedAddress(_ address: TransportAddress) {
        add(.mappedAddress, address)
    }

    /// XOR-MAPPED-ADDRESS
    public mutating func addXORMappedAddress(_ address: TransportAddress) {
        add(.xorMappedAddress, address.xored(with: transactionID))
    }

    /// ERROR-CODE with its own reason phrase.
    public mutating func addErrorCode(_ code: STUNErrorCode) {
        let phrase = code.reasonPhrase
        guard let offset = reserve(.errorCode, 4 + phrase.utf8CodeUnitCount) else { return }
        store(UInt32(code.rawValue / 100) << 8 | UInt32(code.rawValue % 100), at: offset)
        copy(UnsafeBufferPointer(start: phrase.utf8Start, count: phrase.utf8CodeUnitCount), to: offset + 4)
    }

    /// UNKNOWN-ATTRIBUTES
    public mutating func addUnknownAttributes(_ types: STUNUnknownAttributes) {
        guard let offset = reserve(.unknownAttributes, types.count * 2) else { return }
        for position in 0..<types.count {
            store(types[position]?.rawValue ?? 0, at: offset + position * 2)
        }
    }

    /// PRIORITY
    public mutating func addPriority(_ priority: UInt32) {
        guard let offset = reserve(.priority, 4) else { return }
        store(priority, at: offset)
    }

    /// USE-CANDIDATE
    public mutating func addUseCandidate() {
        _ = reserve(.useCandidate, 0)
    }

    /// ICE-CONTROLLING
    public mutating func addICEControlling(tieBreaker: UInt64) {
        guard let offset = reserve(.iceControlling, 8) else { return }
        store(tieBreaker, at: offset)
    }

    /// ICE-CONTROLLED
    public mutating func addICEControlled(tieBreaker: UInt64) {
        guard let offset = reserve(.iceControlled, 8) else { return }
        store(tieBreaker, at: offset)
    }

    /// MESSAGE-INTEGRITY over everything so far.
    public mutating func addIntegrity(_ key: borrowing HMACSHA1) {
        let start = count
        guard let offset = reserve(.messageIntegrity, SHA1Digest.byteCount) else { return }
        key.integrityCode(of: UnsafeRawBufferPointer(buffer), integrityOffset: start)
            .write(to: UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]))
    }

    /// FINGERPRINT over everything so far.
    public mutating func addFingerprint() {
        let start = count
        guard let offset = reserve(.fingerprint, 4) else { return }
        store(
            CRC32.checksum(UnsafeRawBufferPointer(rebasing: buffer[..<start])) ^ STUNHeader.fingerprintMask, at: offset)
    }

    private mutating func add(_ type: STUNAttributeType, _ address: TransportAddress) {
        switch address.address.family {
        case .ipv4:
            guard let offset = reserve(type, 8) else { return }
            store(UInt16(1), at: offset)
            store(address.port, at: offset + 2)
            store(UInt32(truncatingIfNeeded: address.address.low), at: offset + 4)
        case .ipv6:
            guard let offset = reserve(type, 20) else { return }
            store(UInt16(2), at: offset)
            store(address.port, at: offset + 2)
            store(address.address.high, at: offset + 4)
            store(address.address.low, at: offset + 12)
        }
    }

    /// Writes the attribute's header and padding and brings the length field up to date; where the value goes.
    private mutating func reserve(_ type: STUNAttributeType, _ valueCount: Int) -> Int? {
        let offset = count + STUNHeader.attributeHeaderByteCount
        let end = offset + (valueCount + 3) & ~3
        guard !hasOverflowed, valueCount <= Int(UInt16.max), end <= buffer.count,
            let length = UInt16(exactly: end - STUNHeader.byteCount)
        else {
            hasOverflowed = true
            return nil
        }
        store(type.rawValue, at: count)
        store(UInt16(truncatingIfNeeded: valueCount), at: count + 2)
        for position in (offset + valueCount)..<end { store(UInt8(0), at: position) }
        store(length, at: STUNHeader.lengthOffset)
        count = end
        return offset
    }

    private func store(_ value: some FixedWidthInteger & BitwiseCopyable, at offset: Int) {
        buffer.storeBytes(of: value.bigEndian, toByteOffset: offset, as: type(of: value).self)
    }

    private func copy(_ bytes: some Collection<UInt8>, to offset: Int) {
        var position = offset
        for byte in bytes {
            buffer[position] = byte
            position += 1
        }
    }
}
