import CLinuxIO
import DTLS
import Glibc
import ICE
import NetTypes
import SRTP
import SRTPKeying

/// An end of the demonstration call that does what a browser does: ICE, DTLS and SRTP on one port. It uses the relay's
/// own engines; what independent ones make of the relay is for other tests to show.
final class BrowserEnd {
    /// Milestones of the way to encrypted media.
    enum Step {
        /// ICE has found a way, from here to there.
        case connected(from: TransportAddress, to: TransportAddress)
        /// The handshake is done; the relay had one role or the other.
        case secured(suite: String, relayWasClient: Bool)
    }

    let end: CallEnd
    private let context: DTLSContext
    private let credentials: ICECredentials
    private let candidate: ICELocalCandidate
    private var agent: ICEAgent
    private var engine: DTLSAssociation?
    private var sender: SRTPSender?
    private var receiver: SRTPReceiver?
    private var isConnected = false
    private var steps: [Step] = []
    private var failure: String?
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2048, alignment: 16)

    init(on address: IPAddress) throws(LoadError) {
        end = try CallEnd(bind: address)
        do throws(DTLSError) {
            context = try DTLSContext(DTLSCertificate(validFrom: Int64(time(nil)) - 86_400, validity: 2 * 86_400))
        } catch { throw .security("no certificate: \(error)") }
        var generator = SystemRandomNumberGenerator()
        credentials = ICECredentials(using: &generator)
        let foundation = ICEFoundation(using: &generator).text(of: address, localPreference: 65_535)
        candidate = ICELocalCandidate(
            component: .rtp, address: end.local, localPreference: 65_535, foundation: foundation)
        agent = ICEAgent(
            .init(mode: .full, role: .controlling, localCandidates: [candidate], credentials: credentials),
            using: &generator)
    }

    deinit { buffer.deallocate() }

    var offer: String {
        BrowserOffer(
            address: end.local, usernameFragment: credentials.usernameFragment, password: credentials.password,
            foundation: candidate.foundation, priority: candidate.priority, fingerprint: context.fingerprint(.sha256)
        ).text
    }

    /// Media can be sent and understood.
    var isSecured: Bool {
        switch sender {
        case .some: true
        case .none: false
        }
    }

    /// Takes the relay's answer and begins.
    func accept(_ text: String) throws(LoadError) {
        let answer = BrowserAnswer(text)
        let candidates = answer.candidates.compactMap(Self.candidate)
        guard let target = candidates.first?.address,
            let remote = ICECredentials(usernameFragment: answer.usernameFragment, password: answer.password),
            let fingerprint = answer.fingerprint
        else { throw .security("the answer is not one to WebRTC: \(text)") }
        end.target = target
        engine = DTLSAssociation(context, role: answer.isActive ? .server : .client, expected: [fingerprint])
        let now = batch_now()
        agent.setRemote(remote, isLite: false, now: now)
        agent.addRemoteCandidates(candidates, now: now)
        agent.endOfRemoteCandidates(now: now)
        try pass()
    }

    /// `foundation component transport priority address port "typ" type` (RFC 8839 §5.1).
    private static func candidate(_ words: [String]) -> ICERemoteCandidate? {
        guard words.count >= 8, words[6] == "typ", let component = UInt16(words[1]), let priority = UInt32(words[3]),
            let port = UInt16(words[5])
        else { return nil }
        return ICERemoteCandidate(
            foundation: words[0], component: component, transport: words[2], priority: priority, host: words[4],
            port: port, type: words[7])
    }

    /// Does what is due. To be called at least every few milliseconds until the end is secured.
    func turn() throws(LoadError) {
        let now = batch_now()
        if let deadline = agent.nextDeadline, deadline <= now { agent.deadlineReached(now: now) }
        if let left = engine?.timeUntilTimeout, left <= .zero { engine?.handleTimeout() }
        try pass()
        if let failure { throw .security(failure) }
    }

    /// The next milestone; `nil` when there is none.
    func nextStep() -> Step? { steps.isEmpty ? nil : steps.removeFirst() }

    /// Sends a packet, encrypted, the way that ICE has found. Before that it is lost.
    func send(_ packet: [UInt8]) throws(LoadError) {
        guard let pair = agent.validPair(.rtp) else { return }
        var sealed = packet + [UInt8](repeating: 0, count: 64)
        let result = sealed.withUnsafeMutableBytes { sender?.protectRTP($0, length: packet.count) }
        guard case .ok(let length) = result else { return }
        try end.socket.send(Array(sealed[..<length]), to: pair.remote)
    }

    /// Takes everything that has arrived and hands out decrypted media. What is none of it, or not from the relay, is
    /// counted by `take` as it sees fit: it gets nothing then.
    func receive(_ take: (UnsafeRawBufferPointer?) -> Void) throws(LoadError) {
        var target = batch_address(end.target)
        var datagram = batch_datagram()
        while batch_receive(end.socket.descriptor, buffer.baseAddress, buffer.count, 1, &datagram, &target) == 1 {
            let octets = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(Int(datagram.length), buffer.count)])
            guard datagram.from_elsewhere == 0, let first = octets.first else {
                take(nil)
                continue
            }
            // RFC 7983
            switch first {
            case 0...3: agent.receive(UnsafeRawBufferPointer(octets), onLocal: 0, from: end.target, now: batch_now())
            case 20...63: engine?.receive(UnsafeRawBufferPointer(octets))
            default: unprotect(octets, take)
            }
            try pass()
        }
    }

    private func unprotect(_ octets: UnsafeMutableRawBufferPointer, _ take: (UnsafeRawBufferPointer?) -> Void) {
        // The relay may have its keys first; what it sends before ours are there is lost.
        guard isSecured else { return }
        guard case .ok(let length) = receiver?.unprotectRTP(octets) else { return take(nil) }
        take(UnsafeRawBufferPointer(rebasing: octets[..<length]))
    }

    /// Ends the association; the relay is told.
    func close() throws(LoadError) {
        engine?.close()
        try pass()
    }

    /// Sends what there is to send, and takes note of what has happened.
    private func pass() throws(LoadError) {
        while let event = agent.nextEvent() { take(event) }
        while let event = engine?.nextEvent() { take(event) }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: ICELimits.transmittedBytes, alignment: 16)
        defer { scratch.deallocate() }
        while let transmit = agent.nextTransmit(into: scratch) {
            try end.socket.send(Array(scratch[..<transmit.count]), to: transmit.destination)
        }
        guard let pair = agent.validPair(.rtp) else { return }
        while let datagram = engine?.nextDatagram() { try end.socket.send(datagram, to: pair.remote) }
    }

    private func take(_ event: ICEEvent) {
        switch event {
        case .selectedPair(let pair):
            if !isConnected { steps.append(.connected(from: end.local, to: pair.remote)) }
            isConnected = true
            // Without effect on a server, or a second time.
            engine?.start()
        case .failed: failure = "ICE has found no way to the relay"
        case .consentLost: failure = "the relay has stopped answering ICE checks"
        case .roleSwitched: break
        }
    }

    private func take(_ event: DTLSEvent) {
        switch event {
        case .connected(let connection):
            do throws(SRTPError) {
                receiver = try SRTPReceiver(SRTPPolicy(suite: connection.suite, masterKey: connection.remoteKey))
                sender = try SRTPSender(SRTPPolicy(suite: connection.suite, masterKey: connection.localKey))
            } catch { failure = "no SRTP: \(error)" }
            steps.append(.secured(suite: connection.suite.name, relayWasClient: connection.role == .server))
        case .fingerprintMismatch: failure = "the relay's certificate is not the one in its SDP"
        case .failed(let reason): failure = "the DTLS handshake failed: \(reason)"
        case .closed, .refusedHello: break
        }
    }
}
