import Bencode

/// Bencode: what can be read is written so that it reads the same; cutting the input does not change the outcome.
enum BencodeProperties {
    static func violation(_ bytes: [UInt8]) -> String? {
        let whole = Result { () throws(BencodeError) in try BencodeValue.decode(bytes[...]) }
        if let violation = violationOfStreaming(bytes, whole) { return violation }
        guard case .success(let (value, consumed)) = whole else { return nil }
        guard consumed <= bytes.count else { return "consumed more than there was" }
        var written: [UInt8] = []
        value.encode(into: &written)
        guard let (again, length) = try? BencodeValue.decode(written[...]) else {
            return "cannot read what was written"
        }
        return again == value && length == written.count ? nil : "reads differently after writing"
    }

    /// Fed byte by byte, the decoder ends with the same value at the same place, or fails as well.
    private static func violationOfStreaming(
        _ bytes: [UInt8], _ whole: Result<(value: BencodeValue, consumed: Int), BencodeError>
    ) -> String? {
        guard bytes.count <= 4096 else { return nil }
        var decoder = BencodeDecoder()
        for (index, byte) in bytes.enumerated() {
            let progress = withUnsafeBytes(of: byte) { buffer in
                Result { () throws(BencodeError) in try decoder.consume(buffer) }
            }
            switch (progress, whole) {
            case (.success(.incomplete), _): continue
            case (.success(.complete(let value, _)), .success(let (expected, consumed))):
                return value == expected && consumed == index + 1 ? nil : "differs when fed byte by byte"
            case (.failure, .failure): return nil
            default: return "success depends on how the input is cut"
            }
        }
        return nil
    }
}
