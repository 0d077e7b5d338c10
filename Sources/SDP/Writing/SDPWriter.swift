public import NetTypes
import Wire

/// Builds the octets of a description line by line. Every line ends with CRLF.
///
/// CR, LF and NUL cannot stand inside a line (RFC 8866 §9 `byte-string`); where a text holds one it is left out, so no
/// value, wherever it comes from, can start a line of its own.
public struct SDPWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8]

    /// An empty body with room for `capacity` octets; as many as a common description has, in a block that the allocator
    /// has at hand.
    public init(reservingCapacity capacity: Int = 960) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Writes `type=value`.
    public mutating func append(_ type: UInt8, _ value: String) {
        begin(type)
        append(value)
        end()
    }

    /// Writes a line as it is.
    public mutating func append(_ line: Line) { append(line.type, line.value) }

    /// Writes lines as they are.
    public mutating func append(_ lines: [Line]) {
        for line in lines { append(line.type, line.value) }
    }

    /// Writes `a=name` or `a=name:value`.
    public mutating func appendAttribute(_ name: String, _ value: String? = nil) {
        begin(UInt8(ascii: "a"))
        append(name)
        if let value {
            bytes.append(UInt8(ascii: ":"))
            append(value)
        }
        end()
    }

    /// Writes `a=name:number`.
    public mutating func appendAttribute(_ name: String, _ number: some FixedWidthInteger) {
        begin(UInt8(ascii: "a"))
        append(name)
        bytes.append(UInt8(ascii: ":"))
        append(number)
        end()
    }

    /// Writes `o=`.
    public mutating func append(_ origin: Origin) {
        begin(UInt8(ascii: "o"))
        append(origin.username)
        appendSpace()
        append(origin.sessionID)
        appendSpace()
        append(origin.version)
        appendSpace()
        append(origin.location)
        end()
    }

    /// Writes `c=`.
    public mutating func append(_ connection: ConnectionData) {
        begin(UInt8(ascii: "c"))
        append(connection.address)
        end()
    }

    /// Writes an attribute as it is.
    public mutating func append(_ attribute: Attribute) { appendAttribute(attribute.name, attribute.value) }

    /// Writes `m=` and all lines of a section.
    public mutating func append(_ section: MediaDescription) {
        appendMediaLine(
            section.mediaType, port: section.port, portCount: section.portCount, transport: section.transport,
            formats: section.formats)
        append(section.lines)
    }

    /// Writes `m=<media> <port>[/<count>] <proto> <fmt>…`.
    public mutating func appendMediaLine(
        _ mediaType: String, port: UInt16, portCount: Int? = nil, transport: String, formats: [String]
    ) {
        beginMediaLine(mediaType, port: port, portCount: portCount, transport: transport)
        for format in formats {
            bytes.append(UInt8(ascii: " "))
            append(format)
        }
        end()
    }

    // MARK: Lines in parts

    /// Starts a line `m=<media> <port>[/<count>] <proto>`, which the formats, each behind a space, continue.
    public mutating func beginMediaLine(
        _ mediaType: String, port: UInt16, portCount: Int? = nil, transport: String
    ) {
        begin(UInt8(ascii: "m"))
        append(mediaType)
        bytes.append(UInt8(ascii: " "))
        append(port)
        if let portCount {
            bytes.append(UInt8(ascii: "/"))
            append(portCount)
        }
        bytes.append(UInt8(ascii: " "))
        append(transport)
    }

    /// Starts a line `type=`.
    public mutating func begin(_ type: UInt8) {
        bytes.append(type)
        bytes.append(UInt8(ascii: "="))
    }

    /// Starts a line `a=name:`.
    public mutating func beginAttribute(_ name: String) {
        begin(UInt8(ascii: "a"))
        append(name)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Ends the line that ``begin(_:)`` started.
    public mutating func end() {
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Continues a line with the octets of `text`.
    public mutating func append(_ text: String) {
        let isDone = text.utf8.withContiguousStorageIfAvailable { octets in
            guard SDPWriter.isPlain(octets) else { return false }
            bytes.append(contentsOf: octets)
            return true
        }
        if isDone == true { return }
        bytes.append(contentsOf: text.octets.lazy.filter { !SDPWriter.isExcluded($0) })
    }

    /// Continues a line with a number.
    public mutating func append(_ number: some FixedWidthInteger) { bytes.append(decimal: number) }

    /// Continues a line with `IN <addrtype> <address>`.
    public mutating func append(_ address: IPAddress) {
        append(address.family == .ipv4 ? "IN IP4 " : "IN IP6 ")
        append(address.description)
    }

    /// Continues a line with a space.
    public mutating func appendSpace() { bytes.append(UInt8(ascii: " ")) }

    /// Continues with what another writer has written.
    public mutating func append(_ other: SDPWriter) { bytes.append(contentsOf: other.bytes) }

    /// Whether the octets can be copied as they stand: ASCII without line ends. All are looked at, which lets the
    /// processor take many at once.
    private static func isPlain(_ octets: UnsafeBufferPointer<UInt8>) -> Bool {
        var rejected: UInt8 = 0
        for octet in octets { rejected |= octet & 0x80 | (isExcluded(octet) ? 1 : 0) }
        return rejected == 0
    }

    private static func isExcluded(_ octet: UInt8) -> Bool {
        octet == UInt8(ascii: "\n") || octet == UInt8(ascii: "\r") || octet == 0
    }
}
