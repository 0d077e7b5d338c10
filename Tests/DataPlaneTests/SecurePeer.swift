import DTLS
import Forwarding
import Glibc
import LinuxIO
import NetTypes
import SRTP
import SRTPKeying
import Testing

@testable import DataPlane

/// A browser without its ICE: one socket, a certificate, and SRTP from the handshake on.
final class SecurePeer {
    let media: MediaPeer
    let context: DTLSContext
    private(set) var connection: DTLSConnection?
    private(set) var events: [DTLSEvent] = []
    /// Datagrams that are not DTLS, in the order in which they came.
    private(set) var packets: [[UInt8]] = []
    private let expected: CertificateFingerprint
    private var engine: DTLSAssociation
    private var sender: SRTPSender?
    private var receiver: SRTPReceiver?

    init(_ media: MediaPeer, role: DTLSRole, expected: CertificateFingerprint) throws {
        self.media = media
        self.expected = expected
        context = try makeContext()
        engine = DTLSAssociation(context, role: role, expected: [expected])
    }

    convenience init(role: DTLSRole) throws {
        try self.init(try MediaPeer(), role: role, expected: relayContext.fingerprint(.sha256))
    }

    var fingerprint: CertificateFingerprint { context.fingerprint(.sha256) }

    /// Starts over as `role`, with the same certificate.
    func restart(role: DTLSRole) {
        engine = DTLSAssociation(context, role: role, expected: [expected])
        connection = nil
        events = []
    }

    /// Says close_notify.
    func close() {
        engine.close()
    }

    /// Begins, if the peer is the client.
    func start() {
        engine.start()
    }

    /// Loses everything that it wanted to send so far.
    func loseDatagrams() -> [[UInt8]] {
        var lost: [[UInt8]] = []
        while let datagram = engine.nextDatagram() { lost.append(datagram) }
        return lost
    }

    /// Sends what there is to send and takes in one datagram, if one comes within `seconds`.
    func step(with port: TransportAddress, within seconds: Double = 0.05) throws {
        while let datagram = engine.nextDatagram() { try media.send(datagram, to: port) }
        if let datagram = media.receive(within: seconds) { take(datagram.bytes) }
        if let left = engine.timeUntilTimeout, left <= .zero { engine.handleTimeout() }
        while let datagram = engine.nextDatagram() { try media.send(datagram, to: port) }
        while let event = engine.nextEvent() { try take(event) }
    }

    /// Takes in a datagram that came another way.
    func take(_ bytes: [UInt8]) {
        guard let first = bytes.first, (20...63).contains(first) else {
            packets.append(bytes)
            return
        }
        bytes.withUnsafeBytes { engine.receive($0) }
    }

    /// Goes on until both have keys.
    func connect(to port: TransportAddress, sourceLocation: SourceLocation = #_sourceLocation) throws {
        start()
        try eventually("the handshake is done", sourceLocation: sourceLocation) {
            try step(with: port)
            return connection != nil
        }
    }

    private func take(_ event: DTLSEvent) throws {
        events.append(event)
        guard case .connected(let new) = event else { return }
        connection = new
        sender = try SRTPSender(SRTPPolicy(suite: new.suite, masterKey: new.localKey))
        receiver = try SRTPReceiver(SRTPPolicy(suite: new.suite, masterKey: new.remoteKey))
    }

    /// An RTP packet as it goes over the wire.
    func protect(_ packet: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws -> [UInt8] {
        var buffer = packet + [UInt8](repeating: 0, count: 64)
        let result = buffer.withUnsafeMutableBytes { sender?.protectRTP($0, length: packet.count) }
        guard case .ok(let length) = result else {
            try #require(result == nil && false, "\(String(describing: result))", sourceLocation: sourceLocation)
            return []
        }
        return Array(buffer[..<length])
    }

    /// The RTP packet in what came over the wire; `nil` when it is not authentic.
    func unprotect(_ packet: [UInt8]) -> [UInt8]? {
        var buffer = packet
        let result = buffer.withUnsafeMutableBytes { receiver?.unprotectRTP($0) }
        guard case .ok(let length) = result else { return nil }
        return Array(buffer[..<length])
    }

    /// Expects `packet`, protected, next; repeated flights of the handshake may come before it.
    func expect(_ packet: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws {
        try eventually("a packet came", sourceLocation: sourceLocation) {
            if packets.isEmpty, let datagram = media.receive(within: 0.05) { take(datagram.bytes) }
            return !packets.isEmpty
        }
        let wire = packets.removeFirst()
        #expect(wire != packet, sourceLocation: sourceLocation)
        #expect(unprotect(wire) == packet, sourceLocation: sourceLocation)
    }
}

/// A certificate of its own for whoever wants one.
func makeContext() throws -> DTLSContext {
    let certificate = try DTLSCertificate(validFrom: Int64(time(nil)) - 3600, validity: 86_400)
    return try DTLSContext(certificate)
}

private let relayContextResult = Result { try makeContext() }

/// What the relay proves itself with in all tests.
var relayContext: DTLSContext {
    get throws { try relayContextResult.get() }
}

/// A plane that does handshakes.
func makeSecurePlane(
    _ backend: DataPlaneConfiguration.Backend, ports: ClosedRange<UInt16> = 20_000...20_099,
    _ change: (inout HandshakeConfiguration) -> Void = { _ in }
) throws -> DataPlane {
    var handshakes = HandshakeConfiguration(context: try relayContext)
    change(&handshakes)
    return try makePlane(backend, ports: ports) { $0.handshakes = handshakes }
}

/// Asks for a handshake on a port.
func securePlan(
    _ port: PortLease, to remote: TransportAddress?, sinks: [PortLease], _ dtls: DTLSPlan
) -> ForwardingPlan {
    var plan = plan(port, to: remote, sinks: sinks, carries: .multiplexed)
    plan.security = .dtls(dtls)
    return plan
}
