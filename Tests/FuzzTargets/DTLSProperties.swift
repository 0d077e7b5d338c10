import DTLS
import SRTPKeying

/// DTLS: whatever a stranger sends, no association is made with him, one that is made stays, and what is sent is bounded.
///
/// The first octet chooses how far the association is; the rest is datagrams with two octets of length before each.
enum DTLSProperties {
    private static let contexts: (DTLSContext, DTLSContext)? = {
        guard let one = makeContext(), let other = makeContext() else { return nil }
        return (one, other)
    }()

    private static func makeContext() -> DTLSContext? {
        guard let certificate = try? DTLSCertificate(validFrom: 1_700_000_000, validity: 86_400 * 365) else {
            return nil
        }
        return try? DTLSContext(certificate)
    }

    static func violation(_ bytes: [UInt8]) -> String? {
        guard let (ours, theirs) = contexts else { return "no certificate" }
        var reader = ByteReader(bytes)
        let stage = reader.index(below: 5)
        let role: DTLSRole = stage == 0 ? .server : stage == 1 ? .client : stage == 2 ? .undecided : .server
        var association = DTLSAssociation(ours, role: role, expected: [theirs.fingerprint(.sha256)])
        var peer = DTLSAssociation(theirs, role: .client, expected: [ours.fingerprint(.sha256)])
        association.start()
        if stage > 2 {
            peer.start()
            // The peer's first flight; with the others, all.
            exchange(&association, &peer, rounds: stage == 3 ? 1 : 10)
        }
        let wasConnected = association.state == .connected
        guard wasConnected == (stage == 4) else { return "the handshake came to nothing" }
        var sent = 0
        var count = 0
        while !reader.isAtEnd, count < 64 {
            count += 1
            let length = Int(reader.byte()) << 8 | Int(reader.byte())
            reader.octets(min(length, 2048)).withUnsafeBytes { association.receive($0) }
            while association.nextDatagram() != nil { sent += 1 }
            while let event = association.nextEvent() {
                switch event {
                case .connected where !wasConnected: return "connected with nobody"
                case .closed, .failed: if wasConnected { return "a stranger has ended it" }
                default: break
                }
            }
        }
        if wasConnected, association.state != .connected { return "a stranger has ended it" }
        if association.state == .awaitingFingerprint { return "a handshake with nobody" }
        // One flight, or an alert, for what was answered at all.
        return sent <= 8 * (count + 1) ? nil : "too much was sent"
    }

    private static func exchange(_ left: inout DTLSAssociation, _ right: inout DTLSAssociation, rounds: Int) {
        for _ in 0..<rounds {
            while let datagram = right.nextDatagram() { datagram.withUnsafeBytes { left.receive($0) } }
            while let datagram = left.nextDatagram() { datagram.withUnsafeBytes { right.receive($0) } }
            while left.nextEvent() != nil {}
        }
    }
}
