import NetTypes
import Wire

/// Reads lines into sections, one pass over the octets.
struct DescriptionParser {
    private let bytes: [UInt8]
    private let limits: SDPLimits
    private let trailingBlankLines: SessionDescription.TrailingBlankLines
    private let requiresVersion: Bool
    private var position = 0
    /// Of the line read last, from 1.
    private var lineNumber = 0
    /// An `m=` was read.
    private var hasSections = false

    init(
        _ bytes: [UInt8], limits: SDPLimits, trailingBlankLines: SessionDescription.TrailingBlankLines,
        requiresVersion: Bool
    ) {
        self.requiresVersion = requiresVersion
        // Some put the end of a C string into the message.
        self.bytes = bytes.last == 0 ? Array(bytes.dropLast()) : bytes
        self.limits = limits
        self.trailingBlankLines = trailingBlankLines
    }

    mutating func parse() throws(SDPError) -> SessionDescription {
        guard bytes.count <= limits.totalBytes else { throw .limitExceeded(.totalBytes, line: 1) }
        var description = SessionDescription(lines: [], origin: nil, connection: nil, media: [])
        var section: MediaDescription?
        while let content = try nextLine() {
            let type = bytes[content.lowerBound]
            let value = content.dropFirst(2)
            if expectsVersion {
                guard type == UInt8(ascii: "v"), value.count == 1, bytes[value.lowerBound] == UInt8(ascii: "0") else {
                    throw malformed(.version)
                }
            }
            if type == UInt8(ascii: "m") {
                if let finished = section { description.media.append(finished) }
                guard description.media.count < limits.mediaSections else { throw exceeded(.mediaSections) }
                section = try mediaDescription(value)
                hasSections = true
            } else if section == nil {
                try append(type, value, to: &description)
            } else {
                try append(type, value, to: &section)
            }
        }
        if let finished = section { description.media.append(finished) }
        return description
    }

    // MARK: Lines

    /// The octets `letter=…` of the next line without its end; `nil` at the end of the text.
    private mutating func nextLine() throws(SDPError) -> Range<Int>? {
        guard position < bytes.count else { return nil }
        lineNumber += 1
        let start = position
        var end = start
        // A CR is the line's end only in front of LF; a NUL or another CR could be read as one by somebody else.
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n") {
            guard bytes[end] != 0, bytes[end] != UInt8(ascii: "\r") || isLineEnd(after: end) else {
                throw malformed(.plainOctets)
            }
            end += 1
        }
        position = end < bytes.count ? end + 1 : end
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        guard end > start else {
            try endAtBlankLine()
            return nil
        }
        guard end - start <= limits.lineLength else { throw exceeded(.lineLength) }
        guard end - start >= 2, bytes[start + 1] == UInt8(ascii: "=") else {
            throw malformed(expectsVersion ? .version : .typeAndEqualsSign)
        }
        guard DescriptionParser.isKnownType(bytes[start]) else {
            throw malformed(expectsVersion ? .version : .knownType)
        }
        return start..<end
    }

    private var expectsVersion: Bool { requiresVersion && lineNumber == 1 }

    /// Whether the CR at `index` stands before LF or is the last octet.
    private func isLineEnd(after index: Int) -> Bool {
        index + 1 == bytes.count || bytes[index + 1] == UInt8(ascii: "\n")
    }

    /// At an empty line: it ends the description, whatever follows (the rest of a multipart body, for one). In front of
    /// the sections only further line ends may follow, as the description would be without any.
    private mutating func endAtBlankLine() throws(SDPError) {
        guard trailingBlankLines == .accepted else { throw malformed(.noBlankLine) }
        if hasSections { return }
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "\n") || bytes[position] == UInt8(ascii: "\r") else {
                throw malformed(.noBlankLine)
            }
            position += 1
        }
    }

    private static func isKnownType(_ letter: UInt8) -> Bool {
        switch letter {
        case UInt8(ascii: "a"), UInt8(ascii: "m"), UInt8(ascii: "c"), UInt8(ascii: "b"), UInt8(ascii: "v"),
            UInt8(ascii: "o"), UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "i"), UInt8(ascii: "u"),
            UInt8(ascii: "e"), UInt8(ascii: "p"), UInt8(ascii: "r"), UInt8(ascii: "z"), UInt8(ascii: "k"):
            true
        default:
            false
        }
    }

    // MARK: Sections

    private func append(
        _ type: UInt8, _ value: Range<Int>, to description: inout SessionDescription
    ) throws(SDPError) {
        guard description.lines.count < limits.linesPerSection else { throw exceeded(.linesPerSection) }
        if type == UInt8(ascii: "o") {
            guard description.origin == nil else { throw malformed(.singleOrigin) }
            description.origin = try origin(value)
        } else if type == UInt8(ascii: "c") {
            guard description.connection == nil else { throw malformed(.singleConnectionData) }
            description.connection = try connectionData(value)
        }
        description.lines.append(Line(type, text(value)))
    }

    private func append(_ type: UInt8, _ value: Range<Int>, to section: inout MediaDescription?) throws(SDPError) {
        guard (section?.lines.count ?? 0) < limits.linesPerSection else { throw exceeded(.linesPerSection) }
        if type == UInt8(ascii: "c") {
            guard section?.connection == nil else { throw malformed(.singleConnectionData) }
            section?.connection = try connectionData(value)
        } else if type == UInt8(ascii: "o") {
            throw malformed(.singleOrigin)
        }
        section?.lines.append(Line(type, text(value)))
    }

    private func mediaDescription(_ value: Range<Int>) throws(SDPError) -> MediaDescription {
        let fields = try fields(value, atMost: 3 + limits.formatsPerSection)
        guard fields.count >= 3 else { throw malformed(.media) }
        guard fields.count <= 3 + limits.formatsPerSection else { throw exceeded(.formatsPerSection) }
        let (port, count) = try port(fields[1])
        return MediaDescription(
            mediaType: text(fields[0]), port: port, portCount: count, transport: text(fields[2]),
            formats: fields[3...].map { text($0) })
    }

    /// `<port>` or `<port>/<count>`
    private func port(_ field: Range<Int>) throws(SDPError) -> (UInt16, count: Int?) {
        let slash = bytes[field].firstIndex(of: UInt8(ascii: "/"))
        guard let port = decimal(field.lowerBound..<(slash ?? field.upperBound)) else { throw malformed(.port) }
        guard let slash else { return (port, nil) }
        guard let count = decimal((slash + 1)..<field.upperBound), count > 0 else { throw malformed(.portCount) }
        return (port, Int(count))
    }

    /// Six, and what a user name of several words may come to.
    private static let originFieldLimit = 32

    /// Nothing depends on it, so what devices write there is taken: host names, user names of several words or none.
    private func origin(_ value: Range<Int>) throws(SDPError) -> Origin {
        let fields = try fields(value, atMost: Self.originFieldLimit)
        guard fields.count <= Self.originFieldLimit else { throw malformed(.origin) }
        func joined(_ part: ArraySlice<Range<Int>>) -> String { part.map(text).joined(separator: " ") }
        let network = fields.indices.first { index in
            index >= 2 && index + 2 < fields.count && equals(fields[index], "IN")
                && (equals(fields[index + 1], "IP4") || equals(fields[index + 1], "IP6"))
        }
        guard let start = network ?? (fields.count >= 6 ? 3 : nil) else { throw malformed(.origin) }
        let end = network.map { $0 + 3 } ?? fields.count
        return Origin(
            username: start > 2 ? joined(fields[..<(start - 2)]) : "-", sessionID: text(fields[start - 2]),
            version: text(fields[start - 1]), location: joined(fields[start..<end]))
    }

    private func connectionData(_ value: Range<Int>) throws(SDPError) -> ConnectionData {
        let fields = try fields(value, atMost: 3)
        guard fields.count == 3 else { throw malformed(.connectionData) }
        guard !bytes[fields[2]].contains(UInt8(ascii: "/")) else { throw malformed(.unicastAddress) }
        let address = try address(fields[...])
        guard !address.isMulticast else { throw malformed(.unicastAddress) }
        return ConnectionData(address: address)
    }

    /// `IN <addrtype> <address>` in three fields.
    private func address(_ fields: ArraySlice<Range<Int>>) throws(SDPError) -> IPAddress {
        let first = fields.startIndex
        guard equals(fields[first], "IN") else { throw malformed(.networkType) }
        let family: IPAddress.Family
        if equals(fields[first + 1], "IP4") {
            family = .ipv4
        } else if equals(fields[first + 1], "IP6") {
            family = .ipv6
        } else {
            throw malformed(.addressType)
        }
        guard let address = IPAddress(octets: bytes[fields[first + 2]]), address.family == family else {
            throw malformed(.address)
        }
        return address
    }

    // MARK: Fields

    /// The parts of `value` between runs of spaces. Stops behind one part more than `limit`.
    private func fields(_ value: Range<Int>, atMost limit: Int) throws(SDPError) -> [Range<Int>] {
        var fields: [Range<Int>] = []
        fields.reserveCapacity(8)
        var index = value.lowerBound
        while fields.count <= limit {
            while index < value.upperBound, bytes[index] == UInt8(ascii: " ") { index += 1 }
            guard index < value.upperBound else { break }
            let start = index
            while index < value.upperBound, bytes[index] != UInt8(ascii: " ") { index += 1 }
            fields.append(start..<index)
        }
        return fields
    }

    private func text(_ range: Range<Int>) -> String {
        let octets = bytes[range]
        // ASCII, nearly always, is its own UTF-8: decoding here lets the compiler specialise for the slice.
        return octets.allSatisfy { $0 < 0x80 } ? String(decoding: octets, as: UTF8.self) : String(octets: octets)
    }

    /// Digits only, up to 65535.
    private func decimal(_ range: Range<Int>) -> UInt16? {
        guard (1...5).contains(range.count) else { return nil }
        var value = 0
        for octet in bytes[range] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) else { return nil }
            value = value * 10 + Int(octet - UInt8(ascii: "0"))
        }
        return UInt16(exactly: value)
    }

    /// Compares with a keyword of RFC 8866, whose grammar ignores case.
    private func equals(_ range: Range<Int>, _ keyword: StaticString) -> Bool {
        guard range.count == keyword.utf8CodeUnitCount else { return false }
        return keyword.withUTF8Buffer { keyword in
            zip(bytes[range], keyword).allSatisfy { octet, letter in
                octet == letter || ((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(letter) && octet == letter | 0x20)
            }
        }
    }

    private func malformed(_ expected: SDPError.Expectation) -> SDPError {
        .malformed(line: lineNumber, expected: expected)
    }

    private func exceeded(_ limit: SDPError.Limit) -> SDPError { .limitExceeded(limit, line: lineNumber) }
}
