public import NetTypes
internal import STUN

/// Makes the foundations of host candidates: 16 ice-chars, the same for one address and rank for as long as the value
/// lives, which should be the process (RFC 8445 §5.1.1.3).
///
/// They are a keyed digest, so that they tell nothing about the address.
public struct ICEFoundation: Sendable {
    private let key: HMACSHA1

    /// Draws the secret.
    public init(using generator: inout some RandomNumberGenerator) {
        key = HMACSHA1(drawnFrom: &generator)
    }

    /// The foundation of candidates on `address`, which ranks as `localPreference` says.
    public func text(of address: IPAddress, localPreference: UInt16) -> String {
        let words: InlineArray<4, UInt64> = [
            UInt64(address.family.rawValue), address.high, address.low, UInt64(localPreference),
        ]
        let code = withUnsafeBytes(of: words) { key.code(of: $0) }
        var text = ""
        for bits in [code.first64, code.second64] {
            for position in 0..<8 { text.append(ICECharacters.character(bits >> UInt64(position * 6))) }
        }
        return text
    }
}
