import CLinuxIO
import NetTypes
internal import STUN

/// What a browser does before its media flows: ICE with one candidate, in the controlling role (RFC 8445), then DTLS.
/// Afterwards it answers the relay's checks, so that the relay goes on sending (RFC 7675).
final class WebRTCEnd {
    enum State: Equatable {
        /// The relay's description is not known yet.
        case new
        case checking
        case handshaking
        case established(outbound: SRTPKeying, inbound: SRTPKeying)
        case failed(String)
    }

    private(set) var state = State.new
    private let identity: DTLSIdentity
    private let user: String
    private let password: String
    private let descriptor: Int32
    private let local: TransportAddress
    private let tieBreaker = UInt64.random(in: 0...(.max))

    private var remote: RemoteDescription?
    private var target = batch_address()
    private var targetAddress: TransportAddress?
    private var dtls: DTLSPeer?
    private var lastCheck: UInt64 = 0
    private var transaction = STUNTransactionID(high: 0, low: 0)
    private var nextTick: UInt64 = 0

    private static let checkInterval: UInt64 = 100_000_000
    private static let tickInterval: UInt64 = 50_000_000
    private static let priority: UInt32 = 2_130_706_431

    /// An end on this socket, which its owner keeps open.
    init(_ identity: DTLSIdentity, descriptor: Int32, local: TransportAddress) {
        self.identity = identity
        self.descriptor = descriptor
        self.local = local
        user = Self.word(8)
        password = Self.word(24)
    }

    private static func word(_ length: Int) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        return String((0..<length).map { _ in letters.randomElement() ?? "x" })
    }

    /// The attributes of its offer.
    var attributes: [String] {
        [
            "ice-ufrag:\(user)", "ice-pwd:\(password)", "fingerprint:\(identity.fingerprint)", "setup:actpass",
            "rtcp-mux",
            "candidate:1 1 UDP \(Self.priority) \(local.address) \(local.port) typ host",
        ]
    }

    /// Begins with what the relay said and where it is.
    func begin(_ description: RemoteDescription, at address: TransportAddress, now: UInt64) throws(LoadError) {
        remote = description
        targetAddress = address
        target = batch_address(address)
        dtls = try DTLSPeer(identity, isClient: description.isPassive, expecting: description.fingerprint)
        state = .checking
        sendCheck(now)
    }

    /// Takes a datagram of the relay's.
    func take(_ datagram: UnsafeRawBufferPointer, now: UInt64) {
        guard let first = datagram.first else { return }
        switch first {
        case 0..<4: takeSTUN(datagram, now)
        // RFC 7983 §7
        case 20..<64:
            guard let dtls, state != .new else { return }
            dtls.receive(datagram)
            follow(dtls)
        default: break
        }
    }

    /// Repeats what went unanswered.
    func tick(now: UInt64) {
        guard now >= nextTick else { return }
        nextTick = now &+ Self.tickInterval
        if state == .checking, now &- lastCheck > Self.checkInterval { sendCheck(now) }
        if state == .handshaking, let dtls {
            dtls.tick()
            follow(dtls)
        }
    }

    private func follow(_ dtls: DTLSPeer) {
        for datagram in dtls.takeDatagrams() { send(datagram) }
        switch (dtls.state, state) {
        case (.established(let outbound, let inbound), .checking),
            (.established(let outbound, let inbound), .handshaking):
            state = .established(outbound: outbound, inbound: inbound)
        case (.failed(let reason), .checking), (.failed(let reason), .handshaking): state = .failed(reason)
        default: break
        }
    }

    private func send(_ octets: [UInt8]) {
        _ = withUnsafePointer(to: target) { batch_send(descriptor, octets, octets.count, 0, 1, $0) }
    }

    // MARK: - ICE

    private func sendCheck(_ now: UInt64) {
        guard let remote else { return }
        lastCheck = now
        var random = SystemRandomNumberGenerator()
        transaction = STUNTransactionID(using: &random)
        let type = STUNMessageType(.binding, .request)
        sendSTUN(type, transaction, password: remote.password) { message in
            message.addUsername(receiver: Array(remote.user.utf8), sender: Array(user.utf8))
            message.addPriority(Self.priority)
            message.addICEControlling(tieBreaker: tieBreaker)
            message.addUseCandidate()
        }
    }

    private func takeSTUN(_ datagram: UnsafeRawBufferPointer, _ now: UInt64) {
        guard let message = try? STUNMessage(datagram), let remote else { return }
        switch message.type.messageClass {
        case .request:
            guard message.isAuthentic(Self.key(password)), let targetAddress else { return }
            sendSTUN(STUNMessageType(.binding, .successResponse), message.transactionID, password: password) {
                $0.addXORMappedAddress(targetAddress)
            }
        case .successResponse:
            guard state == .checking, message.transactionID == transaction,
                message.isAuthentic(Self.key(remote.password)),
                let dtls
            else { return }
            state = .handshaking
            if remote.isPassive { dtls.advance() }
            follow(dtls)
        case .errorResponse:
            guard state == .checking, message.transactionID == transaction else { return }
            state = .failed("the connectivity check got error \(message.errorCode?.rawValue ?? 0)")
        case .indication: break
        }
    }

    private static func key(_ password: String) -> HMACSHA1 {
        Array(password.utf8).withUnsafeBytes { HMACSHA1(key: $0) }
    }

    private func sendSTUN(
        _ type: STUNMessageType, _ transaction: STUNTransactionID, password: String,
        _ attributes: (inout STUNMessageBuilder) -> Void
    ) {
        var octets = [UInt8](repeating: 0, count: 512)
        let length = octets.withUnsafeMutableBytes { buffer in
            var message = STUNMessageBuilder(type, transaction, into: buffer)
            attributes(&message)
            message.addIntegrity(Self.key(password))
            message.addFingerprint()
            return message.finish()
        }
        guard let length else { return }
        send(Array(octets.prefix(length)))
    }
}

/// What a relay's SDP says to a WebRTC end.
struct RemoteDescription: Equatable {
    let user: String
    let password: String
    let fingerprint: String
    /// The relay is the DTLS server.
    let isPassive: Bool

    /// `nil` when something is missing.
    init?(_ sdp: String) {
        guard let user = SessionText.attribute("ice-ufrag", of: sdp),
            let password = SessionText.attribute("ice-pwd", of: sdp),
            let setup = SessionText.attribute("setup", of: sdp),
            let fingerprint = SessionText.attribute("fingerprint", of: sdp)?.split(separator: " "),
            fingerprint.count == 2
        else { return nil }
        self.user = user
        self.password = password
        self.fingerprint = fingerprint[0].lowercased() + " " + fingerprint[1].uppercased()
        isPassive = setup != "active"
    }
}
