import DTLS
import ICE
import NetTypes
import SRTPKeying
package import TestSupport

/// What a peer says and hears in SDP.
extension SimulatedPeer {
    package func offer(direction: String = "sendrecv") -> Body { body(direction, setup: "actpass") }

    package func answer(direction: String = "sendrecv") -> Body {
        body(direction, setup: answeredRole == .server ? "passive" : "active")
    }

    private func body(_ direction: String, setup: String) -> Body {
        defer { version += 1 }
        var lines = ["a=\(direction)"]
        if flavor.isMuxed { lines.append("a=rtcp-mux") }
        if let context { lines += ["a=fingerprint:\(context.fingerprint(.sha256))", "a=setup:\(setup)"] }
        if let crypto { lines.append("a=crypto:\(crypto.text())") }
        if let credentials {
            lines += ["a=ice-ufrag:\(credentials.usernameFragment)", "a=ice-pwd:\(credentials.password)"]
            lines.append("a=candidate:1 1 udp 2130706431 \(local.address) \(local.port) typ host")
            if mapped != local {
                lines.append(
                    "a=candidate:2 1 udp 1694498815 \(mapped.address) \(mapped.port) typ srflx raddr "
                        + "\(local.address) rport \(local.port)")
            }
        }
        // Without ICE the proxy has put in what the translator shows.
        let address = flavor == .webRTC ? mapped : signalled
        return Body(at: "\(address.address)").origin("\(name) 1 \(version)")
            .section("audio \(address.port) \(flavor.profile) 0 96", lines)
    }

    /// The address in its SDP.
    private var signalled: TransportAddress { mapped == local ? local : mapped }

    /// Takes in what the relay says in an offer, or in the answer to its own.
    package func take(_ section: Reply.Section, isAnswer: Bool) {
        guard let address = IPAddress(section.address) else { return }
        relay = TransportAddress(address, section.port)
        relayRTCP = section.isMuxed ? relay : TransportAddress(address, section.rtcpPort ?? section.port + 1)
        takeICE(section, isAnswer: isAnswer)
        takeKeys(section, isAnswer: isAnswer)
    }

    private func takeICE(_ section: Reply.Section, isAnswer: Bool) {
        guard let credentials, let fragment = section.values(of: "ice-ufrag").first,
            let password = section.values(of: "ice-pwd").first,
            let remote = ICECredentials(usernameFragment: fragment, password: password)
        else { return }
        let now = world.value.now
        relayCredentials = remote
        if agent == nil {
            let candidate = ICELocalCandidate(
                component: .rtp, address: local, localPreference: .max, foundation: "1")
            agent = ICEAgent(
                ICEAgent.Configuration(
                    mode: .full, role: isAnswer ? .controlling : .controlled, localCandidates: [candidate],
                    credentials: credentials), using: &world.value.generator)
        }
        agent?.setRemote(remote, isLite: false, now: now)
        agent?.addRemoteCandidates(section.values(of: "candidate").compactMap(Self.candidate), now: now)
        agent?.endOfRemoteCandidates(now: now)
        serveAgent()
    }

    private static func candidate(_ text: String) -> ICERemoteCandidate? {
        let words = text.split(separator: " ")
        guard words.count >= 8, let component = UInt16(words[1]), let priority = UInt32(words[3]),
            let port = UInt16(words[5])
        else { return nil }
        return ICERemoteCandidate(
            foundation: String(words[0]), component: component, transport: String(words[2]), priority: priority,
            host: String(words[4]), port: port, type: String(words[7]))
    }

    private func takeKeys(_ section: Reply.Section, isAnswer: Bool) {
        if let own = crypto {
            let lines = section.values(of: "crypto").compactMap { try? SDESAttribute(parsing: $0) }
            guard let theirs = lines.first(where: { $0.suite == own.suite }) else { return }
            if !isAnswer { crypto?.tag = theirs.tag }
            guard inbound == nil else { return }
            outbound = Referee(own.suite, own.masterKey, .sends)
            inbound = Referee(theirs.suite, theirs.masterKey, .receives)
        }
        guard let context, let fingerprint = section.values(of: "fingerprint").first.flatMap(Self.fingerprint) else {
            return
        }
        guard engine == nil else { return }
        let isClient = isAnswer ? !section.has("a=setup:active") : answeredRole == .client
        engine = DTLSAssociation(context, role: isClient ? .client : .server, expected: [fingerprint])
        beginHandshake()
    }

    private static func fingerprint(_ text: String) -> CertificateFingerprint? {
        let words = text.split(separator: " ")
        guard words.count == 2 else { return nil }
        return CertificateFingerprint(
            hashFunction: words[0], digest: words[1].split(separator: ":").compactMap { UInt8($0, radix: 16) })
    }

    /// New credentials and, unless it keeps its association, a new certificate, for an offer that asks for a restart.
    package func renew(settlingWithin time: UInt64, keepsAssociation: Bool = false) throws {
        let credentials = ICECredentials(using: &world.value.generator)
        self.credentials = credentials
        agent?.restart(credentials, now: world.value.now)
        unsettledUntil = world.value.now + time
        guard !keepsAssociation else { return }
        context = try World.makeContext()
        follow { $0?.close() }
        engine = nil
        connection = nil
    }

    func hangUp() {
        isMuted = true
        follow { $0?.close() }
        engine = nil
        agent = nil
        iceDeadline = .max
        dtlsDeadline = .max
    }
}
