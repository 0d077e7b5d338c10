internal import SRTPKeying

/// The ciphers that only encrypt, and do so by combining the octets with a keystream.
enum KeystreamCipher: ~Copyable {
    case counterMode(CounterModeCipher)
    case instructions(CounterModeInstructions)
    case f8(F8Cipher)
    case null

    init(
        _ cipher: CryptoSuite.Cipher, keys: borrowing SessionKeys, provider: PrimitiveProvider,
        in block: borrowing KeyBlock
    ) throws(SRTPError) {
        switch cipher {
        case .counterMode, .gcm:
            if provider == .direct,
                let instructions = CounterModeInstructions(key: keys.cipherKey, in: block.roundKeys)
            {
                self = .instructions(instructions)
            } else {
                self = .counterMode(try CounterModeCipher(key: keys.cipherKey))
            }
        case .f8: self = .f8(try F8Cipher(key: keys.cipherKey, salt: keys.salt))
        case .null: self = .null
        }
    }
}

/// What encrypts and, where the same algorithm does both, authenticates.
enum PacketCipher: ~Copyable {
    case keystream(KeystreamCipher)
    case gcm(GCMCipher)

    init(
        _ cipher: CryptoSuite.Cipher, keys: borrowing SessionKeys, operation: CipherContext.Operation,
        provider: PrimitiveProvider, in block: borrowing KeyBlock
    ) throws(SRTPError) {
        switch cipher {
        case .gcm: self = .gcm(try GCMCipher(key: keys.cipherKey, operation: operation))
        case .counterMode, .f8, .null:
            self = .keystream(try KeystreamCipher(cipher, keys: keys, provider: provider, in: block))
        }
    }
}
