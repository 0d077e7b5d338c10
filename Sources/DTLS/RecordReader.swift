internal import COpenSSL

/// Decrypts single records of the peer, without the session that they belong to: of DTLS 1.2 with AES-GCM (RFC 5288)
/// or ChaCha20-Poly1305 (RFC 7905). It has no replay window.
struct RecordReader: ~Copyable {
    /// Type, version, epoch, sequence number, length.
    static let headerLength = 13
    private static let tagLength = 16

    /// `EVP_aes_128_gcm()` or one of its kind.
    private let cipher: OpaquePointer
    /// Octets of the nonce in the record: 8 with GCM, none with ChaCha20.
    private let explicitLength: Int
    private let keyLength: Int
    /// Key and fixed part of the nonce; the rest up to 12 octets is free.
    private let secret: UnsafeMutableRawBufferPointer

    /// For the records of the peer of an established session; `nil` when its cipher is another one.
    init?(_ ssl: OpaquePointer, role: DTLSRole) {
        guard let current = SSL_get_current_cipher(ssl), let digest = SSL_CIPHER_get_handshake_digest(current) else {
            return nil
        }
        let (cipher, fixedLength, keyLength): (OpaquePointer?, Int, Int)
        switch SSL_CIPHER_get_cipher_nid(current) {
        case NID_aes_128_gcm: (cipher, fixedLength, keyLength) = (EVP_aes_128_gcm(), 4, 16)
        case NID_aes_256_gcm: (cipher, fixedLength, keyLength) = (EVP_aes_256_gcm(), 4, 32)
        case NID_chacha20_poly1305: (cipher, fixedLength, keyLength) = (EVP_chacha20_poly1305(), 12, 32)
        default: return nil
        }
        guard let cipher else { return nil }
        // Both keys come first, then both fixed parts; the client's first (RFC 5246 §6.3).
        var block = [UInt8](repeating: 0, count: 2 * (keyLength + fixedLength))
        defer { block.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        guard Self.expandKeys(of: ssl, digest, into: &block) else { return nil }
        let isClient = role != .server
        let key = (isClient ? keyLength : 0)
        let fixed = 2 * keyLength + (isClient ? fixedLength : 0)
        let secret = UnsafeMutableRawBufferPointer.allocate(byteCount: keyLength + 12, alignment: 8)
        secret.copyBytes(from: block[key..<(key + keyLength)])
        UnsafeMutableRawBufferPointer(rebasing: secret[keyLength...]).copyBytes(
            from: block[fixed..<(fixed + fixedLength)])
        self.cipher = cipher
        explicitLength = 12 - fixedLength
        self.keyLength = keyLength
        self.secret = secret
    }

    deinit {
        OPENSSL_cleanse(secret.baseAddress, secret.count)
        secret.deallocate()
    }

    private static func expandKeys(of ssl: OpaquePointer, _ digest: OpaquePointer, into block: inout [UInt8]) -> Bool {
        guard let session = SSL_get_session(ssl) else { return false }
        var master = [UInt8](repeating: 0, count: 48)
        defer { master.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        let length = SSL_SESSION_get_master_key(session, &master, master.count)
        let label = Array("key expansion".utf8)
        var seed = label + [UInt8](repeating: 0, count: 64)
        let isComplete = seed.withUnsafeMutableBufferPointer { seed in
            guard let start = seed.baseAddress else { return false }
            return SSL_get_server_random(ssl, start + label.count, 32) == 32
                && SSL_get_client_random(ssl, start + label.count + 32, 32) == 32
        }
        guard length > 0, isComplete else { return false }
        ERR_clear_error()
        defer { ERR_clear_error() }
        return COpenSSL_TLS1_PRF(digest, master, length, seed, seed.count, &block, block.count) == 1
    }

    /// The plaintext of a record, header and all; `nil` when it is not authentic or longer than 512 octets.
    func open(_ record: UnsafeRawBufferPointer) -> [UInt8]? {
        let overhead = Self.headerLength + explicitLength + Self.tagLength
        guard (overhead...512).contains(record.count), let context = EVP_CIPHER_CTX_new() else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        let count = record.count - overhead
        // Epoch and sequence number, type, version, length of the plaintext (RFC 5246 §6.2.3.3).
        let covered = Array(record[3..<11]) + Array(record[0..<3]) + [UInt8(count >> 8), UInt8(count & 0xFF)]
        let nonce = nonce(of: record)
        let sealed = Array(record[(Self.headerLength + explicitLength)..<(record.count - Self.tagLength)])
        var tag = Array(record.suffix(Self.tagLength))
        var plain = [UInt8](repeating: 0, count: count + 16)
        var length: Int32 = 0
        let key = secret.baseAddress?.assumingMemoryBound(to: UInt8.self)
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard EVP_DecryptInit_ex(context, cipher, nil, key, nonce) == 1,
            EVP_DecryptUpdate(context, nil, &length, covered, Int32(covered.count)) == 1,
            EVP_DecryptUpdate(context, &plain, &length, sealed, Int32(sealed.count)) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1,
            EVP_DecryptFinal_ex(context, &plain, &length) == 1
        else { return nil }
        return Array(plain.prefix(count))
    }

    private func nonce(of record: UnsafeRawBufferPointer) -> [UInt8] {
        let fixed = Array(secret[keyLength..<(keyLength + 12 - explicitLength)])
        let start = Self.headerLength
        guard explicitLength == 0 else { return fixed + Array(record[start..<(start + explicitLength)]) }
        // Epoch and sequence number, with zeros in front.
        return zip(fixed, [0, 0, 0, 0] + Array(record[3..<11])).map { $0 ^ $1 }
    }
}
