/// Text that keeps every octet: each byte 0…255 becomes the Unicode scalar of the same number.
///
/// SDP bodies, SIP tags and call-ids are octet strings that are nearly always ASCII but need not be valid UTF-8
/// (RFC 8866 §9 `byte-string`). Held this way they can be compared, split and printed as `String` and still leave
/// the relay exactly as they came in.
extension String {
    /// The text whose scalars are `octets`, one for one.
    @inlinable
    public init(octets: some Collection<UInt8>) {
        if octets.allSatisfy({ $0 < 0x80 }) {
            self = String(decoding: octets, as: UTF8.self)
        } else {
            var scalars = String.UnicodeScalarView()
            scalars.append(contentsOf: octets.lazy.map { UnicodeScalar($0) })
            self = String(scalars)
        }
    }

    /// The octets of a text made by ``init(octets:)``. A scalar above 255, which only our own text could hold,
    /// is written as UTF-8.
    public var octets: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(utf8.count)
        appendOctets(to: &result)
        return result
    }

    /// Appends ``octets`` to `output`.
    @inlinable
    public func appendOctets(to output: inout [UInt8]) {
        // ASCII, which nearly everything is, has the same octets in both.
        guard utf8.contains(where: { $0 >= 0x80 }) else {
            output.append(contentsOf: utf8)
            return
        }
        for scalar in unicodeScalars {
            if scalar.value < 0x100 {
                output.append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                output.append(contentsOf: String(scalar).utf8)
            }
        }
    }
}
