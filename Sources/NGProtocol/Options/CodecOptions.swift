internal import Bencode
internal import Negotiation

extension OptionGroup {
    /// Codec lists and the flags around them (ng-protocol §5.4, Codecs). Each entry of the `codec` dictionary is also a
    /// key `codec-ENTRY`, as flag strings have it.
    static let codecs = OptionGroup(
        keys: [
            OptionKey(
                "codec",
                .value { (reader, spelled, value) throws(NGErrorText) in
                    guard let entries = value.dictionary?.entries else { return reader.noteUnknown(spelled) }
                    for entry in entries {
                        let name = "codec-\(OptionName.fold(entry.key))"
                        guard OptionTable.keys[name]?.kind != nil else {
                            reader.noteUnknown("\(spelled)-\(entry.key)")
                            continue
                        }
                        for word in reader.list(entry.value) ?? [] {
                            reader.word(word, key: name, noted: "\(spelled)-\(entry.key)=\(word)")
                        }
                    }
                }),
            list("codec-strip") { $0.strip.append($1) },
            list("codec-except") { $0.except.append($1) },
            list("codec-offer") { $0.offer.append($1) },
            list("codec-transcode") { $0.transcode.append($1) },
            list("codec-mask") { $0.mask.append($1) },
            list("codec-consume") { $0.consume.append($1) },
            list("codec-ignore") { $0.ignore.append($1) },
            list("codec-set") { $0.set.append($1) },
            list("codec-accept") { $0.accept.append($1) },
            OptionKey(
                "ptime",
                .integer { request, milliseconds in
                    guard milliseconds > 0 else { return false }
                    request.options.codecs.ptimeMilliseconds = milliseconds
                    return true
                }),
            OptionKey(
                "ptime-reverse",
                .integer { request, milliseconds in
                    guard milliseconds > 0 else { return false }
                    request.options.codecs.reversePtimeMilliseconds = milliseconds
                    return true
                }),
        ],
        flags: [
            OptionFlag("always-transcode") { $0.options.codecs.accept.append("all") },
            OptionFlag("force-transcoding") { $0.options.codecs.forcesTranscoding = true },
            OptionFlag("allow-transcoding") { $0.options.codecs.allowsTranscoding = true },
            OptionFlag("allow-asymmetric-codecs") { $0.options.codecs.allowsAsymmetric = true },
            OptionFlag("allow-no-codec-media") { $0.options.codecs.allowsEmptyMedia = true },
            OptionFlag("single-codec") { $0.options.codecs.isSingle = true },
            OptionFlag("static-codecs") { $0.options.codecs.isStatic = true },
            OptionFlag("reuse-codecs") { $0.options.codecs.reuses = true },
        ])

    private static func list(
        _ name: String, _ append: @escaping @Sendable (inout CodecOptions, String) -> Void
    ) -> OptionKey {
        OptionKey(
            name,
            .words { request, word in
                append(&request.options.codecs, EscapedText.decode(word.text))
                return true
            })
    }
}

/// Codec specs and attribute texts as they pass through proxies that split at `=` and blanks: `--` stands for `=`, `..`
/// for a space (ng-protocol §5.1).
enum EscapedText {
    static func decode(_ text: String) -> String {
        var output: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let isDouble = rest.first == byte
            switch byte {
            case UInt8(ascii: "-") where isDouble:
                output.append(UInt8(ascii: "="))
                rest.removeFirst()
            case UInt8(ascii: ".") where isDouble:
                output.append(UInt8(ascii: " "))
                rest.removeFirst()
            default:
                output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
