import CallModel
import MediaFormats
import NetTypes
import SDP

/// A received media section, sorted by what the relay does with each line. One pass over the lines.
struct SectionIntake {
    private(set) var description: MediaDescription
    let kind: TransportKind
    /// `c=` of the section, else of the session.
    let connection: ConnectionData?
    /// `i=` texts.
    var information: [String] = []
    /// `b=` values by type, for the types that are passed on.
    var bandwidths: [String: String] = [:]
    /// Formats in the order of the `m=` line, with their `rtpmap` and first `fmtp`. Empty for opaque sections.
    var formats: [PayloadFormat] = []
    /// `fmtp` parameter texts by format.
    var parameters = FormatLines()
    /// `rtcp-fb` texts behind the format, by format or `*`.
    var feedback = FormatLines()
    var direction: Direction?
    /// `a=rtcp:PORT [IN IP4 ADDRESS]`.
    var rtcpPort: UInt16?
    var rtcpAddress: IPAddress?
    var announcesMux = false
    var mid: String?
    var label: String?
    var ptime: String?
    var maxptime: String?
    var extensions: [ExtensionLine] = []
    var allowsMixedExtensions = false
    /// ICE and DTLS lines, those of the session filled in.
    var security = SecurityIntake()
    /// Attribute texts that the relay does not handle, in order.
    var others: [String] = []

    /// An `a=extmap` line without direction and parameters.
    struct ExtensionLine: Equatable {
        var id: Int
        var uri: String
    }

    /// Sorts the lines of `media`; `session` gives what holds for sections without their own.
    init(_ media: MediaDescription, session: SessionIntake) {
        kind = TransportKind(media.transport)
        description = media
        if let name = kind.name { description.transport = name }
        connection = media.connection ?? session.connection
        direction = session.direction
        allowsMixedExtensions = session.allowsMixedExtensions
        var rtpmaps = FormatLines()
        for line in media.lines {
            switch line.type {
            case UInt8(ascii: "i"): information.append(line.value)
            case UInt8(ascii: "b"): SectionIntake.take(bandwidth: line.value, into: &bandwidths)
            case UInt8(ascii: "a"): take(Attribute(line.value), text: line.value, rtpmaps: &rtpmaps)
            default: break
            }
        }
        if extensions.isEmpty { extensions = session.extensions }
        security.inherit(session.security)
        security.preferUnderstoodKeys()
        if kind.isRTP {
            formats = media.formats.compactMap { text in
                UInt8(text).map { payloadType in
                    PayloadFormat(
                        payloadType: payloadType, rtpmap: rtpmaps.first(of: text),
                        parameters: parameters.first(of: text))
                }
            }
        }
    }

    /// The section uses another one's transport, so that its port means nothing.
    var ridesOnBundle = false
    /// All attribute texts, in order; what opaque sections pass on.
    var attributes: [String] {
        description.lines.compactMap { line in
            guard line.type == UInt8(ascii: "a") else { return nil }
            let attribute = Attribute(line.value)
            // Without a value the text may still end in a colon.
            return attribute.value == nil ? attribute.name : line.value
        }
    }

    /// The section has the format, or the number without a name for it.
    func lists(_ format: PayloadFormat) -> Bool {
        formats.contains { received in
            received.payloadType == format.payloadType
                && (received.encodingName == nil || received.isSameCodec(as: format))
        }
    }

    /// `a=bundle-only` (RFC 9143 §6).
    var isBundleOnly: Bool { attributes.contains("bundle-only") }

    /// Port 0 (RFC 3264 §6), unless that only says that the section exists within its bundle.
    var isRejected: Bool { description.port == 0 && !(ridesOnBundle && isBundleOnly) }

    private mutating func take(_ attribute: Attribute, text: String, rtpmaps: inout FormatLines) {
        let value = attribute.value
        switch attribute.name {
        case "sendrecv", "sendonly", "recvonly", "inactive": direction = Direction(rawValue: attribute.name)
        case "rtpmap":
            if let (format, rest) = value?.splitAtSpace() { rtpmaps.add(rest, of: format) }
        case "fmtp":
            if let (format, rest) = value?.splitAtSpace() { parameters.add(rest, of: format) }
        case "rtcp-fb":
            if let (format, rest) = value?.splitAtSpace() { feedback.add(rest, of: format) }
        case "rtcp": take(rtcp: value)
        case "rtcp-mux": announcesMux = true
        case "mid": mid = value
        case "label": label = value
        case "ptime": ptime = value ?? ptime
        case "maxptime": maxptime = value ?? maxptime
        case "extmap": if let line = ExtensionLine(value) { extensions.append(line) }
        case "extmap-allow-mixed": allowsMixedExtensions = true
        case let name where SectionIntake.consumed.contains(name) || name.hasPrefix("T38"): security.take(name, value)
        // Without a value the text may still end in a colon.
        default: others.append(value == nil ? attribute.name : text)
        }
    }

    private mutating func take(rtcp value: String?) {
        guard let fields = value?.split(separator: " "), let first = fields.first, let port = UInt16(first) else {
            return
        }
        rtcpPort = port
        // A zero address is what browsers write before they know theirs (RFC 8840 §4.1.1).
        if fields.count == 4, fields[1] == "IN", let address = IPAddress(fields[3]), !address.isUnspecified {
            rtcpAddress = address
        }
    }

    /// Attribute texts of the session's ICE and DTLS lines and direction that hold for the section, which has none.
    var inheritedSecurity: [String] {
        let attributes = attributes
        func lacks(_ name: String) -> Bool { !attributes.contains { $0.hasPrefix(name + ":") } }
        var texts: [String] = []
        if lacks("ice-ufrag"), let fragment = security.usernameFragment { texts.append("ice-ufrag:\(fragment)") }
        if lacks("ice-pwd"), let password = security.password { texts.append("ice-pwd:\(password)") }
        if lacks("ice-options"), !security.iceOptions.isEmpty {
            texts.append("ice-options:\(security.iceOptions.joined(separator: " "))")
        }
        if lacks("setup"), let setup = security.setup { texts.append("setup:\(setup.rawValue)") }
        if lacks("fingerprint"), let print = security.fingerprint {
            texts.append("fingerprint:\(print.hash) \(print.value)")
        }
        if lacks("tls-id"), let name = security.tlsID { texts.append("tls-id:\(name)") }
        if let direction, direction != .sendrecv, !attributes.contains(direction.rawValue) {
            texts.append(direction.rawValue)
        }
        return texts
    }

    /// The header extension that carries the `mid`.
    static let midExtension = "urn:ietf:params:rtp-hdrext:sdes:mid"

    /// Keeps the bandwidth types that are passed on (sdp-behaviour §4); the last of a type counts.
    static func take(bandwidth text: String, into bandwidths: inout [String: String]) {
        guard let colon = text.firstIndex(of: ":") else { return }
        let type = String(text[..<colon])
        if bandwidthTypes.contains(type) { bandwidths[type] = String(text[text.index(after: colon)...]) }
    }

    /// The bandwidth types that are passed on, in the order they are written in.
    static let bandwidthTypes = ["AS", "RR", "RS", "CT", "TIAS"]

    /// Attributes that are dropped or written anew, beside those sorted above (sdp-behaviour §4).
    private static let consumed: Set<String> = [
        "crypto", "setup", "fingerprint", "tls-id", "ice-ufrag", "ice-pwd", "ice-options", "candidate",
        "remote-candidates", "end-of-candidates", "ice-mismatch", "ice-lite", "group",
    ]
}

extension SectionIntake.ExtensionLine {
    /// Reads `ID[/direction] URI [parameters]` (RFC 8285 §8); ids that fit no packet format are refused.
    init?(_ value: String?) {
        guard let fields = value?.split(separator: " "), fields.count >= 2,
            let idText = fields[0].split(separator: "/").first, let id = Int(idText),
            (1...255).contains(id), id != 15
        else { return nil }
        self.init(id: id, uri: String(fields[1]))
    }

    /// What stands behind `a=extmap:`.
    var text: String { "\(id) \(uri)" }
}

extension PayloadFormat {
    /// A format from its number and what stands behind `a=rtpmap:PT `; static numbers need no `rtpmap`.
    init(payloadType: UInt8, rtpmap: String?, parameters: String?) {
        let encoding = rtpmap.map { text in
            var rest: Substring? = text[...]
            let name = rest.popField() ?? ""
            let clockRate = rest.popField().flatMap { UInt32($0) } ?? 0
            return (name: String(name), clockRate: clockRate, channels: rest.popField().flatMap { Int($0) } ?? 1)
        }
        self.init(payloadType: payloadType, encoding: encoding, parameters: parameters)
    }
}

extension Substring? {
    /// Takes off what stands before the next slash, or all without one; `nil` when nothing is left.
    fileprivate mutating func popField() -> Substring? {
        guard let text = self else { return nil }
        // Octets, not characters: those take a look-up in tables each.
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            self = nil
            return text
        }
        self = text[text.utf8.index(after: slash)...]
        return text[..<slash]
    }
}

extension String {
    /// The text before the first space and the text behind it, without leading spaces; `nil` without both.
    func splitAtSpace() -> (String, String)? {
        guard let space = utf8.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        let rest = Substring(utf8[space...].drop { $0 == UInt8(ascii: " ") })
        return rest.isEmpty || space == startIndex ? nil : (String(self[..<space]), String(rest))
    }
}
