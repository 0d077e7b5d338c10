/// Text that keeps every octet: each byte 0…255 becomes the Unicode scalar of the same number.
///
/// SDP bodies, SIP tags and call-ids are octet strings that are nearly always ASCII but need not be valid UTF-8
/// (RFC 8866 §9 `byte-string`). Held this way they can be compared, split and printed as `String` and still leave
/// the relay exactly as they came in.
extension String {
    /// The text whose scalars are `octets`, one for one.
    @inlinable
    public init(octets: some Collection<UInt8>) {
        self =
            octets.withContiguousStorageIfAvailable { String(octets: UnsafeRawBufferPointer($0)) }
            ?? String(octets: Array(octets))
    }

    /// The same for octets in memory.
    public init(octets: UnsafeRawBufferPointer) {
        // ASCII, which nearly everything is, has the same octets in both.
        if octets.isASCII {
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
        appendOctets(to: &result)
        return result
    }

    /// The texts before and behind the first `separator`, which is an ASCII octet; `nil` without one.
    public func split(atFirst separator: UInt8) -> (head: String, tail: String)? {
        let parts = utf8.withContiguousStorageIfAvailable { String.split($0, at: separator) }
        return parts ?? Array(utf8).withUnsafeBufferPointer { String.split($0, at: separator) }
    }

    private static func split(_ text: UnsafeBufferPointer<UInt8>, at separator: UInt8) -> (String, String)? {
        guard let place = text.firstIndex(of: separator) else { return nil }
        let (head, tail) = (text[..<place], text[(place + 1)...])
        return (
            String(decoding: UnsafeBufferPointer(rebasing: head), as: UTF8.self),
            String(decoding: UnsafeBufferPointer(rebasing: tail), as: UTF8.self)
        )
    }

    /// How many ``octets`` there are.
    public var octetCount: Int {
        let isASCII = utf8.withContiguousStorageIfAvailable { UnsafeRawBufferPointer($0).isASCII }
        if isASCII == true { return utf8.count }
        return unicodeScalars.reduce(0) { $0 + ($1.value < 0x100 ? 1 : String($1).utf8.count) }
    }

    /// Appends ``octets`` to `output`.
    public func appendOctets(to output: inout [UInt8]) {
        let isDone = utf8.withContiguousStorageIfAvailable { octets in
            guard UnsafeRawBufferPointer(octets).isASCII else { return false }
            output.append(contentsOf: octets)
            return true
        }
        if isDone == true { return }
        for scalar in unicodeScalars {
            if scalar.value < 0x100 {
                output.append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                output.append(contentsOf: String(scalar).utf8)
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether every octet is below 0x80. All are looked at, which lets the processor take many at once.
    fileprivate var isASCII: Bool {
        var all: UInt8 = 0
        for octet in self { all |= octet }
        return all < 0x80
    }
}
