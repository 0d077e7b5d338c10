import CVirtualTime
import SRTPKeying

@testable import DTLS

/// Octets of a datagram on its way, with the side that sent it.
struct Flying {
    enum Side { case left, right }
    var from: Side
    var octets: [UInt8]
}

/// Two associations with a network between them that can lose and change datagrams. Time is virtual.
final class Pair {
    let left: Party
    let right: Party
    var leftEvents: [DTLSEvent] = []
    var rightEvents: [DTLSEvent] = []
    /// How many datagrams were sent so far, lost ones too.
    var sent = 0
    var longest = 0
    /// Whether a datagram, the n-th from 0 on, is delivered.
    var delivers: (Int, Flying) -> Bool = { _, _ in true }

    init(_ left: Party, _ right: Party) {
        self.left = left
        self.right = right
    }

    /// A client and a server with the right fingerprints.
    init(client: DTLSContext, server: DTLSContext, hash: FingerprintHash = .sha256) {
        left = Party(client, role: .client, expected: [server.fingerprint(hash)])
        right = Party(server, role: .server, expected: [client.fingerprint(hash)])
    }

    /// Carries datagrams until nothing moves.
    func settle() {
        while true {
            var flying: [Flying] = []
            while let octets = left.nextDatagram() { flying.append(Flying(from: .left, octets: octets)) }
            while let octets = right.nextDatagram() { flying.append(Flying(from: .right, octets: octets)) }
            while let event = left.nextEvent() { leftEvents.append(event) }
            while let event = right.nextEvent() { rightEvents.append(event) }
            if flying.isEmpty { return }
            for datagram in flying {
                longest = max(longest, datagram.octets.count)
                let isDelivered = delivers(sent, datagram)
                sent += 1
                guard isDelivered else { continue }
                switch datagram.from {
                case .left: right.receive(datagram.octets)
                case .right: left.receive(datagram.octets)
                }
            }
        }
    }

    /// Settles, then lets the next timeout pass, up to `limit` times or until there is none.
    func run(timeouts limit: Int = 40) {
        settle()
        for _ in 0..<limit {
            let waits = [left.timeUntilTimeout, right.timeUntilTimeout].compactMap { $0 }
            guard let wait = waits.min() else { return }
            advanceTime(by: wait)
            left.handleTimeout()
            right.handleTimeout()
            settle()
        }
    }

    /// The connection that a side ended up with, if that was the one thing that happened.
    static func connection(_ events: [DTLSEvent]) -> DTLSConnection? {
        guard events.count == 1, case .connected(let connection) = events[0] else { return nil }
        return connection
    }

    /// Both connections, if both sides are connected and agree.
    var connections: (left: DTLSConnection, right: DTLSConnection)? {
        guard let left = Self.connection(leftEvents), let right = Self.connection(rightEvents),
            left.keys == right.keys, left.suite == right.suite, left.localKey == right.remoteKey,
            left.remoteKey == right.localKey, left.localKey != left.remoteKey, left.role != right.role
        else { return nil }
        return (left, right)
    }
}

/// Moves the clock that libssl sees on this thread.
func advanceTime(by duration: Duration) {
    let (seconds, attoseconds) = duration.components
    CVirtualTime_advance(seconds * 1_000_000 + attoseconds / 1_000_000_000_000 + 1)
}

/// An association as an object, which the macros of the test library can take hold of.
final class Party {
    private var association: DTLSAssociation

    init(_ context: DTLSContext, role: DTLSRole, expected: [CertificateFingerprint]?) {
        association = DTLSAssociation(context, role: role, expected: expected)
    }

    var state: DTLSAssociation.State { association.state }
    var timeUntilTimeout: Duration? { association.timeUntilTimeout }

    func start() { association.start() }
    func receive(_ octets: [UInt8]) { octets.withUnsafeBytes { association.receive($0) } }
    func handleTimeout() { association.handleTimeout() }
    func expect(_ fingerprints: [CertificateFingerprint]) { association.expect(fingerprints) }
    func close() { association.close() }
    var isReleased: Bool { association.isReleased }
    func nextDatagram() -> [UInt8]? { association.nextDatagram() }
    func nextEvent() -> DTLSEvent? { association.nextEvent() }

    func takeDatagrams() -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        while let datagram = nextDatagram() { datagrams.append(datagram) }
        return datagrams
    }

    func takeEvents() -> [DTLSEvent] {
        var events: [DTLSEvent] = []
        while let event = nextEvent() { events.append(event) }
        return events
    }
}

/// A repeatable source of numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// A context with a certificate of its own.
func makeContext(
    _ key: DTLSCertificate.Key = .ecdsaP256, _ change: (inout DTLSConfiguration) -> Void = { _ in }
) throws -> DTLSContext {
    var configuration = DTLSConfiguration()
    change(&configuration)
    return try DTLSContext(
        DTLSCertificate(key, validFrom: 1_700_000_000, validity: 30 * 86_400), configuration: configuration)
}
