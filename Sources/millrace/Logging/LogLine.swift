import Logging
import Wire

/// A log line under construction. It grows in one block of octets, which is what is written in the end: a busy relay
/// writes several lines for each call.
struct LogLine {
    /// The line, without its end.
    private(set) var octets: [UInt8] = []

    /// An empty line with room for a usual one.
    init() { octets.reserveCapacity(512) }

    /// Continues the line with what stands in front of its text.
    mutating func appendHead(_ text: String) { octets.append(contentsOf: text.utf8) }

    /// Continues the line with one octet.
    mutating func append(_ octet: UInt8) { octets.append(octet) }
}

// MARK: Text

extension LogLine {
    /// Continues with `[subsystem] message key=value …`.
    ///
    /// The fields stand in order of their names; those within others as `outer.inner`, list elements as `outer.0`.
    mutating func appendText(_ subsystem: String, _ message: String, _ fields: Logger.Metadata) {
        octets.append(UInt8(ascii: "["))
        octets.append(contentsOf: subsystem.utf8)
        octets.append(UInt8(ascii: "]"))
        octets.append(UInt8(ascii: " "))
        appendEscaped(message, LogTextTraits(message))
        append(fields, within: "")
    }

    private mutating func append(_ fields: Logger.Metadata, within path: String) {
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) { append(path, key, value) }
    }

    private mutating func append(_ path: String, _ key: String, _ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): append(path, key, text: text)
        case .stringConvertible(let value): append(path, key, text: value.description)
        case .dictionary(let inner): append(inner, within: path + key + ".")
        case .array(let elements):
            for (index, element) in elements.enumerated() { append(path + key + ".", String(index), element) }
        }
    }

    private mutating func append(_ path: String, _ key: String, text: String) {
        octets.append(UInt8(ascii: " "))
        if !path.isEmpty { appendEscaped(path, LogTextTraits(path)) }
        appendEscaped(key, LogTextTraits(key))
        octets.append(UInt8(ascii: "="))
        let traits = LogTextTraits(text)
        guard text.isEmpty || traits.contains(.separators) else { return appendEscaped(text, traits) }
        octets.append(UInt8(ascii: "\""))
        appendEscaped(text, traits, quotes: true)
        octets.append(UInt8(ascii: "\""))
    }

    /// Control characters become `\xNN`, or what `controls` says with so many digits, so that text from the network can
    /// neither end a line nor steer a terminal.
    private mutating func appendEscaped(
        _ text: String, _ traits: LogTextTraits, quotes: Bool = false,
        controls: (prefix: String, digits: Int) = ("\\x", 2)
    ) {
        guard traits.contains(.controls) || quotes && traits.contains(.quotes) else {
            octets.append(contentsOf: text.utf8)
            return
        }
        for scalar in text.unicodeScalars {
            if scalar.isControl {
                octets.append(contentsOf: controls.prefix.utf8)
                octets.append(hexadecimal: scalar.value, digits: controls.digits)
            } else {
                if quotes, scalar == "\"" || scalar == "\\" { octets.append(UInt8(ascii: "\\")) }
                octets.append(contentsOf: String(scalar).utf8)
            }
        }
    }
}

// MARK: JSON

extension LogLine {
    /// Continues with the same as a JSON object: `time` (seconds since 1970), `level`, `subsystem`, `message`, and the
    /// fields under `fields`, all texts.
    mutating func appendJSON(
        _ subsystem: String, _ message: String, _ fields: Logger.Metadata, level: Logger.Level, time: String?
    ) {
        octets.append(UInt8(ascii: "{"))
        if let time {
            octets.append(contentsOf: "\"time\":".utf8)
            octets.append(contentsOf: time.utf8)
            octets.append(UInt8(ascii: ","))
        }
        octets.append(contentsOf: "\"level\":".utf8)
        appendQuoted(level.rawValue)
        octets.append(contentsOf: ",\"subsystem\":".utf8)
        appendQuoted(subsystem)
        octets.append(contentsOf: ",\"message\":".utf8)
        appendQuoted(message)
        if !fields.isEmpty {
            octets.append(contentsOf: ",\"fields\":".utf8)
            appendJSON(.dictionary(fields))
        }
        octets.append(UInt8(ascii: "}"))
    }

    private mutating func appendJSON(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): appendQuoted(text)
        case .stringConvertible(let value): appendQuoted(value.description)
        case .dictionary(let fields):
            octets.append(UInt8(ascii: "{"))
            for (index, field) in fields.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { octets.append(UInt8(ascii: ",")) }
                appendQuoted(field.key)
                octets.append(UInt8(ascii: ":"))
                appendJSON(field.value)
            }
            octets.append(UInt8(ascii: "}"))
        case .array(let elements):
            octets.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { octets.append(UInt8(ascii: ",")) }
                appendJSON(element)
            }
            octets.append(UInt8(ascii: "]"))
        }
    }

    /// A JSON string (RFC 8259 §7). Beside what must be escaped, C1 controls are, which steer terminals too.
    private mutating func appendQuoted(_ text: String) {
        octets.append(UInt8(ascii: "\""))
        appendEscaped(text, LogTextTraits(text), quotes: true, controls: ("\\u", 4))
        octets.append(UInt8(ascii: "\""))
    }
}

/// What in a text asks for care. Nearly all texts have nothing of it, and are taken as they are.
private struct LogTextTraits: OptionSet {
    let rawValue: UInt8

    /// Control characters, or octets beyond ASCII, which may belong to some.
    static let controls = LogTextTraits(rawValue: 1)
    /// A quotation mark or a backslash.
    static let quotes = LogTextTraits(rawValue: 2)
    /// A space or a quotation mark: a value with one stands in quotation marks.
    static let separators = LogTextTraits(rawValue: 4)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ text: String) {
        self = text.utf8.withContiguousStorageIfAvailable(LogTextTraits.init) ?? LogTextTraits(Array(text.utf8))
    }

    private init(_ octets: some Sequence<UInt8>) {
        self = []
        for octet in octets {
            switch octet {
            case UInt8(ascii: " "): insert(.separators)
            case UInt8(ascii: "\""): formUnion([.quotes, .separators])
            case UInt8(ascii: "\\"): insert(.quotes)
            case 0x21..<0x7F: break
            default: insert(.controls)
            }
        }
    }
}

extension Unicode.Scalar {
    /// C0, DEL and C1.
    fileprivate var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}

extension [UInt8] {
    fileprivate mutating func append(hexadecimal value: UInt32, digits: Int) {
        for digit in (0..<digits).reversed() {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt32(4 * digit)) & 0xF
            append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
        }
    }
}
