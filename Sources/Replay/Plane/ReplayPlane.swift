internal import Forwarding
internal import NetTypes
internal import PacketPath
internal import RTP
internal import SRTP
internal import SRTPKeying

/// The media plane of a replay: hands out the ports that the capture shows, and plays what is in no capture: the keys of
/// handshakes, and the answers of peers to the relay's checks.
final class ReplayPlane: VirtualPlane, @unchecked Sendable {
    private struct Association {
        var name: UInt64
        /// When its keys come, in time of the plane; `nil` for never.
        var keysNanoseconds: UInt64?
    }

    private struct Answer {
        var at: UInt64
        var bytes: [UInt8]
        var source: TransportAddress
        var destination: TransportAddress
    }

    /// How long a peer takes to answer a check.
    private static let answerDelay: UInt64 = 10_000_000

    /// What the capture shows of the ports, by their addresses.
    private let evidence: [TransportAddress: PortEvidence]
    private let credentials: [TransportAddress: ICEPlan.Credentials]
    private let ports: PortScript
    /// When the call begins, in the time of the capture, and of the plane.
    private let start: UInt64
    private static let beginning: UInt64 = 1_000_000_000_000
    /// Added to times of the plane to give those of the capture.
    private let epoch: UInt64
    private var leaseCount = 0
    private var associations: [LocalPortID: Association] = [:]
    private var ciphers: [LocalPortID: PeerCipher] = [:]
    private var plans: [LocalPortID: ForwardingPlan] = [:]
    private var answers: [Answer] = []
    /// Ports whose ICE was done before the capture began.
    private var portsBeyondChecks: Set<TransportAddress> = []
    /// Encrypted packets by port, of which the headers alone were there.
    private var headersOnly: [TransportAddress: Int] = [:]

    init(
        _ table: InterfaceTable, ports: PortScript, evidence: [TransportAddress: PortEvidence],
        credentials: [TransportAddress: ICEPlan.Credentials], start: UInt64
    ) {
        self.ports = ports
        self.evidence = evidence
        self.credentials = credentials
        self.start = start
        epoch = start &- Self.beginning
        super.init(table, generator: ReplayGenerator(), capacity: PortScript.capacity)
    }

    /// The time of the capture as the plane's; the nearest one where the plane has none.
    func time(of captured: UInt64) -> UInt64 {
        guard captured >= start else { return Self.beginning - min(start - captured, Self.beginning) }
        let (time, overflow) = Self.beginning.addingReportingOverflow(captured - start)
        return overflow ? .max : time
    }

    /// What the capture did not have.
    var notes: [String] {
        func sorted(_ ports: some Sequence<TransportAddress>) -> [TransportAddress] {
            ports.sorted { ($0.address.description, $0.port) < ($1.address.description, $1.port) }
        }
        return sorted(portsBeyondChecks).map {
            "port \($0): ICE was done before the capture began, so its checks are not replayed"
        }
            + sorted(headersOnly.keys).map {
                "port \($0): \(headersOnly[$0] ?? 0) encrypted packets are not there in the clear; they are counted by their "
                    + "headers and taken for authentic"
            }
    }

    // MARK: - Plans

    override func chosenAddresses(for request: PortRequest) -> [TransportAddress]? {
        defer { leaseCount += 1 }
        // A port that is still open cannot be opened again.
        guard let addresses = ports.addresses(ofLease: leaseCount, count: request.isPair ? 2 : 1),
            addresses.allSatisfy({ port(at: $0) == nil })
        else { return nil }
        return addresses
    }

    override func adapted(_ plan: ForwardingPlan) -> ForwardingPlan {
        var plan = plan
        if var ice = plan.ice {
            let socket = ice.candidates.first { $0.component == 1 }.flatMap { address(of: $0.port) }
            let known = socket.flatMap { evidence[$0] }
            if let socket, known?.isBeyondChecks == true {
                portsBeyondChecks.insert(socket)
                plan.ice = nil
                plan.remote = address(of: plan.port).flatMap { evidence[$0]?.mediaSource } ?? known?.mediaSource
            } else {
                if let socket, let recorded = credentials[socket] { ice.local = recorded }
                plan.ice = ice
            }
        }
        plans[plan.port] = plan
        return plan
    }

    override func portCloses(_ port: LocalPortID) {
        associations[port] = nil
        ciphers[port] = nil
        plans[port] = nil
    }

    // MARK: - Handshakes

    override func serveHandshakes() {
        while let event = path.nextHandshakeEvent() {
            switch event {
            case .begin(let port, let plan, _):
                let keys = address(of: port).flatMap { evidence[$0]?.keysNanoseconds }.map { time(of: $0) }
                associations[port] = Association(name: plan.association, keysNanoseconds: keys)
            case .ready: break
            case .end(let port, let name):
                if associations[port]?.name == name { associations[port] = nil }
            }
        }
        while path.nextHandshakeDatagram({ _ in }) {}
    }

    override var handshakeDeadline: UInt64? {
        let keys = associations.values.compactMap(\.keysNanoseconds).min()
        return answers.first.map { min($0.at, keys ?? .max) } ?? keys
    }

    override func reachHandshakeDeadline() {
        let due = associations.filter { ($0.value.keysNanoseconds ?? .max) <= now }
        for port in due.keys.sorted(by: { $0.slot < $1.slot }) { installKeys(port) }
        while let answer = answers.first, answer.at <= now {
            answers.removeFirst()
            carry(arrive(answer.bytes, at: answer.destination, from: answer.source))
        }
    }

    private func installKeys(_ port: LocalPortID) {
        guard let association = associations[port], let local = address(of: port) else { return }
        associations[port]?.keysNanoseconds = nil
        let suite = PeerCipher.suite(adding: evidence[local]?.overhead)
        guard let receiving = PeerCipher.policy(suite, mark: 0x52), let sending = PeerCipher.policy(suite, mark: 0x53)
        else { return }
        ciphers[port] = PeerCipher(receiving)
        path.installKeys(port, association: association.name, receiving: receiving, sending: sending, now: now)
    }

    // MARK: - Datagrams

    /// Hands in a datagram of the capture; `clear` is the same one without its encryption, if that is known.
    func replay(_ datagram: RecordedDatagram, clear: [UInt8]?) {
        guard let port = port(at: datagram.destination), let bytes = bytes(of: datagram, clear: clear, on: port) else {
            return
        }
        carry(arrive(bytes, at: datagram.destination, from: datagram.source))
    }

    /// Lets peers answer what the relay has sent to them.
    func carry(_ sent: [Sent]) {
        for one in sent where one.isControl {
            guard let known = evidence[one.source], known.answersCheck(from: one.destination, at: now &+ epoch),
                let transaction = PeerChecks.request(one.bytes), let port = port(at: one.source),
                let password = plans[port]?.ice?.remote?.password,
                let bytes = PeerChecks.answer(to: transaction, mapped: one.source, password: password)
            else { continue }
            answers.append(
                Answer(
                    at: now &+ Self.answerDelay, bytes: bytes, source: one.destination, destination: one.source))
        }
    }

    private func bytes(of datagram: RecordedDatagram, clear: [UInt8]?, on port: LocalPortID) -> [UInt8]? {
        let plan = plans[port]
        switch datagram.bytes.withUnsafeBytes({ DatagramKind(of: $0) }) {
        case .stun:
            guard let ice = plan?.ice else { return datagram.padded }
            // Answers are to requests of the relay that was captured.
            guard !datagram.bytes.starts(with: [1]) else { return nil }
            let isUsable = !datagram.isCut && credentials[datagram.destination] == ice.local
            return isUsable || datagram.dropReason != nil
                ? datagram.padded : PeerChecks.request(like: datagram.bytes, ice)
        case .dtls:
            // A handshake that is known to have been done is played by its result.
            return evidence[datagram.destination]?.keysNanoseconds == nil || plan?.security == nil
                ? datagram.padded : nil
        case .rtp, .rtcp:
            // What was not authentic then is not to be now.
            guard datagram.dropReason != "\(DropReason.authenticationFailed)" else { return datagram.padded }
            switch plan?.security {
            case .sdes(let receiving, _):
                guard datagram.isCut else { return datagram.padded }
                if ciphers[port] == nil { ciphers[port] = PeerCipher(SRTPPolicy(receiving)) }
            case .dtls: break
            case .pending, nil: return datagram.padded
            }
            guard let cipher = ciphers[port] else { return datagram.padded }
            if clear == nil { headersOnly[datagram.destination, default: 0] += 1 }
            return cipher.datagram(datagram.bytes, count: datagram.originalCount, clear: clear)
        default: return datagram.padded
        }
    }
}

extension RecordedDatagram {
    /// The payload in its full length; what was not captured is made up.
    fileprivate var padded: [UInt8] {
        isCut && originalCount <= 2048 ? UnknownPayload.fill(bytes, to: originalCount) : bytes
    }
}

/// The same numbers in every run (splitmix64): a replay has no secrets.
struct ReplayGenerator: RandomNumberGenerator {
    private var state: UInt64 = 0x6D69_6C6C_7261_6365

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
