/// The MKI, which names the master key in every packet (RFC 3711 §3.1), as signalled by `|value:length`
/// (RFC 4568 §6.1).
public struct MasterKeyIdentifier: Sendable, Hashable {
    /// The number.
    public let value: UInt64
    /// Octets it takes in a packet, 1 to 128.
    public let length: Int

    /// An identifier; `nil` when the length is out of range or too short for the value.
    public init?(value: UInt64, length: Int) {
        guard (1...128).contains(length), length >= 8 || value >> (8 * UInt64(length)) == 0 else { return nil }
        self.value = value
        self.length = length
    }

    /// As it stands in a packet: big-endian, ``length`` octets.
    public var octets: [UInt8] {
        (0..<length).map { index in
            let shift = 8 * (length - 1 - index)
            return shift < 64 ? UInt8(truncatingIfNeeded: value >> UInt64(shift)) : 0
        }
    }
}
