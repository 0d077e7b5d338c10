extension PacketTransform {
    /// One RTCP packet in the buffer, the protection left out.
    ///
    /// ```
    /// header | blocks | E, index | MKI | tag          (RFC 3711 §3.4)
    /// header | blocks | tag | E, index | MKI          (AEAD, RFC 7714 §9.2)
    /// ```
    struct RTCPPacket {
        /// The first header with the SSRC of the sender, which is never encrypted.
        static let headerLength = 8
        /// The word with the E flag and the index.
        static let indexLength = 4
        static let encryptionFlag: UInt32 = 0x8000_0000

        var start: UnsafeMutableRawPointer
        /// Octets of header and blocks.
        var length: Int
        var ssrc: UInt32
        /// E flag and 31 bits.
        var indexWord: UInt32

        @inline(__always)
        var end: UnsafeMutableRawPointer { start + length }
        @inline(__always)
        var index: UInt64 { UInt64(indexWord & ~Self.encryptionFlag) }
        @inline(__always)
        var isEncrypted: Bool { indexWord & Self.encryptionFlag != 0 }
        @inline(__always)
        var blocks: UnsafeMutableRawPointer { start + Self.headerLength }
        @inline(__always)
        var blocksLength: Int { length &- Self.headerLength }
    }

    /// Octets that protection adds to an RTCP packet.
    @inline(__always)
    var rtcpTrailerLength: Int { trailerLength &+ RTCPPacket.indexLength }

    /// Where the word with the index stands, counted from the end of the plain packet.
    @inline(__always)
    var indexWordOffset: Int {
        isAEAD ? GCMCipher.tagLength : 0
    }

    /// Encrypts in place if the flag is set, and appends ``rtcpTrailerLength`` octets, for which there must be room.
    func seal(_ packet: RTCPPacket) -> Bool {
        let word = packet.end + indexWordOffset
        word.storeBytes(of: packet.indexWord.bigEndian, as: UInt32.self)
        appendMasterKeyIdentifier(at: word + RTCPPacket.indexLength)
        switch cipher {
        case .gcm(let gcm):
            let clear = packet.isEncrypted ? RTCPPacket.headerLength : packet.length
            return gcm.seal(
                packet.start + clear, count: packet.length &- clear,
                associated: .init(start: packet.start, count: clear, trailer: packet.indexWord),
                vector: .gcm(salt: saltVector, ssrc: packet.ssrc, index: packet.index), tag: packet.end)
        case .keystream(let keystream):
            guard !packet.isEncrypted || apply(keystream, to: packet),
                let digest = authenticator.authenticate(packet.start, count: packet.length, trailer: packet.indexWord)
            else { return false }
            appendTag(digest, at: word + RTCPPacket.indexLength + masterKeyIdentifier.count)
            return true
        }
    }

    /// Authenticates, then decrypts in place. False, with the octets as they were, when the tag is not theirs.
    func open(_ packet: RTCPPacket) -> Bool {
        switch cipher {
        case .gcm(let gcm):
            let clear = packet.isEncrypted ? RTCPPacket.headerLength : packet.length
            return gcm.open(
                packet.start + clear, count: packet.length &- clear,
                associated: .init(start: packet.start, count: clear, trailer: packet.indexWord),
                vector: .gcm(salt: saltVector, ssrc: packet.ssrc, index: packet.index), tag: packet.end)
        case .keystream(let keystream):
            guard
                let digest = authenticator.authenticate(packet.start, count: packet.length, trailer: packet.indexWord),
                hasTag(digest, at: packet.end + RTCPPacket.indexLength + masterKeyIdentifier.count)
            else { return false }
            return !packet.isEncrypted || apply(keystream, to: packet)
        }
    }

    /// Whether the MKI behind the packet is the one of this key.
    func hasMasterKeyIdentifier(_ packet: RTCPPacket) -> Bool {
        hasMasterKeyIdentifier(at: packet.end + indexWordOffset + RTCPPacket.indexLength)
    }

    private func apply(_ keystream: borrowing KeystreamCipher, to packet: RTCPPacket) -> Bool {
        if packet.blocksLength == 0 { return true }
        switch keystream {
        case .counterMode(let counterMode):
            return counterMode.apply(
                packet.blocks, count: packet.blocksLength,
                vector: .counterMode(salt: saltVector, ssrc: packet.ssrc, index: packet.index))
        case .instructions(let instructions):
            instructions.apply(
                packet.blocks, count: packet.blocksLength,
                vector: .counterMode(salt: saltVector, ssrc: packet.ssrc, index: packet.index))
            return true
        case .f8(let f8):
            return f8.apply(
                packet.blocks, count: packet.blocksLength, vector: .f8(rtcpHeader: packet.start, index: packet.index))
        case .null: return true
        }
    }
}
