internal import COpenSSL

/// One keyed `EVP_CIPHER_CTX`, owned. Only its initialisation vector changes from packet to packet.
struct CipherContext: ~Copyable {
    enum Operation: Int32 {
        case decrypt = 0
        case encrypt = 1
    }

    let pointer: OpaquePointer

    /// A context for the algorithm of this name (`AES-128-CTR` …), keyed.
    init(algorithm: String, key: borrowing SecretBytes, operation: Operation) throws(SRTPError) {
        guard let cipher = EVP_CIPHER_fetch(nil, algorithm, nil) else { throw .drainingErrors(algorithm) }
        defer { EVP_CIPHER_free(cipher) }
        guard Int(EVP_CIPHER_get_key_length(cipher)) == key.count, let context = EVP_CIPHER_CTX_new() else {
            throw .drainingErrors(algorithm)
        }
        guard EVP_CipherInit_ex(context, cipher, nil, key.pointer, nil, operation.rawValue) == 1,
            EVP_CIPHER_CTX_set_padding(context, 0) == 1
        else {
            EVP_CIPHER_CTX_free(context)
            throw .drainingErrors(algorithm)
        }
        pointer = context
    }

    // Clears the key schedule as well.
    deinit { EVP_CIPHER_CTX_free(pointer) }

    /// Starts a packet. `vector` has as many octets as the cipher takes.
    @inline(__always)
    func restart(vector: UnsafeRawPointer) -> Bool {
        EVP_CipherInit_ex(pointer, nil, nil, nil, vector.assumingMemoryBound(to: UInt8.self), -1) == 1
    }

    /// Turns `count` octets over in place, or from `input` to `output`.
    @inline(__always)
    func update(_ output: UnsafeMutableRawPointer, from input: UnsafeRawPointer, count: Int) -> Bool {
        var written: Int32 = 0
        return EVP_CipherUpdate(
            pointer, output.assumingMemoryBound(to: UInt8.self), &written, input.assumingMemoryBound(to: UInt8.self),
            Int32(truncatingIfNeeded: count)) == 1
    }
}

extension SRTPError {
    /// The error with the last code of this thread's queue, which is left empty for whoever uses it next.
    static func drainingErrors(_ algorithm: String) -> SRTPError {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        return .algorithmUnavailable(algorithm, code: UInt(code))
    }
}
