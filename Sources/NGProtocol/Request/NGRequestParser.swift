public import Bencode
internal import Wire

/// Makes requests of dictionaries: templates first, then the keys in the order in which they stand
/// (ng-protocol §5).
public struct NGRequestParser: Sendable {
    private let templates: [String: [FlagItem]]

    /// A parser with the configured templates: `rtpp-flags` strings by name. Those named `default` or like a command
    /// apply without being asked for (ng-protocol §5.3).
    public init(templates: [String: String] = [:]) {
        self.templates = templates.mapValues { FlagString.parse($0.octets) }
    }

    /// Reads a request. Unknown or odd options are noted in it and are no errors; structural mistakes in the keys that
    /// edit SDP or list parties are.
    public func parse(_ dictionary: BencodeDictionary) throws(NGErrorText) -> NGRequest {
        guard let name = dictionary.first("command")?.text else { throw .noCommand }
        guard let command = NGCommand(name: name) else { throw .unknownCommand }
        var reader = OptionReader(request: NGRequest(command: command, dictionary: dictionary))
        let keys = dictionary.entries.map { OptionTable.keys[$0.key] }
        let flagStrings = NGRequestParser.flagStrings(of: dictionary, keys)
        try applyTemplates(command: command, dictionary, keys, flagStrings, to: &reader)
        for (index, entry) in dictionary.entries.enumerated() {
            if let items = flagStrings[index] {
                try reader.flagString(items)
            } else {
                try reader.key(keys[index], spelled: entry.key, entry.value)
            }
        }
        return reader.finish()
    }

    /// The call-id that a request will have, as far as its order among other requests is concerned. Much cheaper
    /// than ``parse(_:)``.
    public static func orderingKey(of dictionary: BencodeDictionary) -> String? {
        var callID: String?
        for entry in dictionary.entries {
            guard let known = OptionTable.keys[entry.key] else { continue }
            if known.role == .flagString {
                guard let octets = entry.value.octets else { continue }
                for case .pair(let key, let value) in FlagString.parse(octets) where OptionName.key(key) == "call-id" {
                    if let text = value.text { callID = text }
                }
            } else if known.name == "call-id", let text = entry.value.text {
                callID = text
            }
        }
        return callID
    }

    /// The parsed `rtpp-flags` values by their place in the request.
    private static func flagStrings(of dictionary: BencodeDictionary, _ keys: [KeyEntry?]) -> [Int: [FlagItem]] {
        var strings: [Int: [FlagItem]] = [:]
        for (index, key) in keys.enumerated() where key?.role == .flagString {
            if let octets = dictionary.entries[index].value.octets { strings[index] = FlagString.parse(octets) }
        }
        return strings
    }

    private func applyTemplates(
        command: NGCommand, _ dictionary: BencodeDictionary, _ keys: [KeyEntry?], _ flagStrings: [Int: [FlagItem]],
        to reader: inout OptionReader
    ) throws(NGErrorText) {
        if !templates.isEmpty {
            for name in ["default", command.rawValue] {
                if let items = templates[name] { try reader.flagString(items) }
            }
        }
        for (index, entry) in dictionary.entries.enumerated() {
            if keys[index]?.role == .template { try applyTemplate(entry.value.text, to: &reader) }
            if flagStrings.isEmpty { continue }
            for case .pair(let key, let value) in flagStrings[index] ?? [] where OptionName.key(key) == "template" {
                try applyTemplate(value.text, to: &reader)
            }
        }
    }

    private func applyTemplate(_ name: String?, to reader: inout OptionReader) throws(NGErrorText) {
        guard let name else { return }
        guard let items = templates[name] else { return reader.noteUnknown("template=\(name)") }
        try reader.flagString(items)
    }
}
