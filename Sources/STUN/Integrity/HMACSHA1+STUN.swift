extension HMACSHA1 {
    /// The value of MESSAGE-INTEGRITY (RFC 8489 §14.5): the code of everything before the attribute, with the length
    /// field counting up to its end. `message` reaches at least up to `integrityOffset`, which is 20 or more.
    func integrityCode(of message: UnsafeRawBufferPointer, integrityOffset: Int) -> SHA1Digest {
        let length = integrityOffset + STUNHeader.integrityByteCount - STUNHeader.byteCount
        var digest = begin()
        digest.update(message.slice(at: 0, count: STUNHeader.lengthOffset))
        withUnsafeBytes(of: UInt16(truncatingIfNeeded: length).bigEndian) { digest.update($0) }
        digest.update(message.slice(at: STUNHeader.cookieOffset, count: integrityOffset - STUNHeader.cookieOffset))
        return finish(digest)
    }
}
