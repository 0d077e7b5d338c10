import NetTypes

/// One definition of an interface, from `--interface` or from a section of the file, before names are resolved.
struct InterfaceEntry: Equatable {
    enum Target: Equatable {
        /// An address, an interface or host name, or `any`; with the advertised address or host name.
        case address(String, advertised: String?)
        /// Another name for the interface of this name.
        case alias(of: String)
    }

    var name: String
    var target: Target
    var minimum: UInt16
    var maximum: UInt16
    var excluded: Set<UInt16> = []
    /// How messages refer to the definition.
    var place: String

    static let defaultName = "default"
}

extension InterfaceEntry {
    /// Reads `[NAME/]ADDRESS[!ADVERTISED]` or `ALIAS=NAME`.
    init(
        _ text: String, ports: ClosedRange<UInt16>, place: String
    ) throws(ConfigurationError) {
        minimum = ports.lowerBound
        maximum = ports.upperBound
        self.place = place
        if let equals = text.firstIndex(of: "=") {
            name = String(KeyFile.trim(text[..<equals]))
            let target = String(KeyFile.trim(text[text.index(after: equals)...]))
            self.target = .alias(of: target)
            guard !name.isEmpty, !target.isEmpty else { throw .usage("\(place): \"\(text)\" is not ALIAS=NAME") }
            return
        }
        var rest = text[...]
        name = Self.defaultName
        if let slash = rest.firstIndex(of: "/") {
            name = String(KeyFile.trim(rest[..<slash]))
            rest = rest[rest.index(after: slash)...]
        }
        var advertised: String?
        if let mark = rest.firstIndex(of: "!") {
            advertised = String(KeyFile.trim(rest[rest.index(after: mark)...]))
            rest = rest[..<mark]
        }
        let address = String(KeyFile.trim(rest))
        target = .address(address, advertised: advertised)
        guard !name.isEmpty, !address.isEmpty, advertised?.isEmpty != true else {
            throw .usage("\(place): \"\(text)\" is not [NAME/]ADDRESS[!ADVERTISED]")
        }
    }

    /// Reads a section `[PREFIX-NAME]`; keys that it does not know are added to `warnings`.
    init(
        section: [KeyFile.Entry], named sectionName: String, defaultName: String, ports: ClosedRange<UInt16>,
        fileName: String, warnings: inout [String]
    ) throws(ConfigurationError) {
        name = defaultName
        minimum = ports.lowerBound
        maximum = ports.upperBound
        place = "\(fileName): [\(sectionName)]"
        var address: String?
        var advertised: String?
        var alias: String?
        for entry in section where !entry.text.isEmpty {
            let entryPlace = "\(fileName):\(entry.line): \(entry.key)"
            switch entry.key {
            case "name": name = entry.text
            case "address": address = entry.text
            case "alias": alias = entry.text
            case "advertised", "advertised address", "advertised-address": advertised = entry.text
            case "port-min": minimum = try Self.port(entry.text, entryPlace)
            case "port-max": maximum = try Self.port(entry.text, entryPlace)
            case "exclude-ports":
                for text in entry.list { excluded.insert(try Self.port(text, entryPlace)) }
            default: warnings.append("\(fileName):\(entry.line): unknown key \"\(entry.key)\" ignored")
            }
        }
        if let alias {
            target = .alias(of: alias)
        } else if let address {
            target = .address(address, advertised: advertised)
        } else {
            throw .usage("\(place): address is missing")
        }
        guard minimum <= maximum else { throw .usage("\(place): port-min \(minimum) is above port-max \(maximum)") }
    }

    private static func port(_ text: String, _ place: String) throws(ConfigurationError) -> UInt16 {
        guard let number = OptionKind.integer(text), let port = UInt16(exactly: number), port > 0 else {
            throw .usage("\(place): \"\(text)\" is not an integer from 1 to 65535")
        }
        return port
    }
}
