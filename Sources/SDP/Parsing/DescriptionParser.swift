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
    /// The parts of one line; kept, so that its memory serves all lines.
    private var fields: [Range<Int>] = []

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
        fields.reserveCapacity(8)
        var description = SessionDescription(lines: [], origin: nil, connection: nil, media: [])
        description.lines.reserveCapacity(8)
        while let content = try nextLine() {
            let type = bytes[content.lowerBound]
            let value = (content.lowerBound + 2)..<content.upperBound
            if expectsVersion {
                guard type == UInt8(ascii: "v"), value.count == 1, bytes[value.lowerBound] == UInt8(ascii: "0") else {
                    throw malformed(.version)
                }
            }
            if type == UInt8(ascii: "m") {
                guard description.media.count < limits.mediaSections else { throw exceeded(.mediaSections) }
                description.media.append(try mediaDescription(value))
                hasSections = true
            } else if hasSections {
                try append(type, value, to: &description.media[description.media.count - 1])
            } else {
                try append(type, value, to: &description)
            }
        }
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
        while end < bytes.count {
            let octet = bytes[end]
            if octet <= UInt8(ascii: "\r") {
                if octet == UInt8(ascii: "\n") { break }
                guard octet != 0, octet != UInt8(ascii: "\r") || isLineEnd(after: end) else {
                    throw malformed(.plainOctets)
                }
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

    private mutating func append(
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

    private mutating func append(
        _ type: UInt8, _ value: Range<Int>, to section: inout MediaDescription
    ) throws(SDPError) {
        guard section.lines.count < limits.linesPerSection else { throw exceeded(.linesPerSection) }
        if type == UInt8(ascii: "c") {
            guard section.connection == nil else { throw malformed(.singleConnectionData) }
            section.connection = try connectionData(value)
        } else if type == UInt8(ascii: "o") {
            throw malformed(.singleOrigin)
        }
        // Few sections have fewer lines, and most of those that have more end below twice as many.
        if section.lines.isEmpty { section.lines.reserveCapacity(10) }
        section.lines.append(Line(type, text(value)))
    }

    private mutating func mediaDescription(_ value: Range<Int>) throws(SDPError) -> MediaDescription {
        split(value, atMost: 3 + limits.formatsPerSection)
        guard fields.count >= 3 else { throw malformed(.media) }
        guard fields.count <= 3 + limits.formatsPerSection else { throw exceeded(.formatsPerSection) }
        let (port, count) = try port(fields[1])
        var formats: [String] = []
        formats.reserveCapacity(fields.count - 3)
        for field in fields[3...] { formats.append(text(field)) }
        return MediaDescription(
            mediaType: text(fields[0]), port: port, portCount: count, transport: text(fields[2]), formats: formats)
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
    private mutating func origin(_ value: Range<Int>) throws(SDPError) -> Origin {
        split(value, atMost: Self.originFieldLimit)
        guard fields.count <= Self.originFieldLimit else { throw malformed(.origin) }
        var network: Int?
        for index in fields.indices where index >= 2 && index + 2 < fields.count && network == nil {
            guard equals(fields[index], "IN"), family(fields[index + 1]) != nil else { continue }
            network = index
        }
        guard let start = network ?? (fields.count >= 6 ? 3 : nil) else { throw malformed(.origin) }
        let end = network.map { $0 + 3 } ?? fields.count
        return Origin(
            username: start > 2 ? joined(0..<(start - 2)) : "-", sessionID: text(fields[start - 2]),
            version: text(fields[start - 1]), location: joined(start..<end))
    }

    /// Some of the fields, one space between two.
    private func joined(_ part: Range<Int>) -> String {
        let whole = fields[part.lowerBound].lowerBound..<fields[part.upperBound - 1].upperBound
        let length = part.reduce(part.count - 1) { $0 + fields[$1].count }
        return whole.count == length ? text(whole) : fields[part].map(text).joined(separator: " ")
    }

    private mutating func connectionData(_ value: Range<Int>) throws(SDPError) -> ConnectionData {
        split(value, atMost: 3)
        guard fields.count == 3 else { throw malformed(.connectionData) }
        guard !bytes[fields[2]].contains(UInt8(ascii: "/")) else { throw malformed(.unicastAddress) }
        guard equals(fields[0], "IN") else { throw malformed(.networkType) }
        guard let family = family(fields[1]) else { throw malformed(.addressType) }
        guard let address = IPAddress(octets: bytes[fields[2]]), address.family == family else {
            throw malformed(.address)
        }
        guard !address.isMulticast else { throw malformed(.unicastAddress) }
        return ConnectionData(address: address)
    }

    /// `IP4` or `IP6`
    private func family(_ field: Range<Int>) -> IPAddress.Family? {
        if equals(field, "IP4") { return .ipv4 }
        return equals(field, "IP6") ? .ipv6 : nil
    }

    // MARK: Fields

    /// Makes ``fields`` the parts of `value` between runs of spaces. Stops behind one part more than `limit`.
    private mutating func split(_ value: Range<Int>, atMost limit: Int) {
        fields.removeAll(keepingCapacity: true)
        var index = value.lowerBound
        while fields.count <= limit {
            while index < value.upperBound, bytes[index] == UInt8(ascii: " ") { index += 1 }
            guard index < value.upperBound else { break }
            let start = index
            while index < value.upperBound, bytes[index] != UInt8(ascii: " ") { index += 1 }
            fields.append(start..<index)
        }
    }

    private func text(_ range: Range<Int>) -> String { String(octets: bytes[range]) }

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
            for (index, letter) in keyword.enumerated()
            where bytes[range.lowerBound + index].asciiLowercased != letter.asciiLowercased {
                return false
            }
            return true
        }
    }

    private func malformed(_ expected: SDPError.Expectation) -> SDPError {
        .malformed(line: lineNumber, expected: expected)
    }

    private func exceeded(_ limit: SDPError.Limit) -> SDPError { .limitExceeded(limit, line: lineNumber) }
}
