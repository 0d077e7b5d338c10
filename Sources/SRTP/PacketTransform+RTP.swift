extension PacketTransform {
    /// One RTP packet in the buffer, the protection left out.
    ///
    /// ```
    /// header | payload | MKI | tag          (RFC 3711 §3.1)
    /// header | payload | tag | MKI          (AEAD, RFC 7714 §8.2)
    /// ```
    struct RTPPacket {
        var start: UnsafeMutableRawPointer
        var headerLength: Int
        /// Octets of header and payload.
        var length: Int
        var ssrc: UInt32
        /// 48 bits.
        var index: UInt64

        @inline(__always)
        var payload: UnsafeMutableRawPointer { start + headerLength }
        @inline(__always)
        var payloadLength: Int { length &- headerLength }
        @inline(__always)
        var end: UnsafeMutableRawPointer { start + length }
        @inline(__always)
        var rolloverCounter: UInt32 { UInt32(truncatingIfNeeded: index &>> 16) }
    }

    /// Encrypts in place and appends ``trailerLength`` octets, for which there must be room.
    @inline(__always)
    func seal(_ packet: RTPPacket) -> Bool {
        switch cipher {
        case .gcm(let gcm):
            let clear = encrypts ? packet.headerLength : packet.length
            appendMasterKeyIdentifier(at: packet.end + GCMCipher.tagLength)
            return gcm.seal(
                packet.start + clear, count: packet.length &- clear,
                associated: .init(start: packet.start, count: clear),
                vector: .gcm(salt: saltVector, ssrc: packet.ssrc, index: packet.index), tag: packet.end)
        case .keystream(let keystream):
            guard !encrypts || apply(keystream, to: packet) else { return false }
            appendMasterKeyIdentifier(at: packet.end)
            if tagLength == 0 { return true }
            guard
                let digest = authenticator.authenticate(
                    packet.start, count: packet.length, trailer: packet.rolloverCounter)
            else { return false }
            appendTag(digest, at: packet.end + masterKeyIdentifier.count)
            return true
        }
    }

    /// Authenticates, then decrypts in place. False, with the octets as they were, when the tag is not theirs.
    @inline(__always)
    func open(_ packet: RTPPacket) -> Bool {
        switch cipher {
        case .gcm(let gcm):
            let clear = encrypts ? packet.headerLength : packet.length
            return gcm.open(
                packet.start + clear, count: packet.length &- clear,
                associated: .init(start: packet.start, count: clear),
                vector: .gcm(salt: saltVector, ssrc: packet.ssrc, index: packet.index), tag: packet.end)
        case .keystream(let keystream):
            if tagLength > 0 {
                guard
                    let digest = authenticator.authenticate(
                        packet.start, count: packet.length, trailer: packet.rolloverCounter),
                    hasTag(digest, at: packet.end + masterKeyIdentifier.count)
                else { return false }
            }
            return !encrypts || apply(keystream, to: packet)
        }
    }

    /// Whether the MKI behind the packet is the one of this key.
    @inline(__always)
    func hasMasterKeyIdentifier(_ packet: RTPPacket) -> Bool {
        hasMasterKeyIdentifier(at: isAEAD ? packet.end + GCMCipher.tagLength : packet.end)
    }

    @inline(__always)
    private func apply(_ keystream: borrowing KeystreamCipher, to packet: RTPPacket) -> Bool {
        if packet.payloadLength == 0 { return true }
        switch keystream {
        case .counterMode(let counterMode):
            return counterMode.apply(
                packet.payload, count: packet.payloadLength,
                vector: .counterMode(salt: saltVector, ssrc: packet.ssrc, index: packet.index))
        case .instructions(let instructions):
            instructions.apply(
                packet.payload, count: packet.payloadLength,
                vector: .counterMode(salt: saltVector, ssrc: packet.ssrc, index: packet.index))
            return true
        case .f8(let f8):
            return f8.apply(
                packet.payload, count: packet.payloadLength, vector: .f8(rtpHeader: packet.start, index: packet.index))
        case .null: return true
        }
    }
}
