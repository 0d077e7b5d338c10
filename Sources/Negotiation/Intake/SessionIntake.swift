import NetTypes
public import SDP

/// The session part of a received description, sorted by what the relay does with each line.
struct SessionIntake {
    var connection: ConnectionData?
    var origin: Origin?
    /// `s=`; `nil` when missing.
    var sessionName: String?
    /// `i=`, `u=`, `e=`, `p=` as received, in the order they are written in.
    var descriptive: [Line] = []
    var bandwidths: [String: String] = [:]
    /// The first `t=`.
    var timing: String?
    var direction: Direction?
    var extensions: [SectionIntake.ExtensionLine] = []
    /// ICE and DTLS lines that hold for all sections.
    var security = SecurityIntake()
    var isLite = false
    var allowsMixedExtensions = false
    /// Sections that the sender bundles, by `mid` (RFC 9143).
    var bundledMIDs: Set<String> = []
    /// Attribute texts that are passed on.
    var others: [String] = []
    /// Values of the loop protection attribute.
    var loopMarks: [String] = []

    /// Name of the attribute that marks an SDP as having passed a relay.
    static let loopAttribute = "rtpengine"

    init(_ description: SessionDescription) {
        connection = description.connection
        origin = description.origin
        for line in description.lines {
            switch line.type {
            case UInt8(ascii: "s"): sessionName = line.value
            case UInt8(ascii: "i"), UInt8(ascii: "u"), UInt8(ascii: "e"), UInt8(ascii: "p"): descriptive.append(line)
            case UInt8(ascii: "b"): SectionIntake.take(bandwidth: line.value, into: &bandwidths)
            case UInt8(ascii: "t"): timing = timing ?? line.value
            case UInt8(ascii: "a"): take(Attribute(line.value))
            default: break
            }
        }
        guard descriptive.count > 1 else { return }
        let order: [UInt8] = Array("iuep".utf8)
        descriptive.sort { (order.firstIndex(of: $0.type) ?? 0) < (order.firstIndex(of: $1.type) ?? 0) }
    }

    private mutating func take(_ attribute: Attribute) {
        switch attribute.name {
        case "sendrecv", "sendonly", "recvonly", "inactive": direction = Direction(rawValue: attribute.name)
        case "extmap": if let line = SectionIntake.ExtensionLine(attribute.value) { extensions.append(line) }
        case SessionIntake.loopAttribute: loopMarks.append(attribute.value ?? "")
        case "ice-lite": isLite = true
        case "extmap-allow-mixed": allowsMixedExtensions = true
        case "group":
            let words = (attribute.value ?? "").split(separator: " ")
            if words.first == "BUNDLE", bundledMIDs.isEmpty { bundledMIDs = Set(words.dropFirst().map(String.init)) }
        case let name where SessionIntake.consumed.contains(name): security.take(name, attribute.value)
        default: others.append(attribute.text)
        }
    }

    /// Session attributes that are not passed on (sdp-behaviour §5).
    private static let consumed: Set<String> = [
        "ice-ufrag", "ice-pwd", "ice-options", "candidate", "end-of-candidates",
        "remote-candidates", "fingerprint", "setup", "tls-id", "crypto", "rtpmap", "fmtp", "rtcp-fb", "rtcp",
        "rtcp-mux", "ptime", "maxptime", "mid", "label",
    ]
}

/// Whether a description has come through the relay whose loop protection value is `mark`.
public func isLooped(_ description: SessionDescription, mark: String) -> Bool {
    SessionIntake(description).loopMarks.contains(mark)
}
