extension BencodeValue {
    /// Reads the value at the start of a datagram and says how many bytes it took. Bytes behind it are ignored; the
    /// outermost dictionary may lack its final `e` (ng-protocol §1.2).
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, limits: BencodeLimits = BencodeLimits()
    ) throws(BencodeError) -> (value: BencodeValue, consumed: Int) {
        var decoder = BencodeDecoder(limits: limits)
        switch try decoder.consume(bytes) {
        case .complete(let value, let consumed): return (value, consumed)
        case .incomplete: return (try decoder.finish(), bytes.count)
        }
    }

    /// As the above, over a slice of an array. The count and error offsets are relative to the slice's start.
    public static func decode(
        _ bytes: ArraySlice<UInt8>, limits: BencodeLimits = BencodeLimits()
    ) throws(BencodeError) -> (value: BencodeValue, consumed: Int) {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(BencodeError) in try decode(buffer, limits: limits) }
        }
        return try result.get()
    }
}
