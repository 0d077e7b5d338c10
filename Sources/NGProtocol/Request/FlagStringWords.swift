internal import Bencode
internal import Negotiation

/// What has a meaning of its own inside `rtpp-flags` (ng-protocol §5.2): directions that count up, overriding
/// identifiers, and the proxy's words for the transport.
struct FlagStringWords {
    enum Outcome {
        case applied
        case refused
        case notSpecial
    }

    private var directions = 0
    private var transport = TransportWords()

    mutating func apply(word: String, to reader: inout OptionReader) -> Bool {
        switch OptionName.fold(word) {
        case "internal", "external":
            return addDirection(OptionName.fold(word), to: &reader)
        default:
            guard transport.add(word) else { return false }
            reader.word(transport.profile, key: "transport-protocol", noted: word)
            return true
        }
    }

    mutating func apply(key: String, _ value: BencodeValue, to reader: inout OptionReader) -> Outcome {
        guard let text = value.text else { return .notSpecial }
        switch key {
        case "direction":
            return addDirection(text, to: &reader) ? .applied : .refused
        case "from-tag":
            reader.request.fromTag = text
            reader.request.options.parties.isDirectional = true
        case "to-tag":
            reader.request.toTag = text
            reader.request.options.deletion.honoursToTag = true
        case "call-id":
            reader.request.callID = text
        case "via-branch":
            // What the proxy made of such a word stands under the key of the reader.request.
            guard !FlagStringWords.proxyBranches.contains(OptionName.fold(text)) else { return .applied }
            reader.request.viaBranch = text
        default:
            return .notSpecial
        }
        return .applied
    }

    private static let proxyBranches: Set<String> = ["auto", "next", "extra", "auto-next", "auto-extra", "1", "2"]

    private mutating func addDirection(_ interface: String, to reader: inout OptionReader) -> Bool {
        directions += 1
        switch directions {
        case 1: reader.request.options.addressing.fromInterface = interface
        case 2: reader.request.options.addressing.toInterface = interface
        default: return false
        }
        return true
    }
}

/// Transport words, which combine: `SRTP AVPF` is `RTP/SAVPF`, and `DTLS` puts `UDP/TLS/` before it.
private struct TransportWords {
    private var isSecure = false
    private var hasFeedback = false
    private var isDTLS = false

    var profile: String {
        (isDTLS ? "UDP/TLS/" : "") + "RTP/" + (isSecure ? "S" : "") + "AVP" + (hasFeedback ? "F" : "")
    }

    mutating func add(_ word: String) -> Bool {
        switch OptionName.fold(word) {
        case "rtp": (isSecure, isDTLS) = (false, false)
        case "avp": hasFeedback = false
        case "avpf": hasFeedback = true
        case "srtp": isSecure = true
        case "dtls": (isSecure, isDTLS) = (true, true)
        case "rtp/avp": (isSecure, hasFeedback, isDTLS) = (false, false, false)
        case "rtp/avpf": (isSecure, hasFeedback, isDTLS) = (false, true, false)
        case "rtp/savp": (isSecure, hasFeedback, isDTLS) = (true, false, false)
        case "rtp/savpf": (isSecure, hasFeedback, isDTLS) = (true, true, false)
        case "udp/tls/rtp/savp": (isSecure, hasFeedback, isDTLS) = (true, false, true)
        case "udp/tls/rtp/savpf": (isSecure, hasFeedback, isDTLS) = (true, true, true)
        default: return false
        }
        return true
    }
}
