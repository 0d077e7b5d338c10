public import SRTPKeying

/// One DTLS-SRTP association (RFC 5764): takes datagrams in, and has datagrams and events to be fetched after every
/// call. It owns no socket and no thread; whoever calls it must be one thread at a time.
///
/// After every call, fetch ``nextDatagram()`` and ``nextEvent()`` until both are empty, and call
/// ``handleTimeout()`` when ``timeUntilTimeout`` has passed. libssl reads the clock itself.
///
/// What others than the peer can do to it is bounded: a ClientHello does nothing to a handshake that is under way or
/// done. As anyone can send the first one, a handshake whose first flight was repeated without any answer gives way
/// to another ClientHello, and one that is refused leaves the association waiting.
///
/// It sends no HelloVerifyRequest itself (RFC 6347 §4.2.1). A ClientHello that answers one is taken to carry the right
/// cookie: whoever has asked for it has looked.
public struct DTLSAssociation: ~Copyable {
    /// How far the association has come.
    public enum State: Sendable, Hashable {
        /// Nothing was sent or taken in yet.
        case idle
        case handshaking
        /// The handshake is done, and the peer's fingerprint has not been signalled yet.
        case awaitingFingerprint
        case connected
        /// Over: failed or closed.
        case ended
    }

    /// What a handshake led to, before it is known to be with the right peer.
    private struct Outcome {
        var suite: CryptoSuite
        var keys: ExportedKeys
        var role: DTLSRole
        /// With every hash.
        var peerFingerprints: [CertificateFingerprint]
    }

    /// Refused ClientHellos that are put up with.
    public static let refusalLimit = 16

    /// How far it has come.
    public private(set) var state = State.idle

    private let context: DTLSContext
    private let role: DTLSRole
    private var session: DTLSSession?
    /// In the place of the session, once there are keys.
    private var released: ReleasedSession?
    /// The server's last flight.
    private var lastFlight: [[UInt8]] = []
    private var expected: [CertificateFingerprint]?
    private var outcome: Outcome?
    private var helloRandom: [UInt8]?
    private var retransmissions = 0
    private var refusals = 0
    private var datagrams: [[UInt8]] = []
    private var events: [DTLSEvent] = []

    /// An association that has not begun.
    ///
    /// - Parameters:
    ///   - context: Certificate and configuration.
    ///   - role: Who begins.
    ///   - expected: The fingerprints that were signalled for the peer; `nil` while they are not known.
    public init(_ context: DTLSContext, role: DTLSRole, expected: [CertificateFingerprint]?) {
        self.context = context
        self.role = role
        self.expected = expected
    }

    /// Begins as the client: sends the ClientHello. Without effect on a server or a second time.
    public mutating func start() {
        guard state == .idle, role != .server else { return }
        begin(as: .client, with: nil)
    }

    /// Takes in a datagram that can be DTLS (RFC 7983: first octet 20 to 63). What is not, or does not belong here,
    /// is ignored.
    public mutating func receive(_ datagram: UnsafeRawBufferPointer) {
        let record = DTLSRecord(datagram)
        guard record != .foreign, state != .ended, !isUnreadable(datagram) else { return }
        switch (state, record) {
        case (.idle, .clientHello(let random)):
            guard role != .client else { return }
            helloRandom = random
            begin(as: .server, with: datagram)
        case (.idle, .clientHelloFragment):
            guard role != .client else { return }
            begin(as: .server, with: datagram)
        case (.idle, _): return
        case (.handshaking, .clientHello(let random)): receiveHello(random, datagram)
        case (.handshaking, .clientHelloFragment):
            guard isServer, session?.awaitsHello == true else { return }
            proceed(with: datagram)
        case (.handshaking, _): proceed(with: datagram)
        case (_, .clientHello), (_, .clientHelloFragment): return
        default: read(datagram)
        }
    }

    /// Whether libssl must not see the datagram. Before a cipher is agreed on there is nothing encrypted to expect.
    private func isUnreadable(_ datagram: UnsafeRawBufferPointer) -> Bool {
        switch session {
        case .some(let session):
            DTLSRecord.hasShortRecord(datagram, minimum: session.shortestEncryptedRecord ?? .max)
        case .none: isReleased ? false : DTLSRecord.hasShortRecord(datagram, minimum: .max)
        }
    }

    private var isServer: Bool {
        switch session {
        case .some(let session): session.role == .server
        case .none: false
        }
    }

    /// A whole ClientHello, or its first fragment, while a handshake is under way.
    private mutating func receiveHello(_ random: [UInt8], _ datagram: UnsafeRawBufferPointer) {
        let awaitsAnswer = session?.awaitsFirstAnswer == true
        guard isServer else {
            // Both sides were left to choose and both began. One that has an answer stays the client.
            guard role == .undecided, awaitsAnswer, retransmissions > 0 else { return }
            helloRandom = random
            begin(as: .server, with: datagram)
            return
        }
        let awaitsHello = session?.awaitsHello == true
        if helloRandom == nil || helloRandom == random {
            helloRandom = random
            if awaitsHello { proceed(with: datagram) }
        } else if awaitsHello || (awaitsAnswer && retransmissions > 0) {
            helloRandom = random
            begin(as: .server, with: datagram)
        }
    }

    /// Starts a handshake from nothing.
    private mutating func begin(as role: DTLSRole, with datagram: UnsafeRawBufferPointer?) {
        retransmissions = 0
        do {
            session = try DTLSSession(context, role: role)
        } catch {
            fail(.handshake(.of(error)))
            return
        }
        state = .handshaking
        guard role == .server, let datagram, DTLSRecord.answersVerification(datagram) else {
            return proceed(with: datagram)
        }
        if let reason = session?.acceptVerifiedHello(datagram) { refuse(reason) } else { proceed(with: nil) }
    }

    private mutating func proceed(with datagram: UnsafeRawBufferPointer?) {
        let wasAwaitingHello = session?.awaitsHello == true
        let progress = session?.handshake(datagram) ?? .waiting
        let first = datagrams.count
        collect()
        if case .established = progress, isServer { lastFlight = Array(datagrams[first...]) }
        switch progress {
        case .waiting: return
        case .established: establish()
        case .failed(let reason):
            if isServer, wasAwaitingHello { refuse(reason) } else { fail(.handshake(reason)) }
        }
    }

    /// A ClientHello that cannot be answered is not the end: the peer's may still come.
    private mutating func refuse(_ reason: OpenSSLReason) {
        session = nil
        helloRandom = nil
        refusals += 1
        guard refusals < Self.refusalLimit else {
            fail(.tooManyRefusals)
            return
        }
        state = .idle
        events.append(.refusedHello(reason))
    }

    /// Takes what the handshake led to out of the session; nothing is given out before the fingerprint is verified.
    private mutating func establish() {
        guard let role = session?.role, let suite = session?.suite, let keys = session?.exportKeys(for: suite) else {
            end()
            events.append(.failed(.noProtectionProfile))
            return
        }
        let fingerprints = FingerprintHash.allCases.compactMap { session?.peerFingerprint($0) }
        outcome = Outcome(suite: suite, keys: keys, role: role, peerFingerprints: fingerprints)
        state = .awaitingFingerprint
        verify()
    }

    /// Says what fingerprints were signalled for the peer. A peer that is already connected is checked again.
    public mutating func expect(_ fingerprints: [CertificateFingerprint]) {
        expected = fingerprints
        switch state {
        case .awaitingFingerprint: verify()
        case .connected:
            if verifiedFingerprint == nil { mismatch() }
        case .idle, .handshaking, .ended: break
        }
    }

    private mutating func verify() {
        guard expected != nil, let outcome else { return }
        guard let fingerprint = verifiedFingerprint else { return mismatch() }
        state = .connected
        events.append(
            .connected(
                DTLSConnection(
                    suite: outcome.suite, keys: outcome.keys, role: outcome.role, peerFingerprint: fingerprint)))
        release()
    }

    /// Keeps only what is needed to repeat our last flight, and to say and hear how it ends.
    private mutating func release() {
        released = session?.release(lastFlight: lastFlight)
        guard isReleased else { return }
        session = nil
        lastFlight = []
    }

    /// libssl's state was freed.
    var isReleased: Bool {
        switch released {
        case .some: true
        case .none: false
        }
    }

    /// The peer's fingerprint, if it is what was signalled. Of several, those with the strongest hash decide, and one
    /// of them must match (RFC 8122 §5.1).
    private var verifiedFingerprint: CertificateFingerprint? {
        guard let expected, let hash = expected.map(\.hash).max(),
            let fingerprint = outcome?.peerFingerprints.first(where: { $0.hash == hash }),
            expected.contains(fingerprint)
        else { return nil }
        return fingerprint
    }

    private mutating func mismatch() {
        end()
        events.append(.fingerprintMismatch)
    }

    /// A datagram behind the handshake.
    private mutating func read(_ datagram: UnsafeRawBufferPointer) {
        if let request = released?.read(datagram) { return meet(request) }
        let record = session?.read(datagram) ?? .nothing
        collect()
        switch record {
        case .nothing: return
        case .closed:
            end()
            events.append(.closed)
        case .failed(let reason) where reason.isAlert: fail(.broken(reason))
        // Not the peer's word, but something forged that libssl gave up for. Media has its keys and goes on.
        case .failed: session = nil
        }
    }

    private mutating func meet(_ request: ReleasedSession.Request) {
        switch request {
        case .nothing: return
        case .lastFlight: send(released?.lastFlight ?? [])
        case .closed:
            end()
            events.append(.closed)
        case .alert(let description): fail(.broken(.alert(description)))
        }
    }

    /// How long until ``handleTimeout()`` is due; `nil` when nothing has to be repeated.
    public var timeUntilTimeout: Duration? {
        guard state == .handshaking else { return nil }
        switch session {
        case .some(let session): return session.timeUntilTimeout
        case .none: return nil
        }
    }

    /// Repeats the last flight if its time has come (RFC 6347 §4.2.4). After
    /// ``DTLSConfiguration/retransmissionLimit`` of them the association has failed.
    public mutating func handleTimeout() {
        guard state == .handshaking, let progress = session?.handleTimeout() else { return }
        collect()
        retransmissions += 1
        if case .failed = progress { return fail(.timedOut) }
        if retransmissions >= context.configuration.retransmissionLimit { fail(.timedOut) }
    }

    /// Ends the association and says close_notify to a peer that it was established with.
    public mutating func close() {
        guard state != .ended else { return }
        end()
    }

    private mutating func end() {
        if state == .awaitingFingerprint || state == .connected || state == .handshaking { session?.shutDown() }
        collect()
        send(released?.farewell ?? [])
        session = nil
        released = nil
        outcome = nil
        state = .ended
    }

    private mutating func fail(_ failure: DTLSFailure) {
        session = nil
        released = nil
        outcome = nil
        state = .ended
        events.append(.failed(failure))
    }

    private mutating func collect() {
        if let outbound = session?.takeOutbound() { send(outbound) }
    }

    private mutating func send(_ outbound: [[UInt8]]) {
        datagrams.append(contentsOf: outbound.prefix(max(0, DatagramChannel.outboundLimit - datagrams.count)))
    }

    /// The next datagram to be sent to the peer.
    public mutating func nextDatagram() -> [UInt8]? { datagrams.isEmpty ? nil : datagrams.removeFirst() }

    /// The next event.
    public mutating func nextEvent() -> DTLSEvent? { events.isEmpty ? nil : events.removeFirst() }
}

// Whoever holds it has the only reference to the SSL and the channel behind it; libssl ties neither to a thread.
extension DTLSAssociation: @unchecked Sendable {}

extension OpenSSLReason {
    /// The reason in an error of which only those with one can come from making a session.
    fileprivate static func of(_ error: DTLSError) -> OpenSSLReason {
        switch error {
        case .certificate(let reason), .library(let reason): reason
        case .cipherList, .groupList, .protectionProfiles, .maximumDatagramLength:
            OpenSSLReason(code: 0, description: "no reason given")
        }
    }
}
