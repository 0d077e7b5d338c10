import MediaFormats
import Wire

/// An SDP body under construction: lines of octet text, ended by CRLF.
struct OutputText {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    mutating func line(_ type: Unicode.Scalar, _ value: String) {
        begin(type)
        add(value)
        end()
    }

    mutating func append(_ other: OutputText) {
        bytes.append(contentsOf: other.bytes)
    }
}

/// Lines from their parts, without a text made of them first.
extension OutputText {
    /// Begins a line; ``end()`` ends it.
    mutating func begin(_ type: Unicode.Scalar) {
        bytes.append(UInt8(truncatingIfNeeded: type.value))
        bytes.append(UInt8(ascii: "="))
    }

    mutating func add(_ text: String) {
        text.appendOctets(to: &bytes)
    }

    /// Decimal digits.
    mutating func add(_ number: some UnsignedInteger & FixedWidthInteger) {
        var divisor = UInt64(1)
        let number = UInt64(truncatingIfNeeded: number)
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }

    mutating func end() {
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }

    /// `a=` with a text, or with the two halves of one.
    mutating func attribute(_ text: String, _ rest: String = "") {
        begin("a")
        add(text)
        add(rest)
        end()
    }

    /// `m=` of a section.
    mutating func media(_ type: String, port: UInt16, _ transport: String, _ formats: [String]) {
        beginMedia(type, port: port, transport)
        for format in formats {
            add(" ")
            add(format)
        }
        end()
    }

    /// The same for RTP; a list without formats is written with format 0.
    mutating func media(_ type: String, port: UInt16, _ transport: String, _ formats: [PayloadFormat]) {
        beginMedia(type, port: port, transport)
        if formats.isEmpty { add(" 0") }
        for format in formats {
            add(" ")
            add(format.payloadType)
        }
        end()
    }

    private mutating func beginMedia(_ type: String, port: UInt16, _ transport: String) {
        begin("m")
        add(type)
        add(" ")
        add(port)
        add(" ")
        add(transport)
    }

    /// Octets so far.
    var count: Int { bytes.count }

    /// Takes the lines from octet `start` on away again, and returns what stands behind their `a=`.
    mutating func takeAttributes(from start: Int) -> [String] {
        let lines = bytes[start...].split(separator: UInt8(ascii: "\n"))
        let attributes = lines.map { String(octets: $0.dropFirst(2).dropLast()) }
        bytes.removeSubrange(start...)
        return attributes
    }
}
