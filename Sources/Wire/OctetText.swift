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
        if isASCII { return Array(utf8) }
        var result: [UInt8] = []
        result.reserveCapacity(utf8.count)
        appendOctets(to: &result)
        return result
    }

    /// How many ``octets`` there are.
    public var octetCount: Int {
        if isASCII { return utf8.count }
        return unicodeScalars.reduce(0) { $0 + ($1.value < 0x100 ? 1 : String($1).utf8.count) }
    }

    /// Whether every octet is below 0x80.
    private var isASCII: Bool {
        utf8.withContiguousStorageIfAvailable { octets in
            var all: UInt8 = 0
            for octet in octets { all |= octet }
            return all < 0x80
        } ?? utf8.allSatisfy { $0 < 0x80 }
    }

    /// Appends ``octets`` to `output`.
    public func appendOctets(to output: inout [UInt8]) {
        // ASCII, which nearly everything is, has the same octets in both.
        guard !isASCII else {
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
