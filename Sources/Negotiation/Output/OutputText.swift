import Wire

/// An SDP body under construction: lines of octet text, ended by CRLF.
struct OutputText {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    mutating func line(_ type: Character, _ value: String) {
        if let letter = type.asciiValue { bytes.append(letter) }
        bytes.append(UInt8(ascii: "="))
        value.appendOctets(to: &bytes)
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func append(_ other: OutputText) {
        bytes.append(contentsOf: other.bytes)
    }
}
