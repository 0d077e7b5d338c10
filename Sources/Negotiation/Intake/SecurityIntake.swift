import CallModel
import NetTypes
import SDP
import SRTPKeying

/// The ICE and DTLS lines of a session or section, as received.
struct SecurityIntake {
    var usernameFragment: String?
    var password: String?
    var iceOptions: [String] = []
    var candidates: [String] = []
    var fingerprint: DTLSState.Fingerprint?
    var setup: DTLSState.Setup?
    var tlsID: String?
    /// `a=crypto` lines that were understood; others are passed over with their tags (sdp-behaviour §13).
    var keys: [SDESAttribute] = []

    /// Takes the attribute if it is one of these.
    mutating func take(_ name: String, _ value: String?) {
        guard let value else { return }
        switch name {
        case "ice-ufrag": usernameFragment = value
        case "ice-pwd": password = value
        case "ice-options": iceOptions = value.split(separator: " ").map(String.init)
        case "candidate":
            if candidates.count < SecurityIntake.candidateLimit { candidates.append(value) }
        case "crypto":
            if keys.count < SecurityIntake.keyLimit, let line = try? SDESAttribute(parsing: value) { keys.append(line) }
        case "tls-id": tlsID = value
        case "setup": setup = DTLSState.Setup(rawValue: value)
        case "fingerprint":
            // Of several fingerprints the first one counts (sdp-behaviour §12).
            if fingerprint == nil { fingerprint = DTLSState.Fingerprint(attribute: value) }
        default: break
        }
    }

    /// More candidates than any agent has; the rest of a flood is not kept.
    static let candidateLimit = 64

    /// More suites than there are.
    static let keyLimit = 32

    /// Leaves out candidates that lead to this very host, where its other services are. Linux takes the zero address
    /// for one of its own as well. Nor may they lead to `listeners`.
    mutating func dropUnusableCandidates(acceptsLoopback: Bool, listeners: OwnListeners) {
        guard !candidates.isEmpty else { return }
        candidates.removeAll { text in
            let fields = text.split { $0 == " " || $0 == "\t" }
            guard fields.count > 4, let address = IPAddress(fields[4]) else { return false }
            if let port = fields.count > 5 ? UInt16(fields[5]) : nil,
                listeners.contains(TransportAddress(address, port))
            {
                return true
            }
            return address.isUnspecified || (address.isLoopback && !acceptsLoopback)
        }
    }

    /// Leaves out lines with session parameters that are not done here, so that the next one is chosen (RFC 4568
    /// §6.3.7). Where there is no other they stay, their parameters ignored (sdp-behaviour §13).
    mutating func preferUnderstoodKeys() {
        guard !keys.isEmpty else { return }
        let understood = keys.filter(\.parameters.areUnderstood)
        if !understood.isEmpty { keys = understood }
    }

    /// Credentials, when both halves were given.
    var credentials: ICEState.Credentials? {
        guard let usernameFragment, let password else { return nil }
        return ICEState.Credentials(usernameFragment: usernameFragment, password: password)
    }

    /// Fills in what holds for a section: its own values, else those of the session.
    mutating func inherit(_ session: SecurityIntake) {
        if usernameFragment == nil { usernameFragment = session.usernameFragment }
        if password == nil { password = session.password }
        if iceOptions.isEmpty { iceOptions = session.iceOptions }
        if candidates.isEmpty { candidates = session.candidates }
        if fingerprint == nil { fingerprint = session.fingerprint }
        if setup == nil { setup = session.setup }
        if tlsID == nil { tlsID = session.tlsID }
    }
}

extension DTLSState.Fingerprint {
    /// Octets of the digests that a fingerprint may use (RFC 8122 §5).
    static let digestLengths = ["sha-1": 20, "sha-224": 28, "sha-256": 32, "sha-384": 48, "sha-512": 64]

    /// Reads what stands behind `a=fingerprint:`; `nil` for a hash that is not known or a value of another length.
    init?(attribute: String) {
        let fields = attribute.split(separator: " ")
        guard fields.count == 2 else { return nil }
        let hash = fields[0].lowercased()
        let octets = fields[1].split(separator: ":", omittingEmptySubsequences: false)
        guard let length = DTLSState.Fingerprint.digestLengths[hash], octets.count == length,
            octets.allSatisfy({ $0.utf8.count == 2 && UInt8($0, radix: 16) != nil && $0.first != "+" })
        else { return nil }
        self.init(hash: hash, value: fields[1].uppercased())
    }
}
