/// An element that the relay adds to the header extension of RTP packets (RFC 8285), for a sender that does not: the
/// `mid` of a section in a bundle (RFC 9143 §15).
public struct HeaderElement: Sendable, Hashable, BitwiseCopyable {
    /// The most octets of a value: those of a one-byte element (RFC 8285 §4.2).
    public static let valueLimit = 16

    /// What `a=extmap` calls the element, 1…14.
    public let identifier: UInt8
    /// Octets of the value, 1…16.
    public let valueCount: UInt8
    /// The first eight octets of the value, the first one lowest.
    public private(set) var low: UInt64 = 0
    /// The octets behind those of ``low``.
    public private(set) var high: UInt64 = 0

    /// The element `identifier` with the octets of `value`; `nil` when a one-byte element cannot hold them.
    public init?(identifier: Int, value: some Collection<UInt8>) {
        guard (1...14).contains(identifier), (1...Self.valueLimit).contains(value.count) else { return nil }
        self.identifier = UInt8(identifier)
        valueCount = UInt8(value.count)
        for (place, octet) in value.enumerated() {
            let shifted = UInt64(octet) << UInt64(place % 8 * 8)
            if place < 8 { low |= shifted } else { high |= shifted }
        }
    }
}
