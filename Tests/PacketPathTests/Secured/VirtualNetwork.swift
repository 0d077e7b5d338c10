import Forwarding
import ICE
import NetTypes
import PacketPath

/// The relay and peers with ICE agents of their own, joined by a seeded network on virtual time.
final class VirtualNetwork {
    static let second: UInt64 = 1_000_000_000

    private struct Flight {
        var at: UInt64
        var source: TransportAddress
        var destination: TransportAddress
        var bytes: [UInt8]
    }

    let relay: Relay
    /// The relay's sockets.
    var ports: [TransportAddress: LocalPortID] = [:]
    var peers: [CheckingPeer] = []
    var loss = 0.0
    var delay: ClosedRange<UInt64> = 5_000_000...30_000_000
    /// Addresses of the relay that nothing reaches.
    var unreachable: Set<TransportAddress> = []
    private var flights: [Flight] = []
    private var generator: SeededGenerator

    init(_ relay: Relay, seed: UInt64 = 1) {
        self.relay = relay
        generator = SeededGenerator(seed: seed)
    }

    /// Runs for `duration` nanoseconds, or until `isDone`; whether it was done.
    @discardableResult
    func run(for duration: UInt64, until isDone: () -> Bool = { false }) -> Bool {
        let end = relay.now + duration
        var steps = 0
        settle()
        while !isDone() {
            steps += 1
            precondition(steps < 500_000, "busy with nothing")
            let deadlines = peers.compactMap { $0.agent.nextDeadline } + [relay.path.nextDeadline].compactMap { $0 }
            guard let next = (deadlines + flights.map(\.at)).min(), max(next, relay.now) <= end else {
                relay.now = end
                return false
            }
            relay.now = max(next, relay.now)
            deliver()
            for peer in peers {
                if let deadline = peer.agent.nextDeadline, deadline <= relay.now {
                    peer.agent.deadlineReached(now: relay.now)
                }
            }
            if let deadline = relay.path.nextDeadline, deadline <= relay.now { launch(relay.reachDeadline()) }
            settle()
        }
        return true
    }

    /// Lets `peer` send `bytes` to where its agent says.
    func send(_ bytes: [UInt8], from peer: CheckingPeer, component: ICEComponent = .rtp) {
        guard let pair = peer.agent.validPair(component) else { return }
        launch(bytes, from: peer.sockets[pair.local], to: pair.remote)
    }

    func launch(_ sent: [Relay.Sent]) {
        for one in sent {
            guard let address = ports.first(where: { $0.value.slot == one.slot })?.key else { continue }
            launch(one.bytes, from: address, to: one.destination)
        }
    }

    private func settle() {
        for peer in peers {
            for (local, destination, bytes) in peer.drain() {
                launch(bytes, from: peer.sockets[local], to: destination)
            }
        }
    }

    private func launch(_ bytes: [UInt8], from source: TransportAddress, to destination: TransportAddress) {
        guard Double.random(in: 0..<1, using: &generator) >= loss else { return }
        let at = relay.now + UInt64.random(in: delay, using: &generator)
        flights.append(Flight(at: at, source: source, destination: destination, bytes: bytes))
    }

    private func deliver() {
        let due = flights.filter { $0.at <= relay.now }
        flights.removeAll { $0.at <= relay.now }
        for flight in due where !unreachable.contains(flight.destination) {
            if let port = ports[flight.destination] {
                launch(relay.arrive(flight.bytes, on: port, from: flight.source))
            }
            for peer in peers {
                guard let local = peer.sockets.firstIndex(of: flight.destination) else { continue }
                peer.receive(flight.bytes, local: local, from: flight.source, now: relay.now)
            }
        }
    }
}

/// An ICE agent on the other side of the relay.
final class CheckingPeer {
    var agent: ICEAgent
    let credentials: ICECredentials
    let locals: [ICELocalCandidate]
    /// Where its datagrams come from: other addresses than the candidates behind a translator.
    var sockets: [TransportAddress]
    /// What has arrived besides checks.
    var media: [[UInt8]] = []

    init(
        _ addresses: [String], mode: ICEMode = .full, role: ICERole = .controlled,
        components: [ICEComponent] = [.rtp], seed: UInt64 = 9
    ) {
        var generator = SeededGenerator(seed: seed)
        credentials = ICECredentials(using: &generator)
        var locals: [ICELocalCandidate] = []
        for component in components {
            for (rank, text) in addresses.enumerated() {
                var address = Peer.address(text)
                address.port += UInt16(component.rawValue)
                locals.append(
                    ICELocalCandidate(
                        component: component, address: address, localPreference: .max - UInt16(rank),
                        foundation: "f\(rank)"))
            }
        }
        self.locals = locals
        sockets = locals.map(\.address)
        agent = ICEAgent(
            ICEAgent.Configuration(mode: mode, role: role, localCandidates: locals, credentials: credentials),
            using: &generator)
    }

    /// Tells the agent what the relay's plan would have said in its SDP.
    func setRemote(_ plan: ICEPlan, now: UInt64) {
        guard
            let remote = ICECredentials(
                usernameFragment: plan.local.usernameFragment, password: plan.local.password)
        else { return }
        agent.setRemote(remote, isLite: plan.isLite, now: now)
        agent.addRemoteCandidates(
            plan.candidates.compactMap { candidate in
                ICEComponent(rawValue: candidate.component).flatMap {
                    ICERemoteCandidate(
                        foundation: candidate.foundation, component: $0,
                        priority: 126 << 24 | UInt32(candidate.localPreference) << 8
                            | UInt32(256 - UInt32(candidate.component)), address: candidate.address, type: .host)
                }
            }, now: now)
        agent.endOfRemoteCandidates(now: now)
    }

    /// As in the SDP, behind `a=candidate:`.
    var attributes: [String] {
        locals.map {
            "\($0.foundation) \($0.component.rawValue) udp \($0.priority) \($0.address.address) \($0.address.port) "
                + "typ host generation 0"
        }
    }

    func receive(_ bytes: [UInt8], local: Int, from source: TransportAddress, now: UInt64) {
        if bytes[0] < 4 {
            bytes.withUnsafeBytes { _ = agent.receive($0, onLocal: local, from: source, now: now) }
        } else {
            media.append(bytes)
        }
    }

    func drain() -> [(local: Int, destination: TransportAddress, bytes: [UInt8])] {
        while agent.nextEvent() != nil {}
        var all: [(local: Int, destination: TransportAddress, bytes: [UInt8])] = []
        var buffer = [UInt8](repeating: 0, count: ICELimits.transmittedBytes)
        while let transmit = buffer.withUnsafeMutableBytes({ agent.nextTransmit(into: $0) }) {
            all.append((transmit.local, transmit.destination, Array(buffer[..<transmit.count])))
        }
        return all
    }
}
