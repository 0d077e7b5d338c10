internal import Bencode
internal import Negotiation

extension OptionGroup {
    /// Lines of the outgoing SDP (ng-protocol §5.4, SDP text).
    static let rewriting = OptionGroup(
        keys: [
            OptionKey("replace", .words(applyReplace)),
            OptionKey("sdp-media-remove", .value(removeMedia)),
            OptionKey(
                "extmap",
                .value { (reader, spelled, value) throws(NGErrorText) in
                    guard let entries = value.dictionary?.entries else { return reader.noteUnknown(spelled) }
                    for entry in entries {
                        let name = "extmap-\(OptionName.fold(entry.key))"
                        guard OptionTable.keys[name]?.kind != nil else {
                            reader.noteUnknown("\(spelled)-\(entry.key)")
                            continue
                        }
                        for word in reader.list(entry.value) ?? [] {
                            reader.word(word, key: name, noted: "\(spelled)-\(entry.key)=\(word)")
                        }
                    }
                }),
            OptionKey(
                "extmap-strip",
                .words { request, word in
                    request.options.rewriting.strippedExtensions.insert(extensionURI(word))
                    return true
                }),
            OptionKey(
                "extmap-mask",
                .words { request, word in
                    request.options.rewriting.maskedExtensions.insert(extensionURI(word))
                    return true
                }),
        ] + AttributeManipulationOptions.keys,
        flags: [
            OptionFlag("original-sendrecv") { $0.options.rewriting.keepsDirection = true },
            OptionFlag("strip-extmap") { $0.options.rewriting.strippedExtensions.insert("all") },
        ])

    @Sendable private static func applyReplace(_ request: inout NGRequest, _ word: OptionWord) -> Bool {
        switch word.folded {
        case "origin": request.options.rewriting.replacements.insert(.origin)
        case "origin-full": request.options.rewriting.replacements.insert(.originFull)
        case "sdp-version": request.options.rewriting.replacements.insert(.sdpVersion)
        case "force-increment-sdp-ver": request.options.rewriting.replacements.insert(.forceIncrementSDPVersion)
        case "username": request.options.rewriting.replacements.insert(.username)
        case "session-name": request.options.rewriting.replacements.insert(.sessionName)
        case "zero-address": request.options.rewriting.replacements.insert(.zeroAddress)
        // Always done. Every script still asks for it.
        case "session-connection": break
        default: return false
        }
        return true
    }

    private static func extensionURI(_ word: OptionWord) -> String { word.folded == "all" ? "all" : word.text }

    @Sendable private static func removeMedia(
        _ reader: inout OptionReader, _ spelled: String, _ value: BencodeValue
    ) throws(NGErrorText) {
        guard let members = value.list else { throw .wrongType }
        for text in members.compactMap(\.text) {
            let mediaType = OptionName.fold(text)
            guard SDPSection.mediaTypes.contains(mediaType) else { throw .unsupportedSDPSection }
            reader.request.options.rewriting.removedMedia.insert(mediaType)
        }
    }
}

/// Sections of an SDP body by the names that options give them.
enum SDPSection {
    /// Media types that have a name, and `other` for the rest.
    static let mediaTypes: Set<String> = ["audio", "video", "image", "text", "application", "message", "other"]

    /// The key of a section in `RewritingOptions.attributes`; `nil` for an unknown section.
    static func attributeKey(_ name: String) -> String? {
        switch OptionName.fold(name) {
        case "none", "global": "session"
        case let type where mediaTypes.contains(type): type
        default: nil
        }
    }
}
