import CallModel
import NetTypes
import SDP

/// The `o=` line under the `replace` options (sdp-behaviour §5).
struct OriginRewriting {
    let replacements: RewritingOptions.Replacements
    let received: Origin?
    /// Our address towards the receiver.
    let local: IPAddress?

    private var countsVersions: Bool {
        replacements.contains(.sdpVersion) || replacements.contains(.originFull)
    }

    /// The `o=` line. `tail` is the rest of the body, to see whether it has changed since the last one.
    func apply(to sent: inout SentDescription, tail: [UInt8]) -> Origin {
        // RFC 8866 §5.2 wants an origin; where a device leaves it out ours stands in.
        var origin =
            received
            ?? Origin(
                username: "-", sessionID: "1", version: "1",
                location: ownLocation ?? Origin.location(at: .unspecified(.ipv4)))
        if replacements.contains(.originFull) {
            origin.username = sent.username ?? origin.username
            origin.sessionID = sent.sessionID ?? origin.sessionID
            origin.location = sent.originLocation ?? ownLocation ?? origin.location
        } else {
            if replacements.contains(.username) { origin.username = sent.username ?? origin.username }
            if replacements.contains(.origin) { origin.location = ownLocation ?? origin.location }
        }
        sent.username = sent.username ?? origin.username
        sent.sessionID = sent.sessionID ?? origin.sessionID
        sent.originLocation = sent.originLocation ?? origin.location
        count(&origin, &sent, tail)
        return origin
    }

    private var ownLocation: String? { local.map(Origin.location) }

    /// Replaces the version by our own count where that is asked for.
    private func count(_ origin: inout Origin, _ sent: inout SentDescription, _ tail: [UInt8]) {
        let forces = replacements.contains(.forceIncrementSDPVersion)
        guard countsVersions || forces else { return }
        var unversioned = origin
        unversioned.version = ""
        let body = Array(unversioned.text.utf8) + tail
        if let last = sent.version {
            if forces || body != sent.lastBody { sent.version = last &+ 1 }
        } else {
            // A version beyond 64 bits cannot be counted on; it starts anew.
            sent.version = UInt64(origin.version) ?? 1
        }
        sent.lastBody = body
        origin.version = String(sent.version ?? 1)
    }
}
