import ICE
import NetTypes

let millisecond: UInt64 = 1_000_000
let second: UInt64 = 1_000_000_000

/// Peers joined by a seeded network on virtual time: datagrams are lost, doubled, delayed and so overtaken.
final class VirtualNetwork {
    private struct Flight {
        let at: UInt64
        let source: TransportAddress
        let destination: TransportAddress
        let bytes: [UInt8]
    }

    private(set) var now: UInt64 = 7 * second
    let peers: [Peer]
    var loss = 0.0
    var duplication = 0.0
    var delay: ClosedRange<UInt64> = 10 * millisecond...10 * millisecond
    /// Nothing arrives.
    var isCut = false
    /// Destinations that nothing reaches.
    var unreachable: Set<IPAddress> = []
    private var flights: [Flight] = []
    private var generator: SeededGenerator

    init(_ peers: Peer..., seed: UInt64 = 1) {
        self.peers = peers
        generator = SeededGenerator(seed)
    }

    /// Runs until nothing is left to do or `limit` nanoseconds have passed; the clock then stands there.
    func run(for limit: UInt64) {
        _ = run(for: limit) { false }
    }

    /// Runs until `isDone`, but for no longer than `limit` nanoseconds; whether it was done.
    @discardableResult
    func run(for limit: UInt64, until isDone: () -> Bool) -> Bool {
        let end = now + limit
        var steps = 0
        settle()
        while !isDone() {
            steps += 1
            precondition(steps < 1_000_000, "the agents are busy with nothing")
            let deadlines = peers.compactMap { $0.agent.nextDeadline }
            let arrivals = flights.map(\.at)
            guard let next = (deadlines + arrivals).min(), max(next, now) <= end else {
                now = end
                return false
            }
            now = max(next, now)
            deliver()
            for peer in peers {
                if let deadline = peer.agent.nextDeadline, deadline <= now { peer.agent.deadlineReached(now: now) }
            }
            settle()
        }
        return true
    }

    /// Sends what the agents have ready. For use after calling them directly.
    func settle() {
        for peer in peers {
            for datagram in peer.drain(now: now) { launch(datagram, from: peer) }
        }
    }

    private func launch(_ datagram: Peer.Sent, from peer: Peer) {
        var source = peer.sockets[datagram.local]
        if peer.translator != nil {
            source = peer.translator?.outside[datagram.local] ?? source
            peer.translator?.permitted[datagram.local].insert(datagram.destination)
        }
        let copies = Double.random(in: 0..<1, using: &generator) < duplication ? 2 : 1
        for _ in 0..<copies where Double.random(in: 0..<1, using: &generator) >= loss {
            let at = now + UInt64.random(in: delay, using: &generator)
            flights.append(
                Flight(at: at, source: source, destination: datagram.destination, bytes: datagram.bytes))
        }
    }

    private func deliver() {
        let due = flights.filter { $0.at <= now }
        flights.removeAll { $0.at <= now }
        guard !isCut else { return }
        for flight in due where !unreachable.contains(flight.destination.address) {
            for peer in peers {
                guard let local = socket(of: peer, at: flight.destination, from: flight.source) else { continue }
                peer.receive(flight.bytes, local: local, from: flight.source, now: now)
                for datagram in peer.drain(now: now) { launch(datagram, from: peer) }
            }
        }
    }

    private func socket(of peer: Peer, at destination: TransportAddress, from source: TransportAddress) -> Int? {
        guard let translator = peer.translator else { return peer.sockets.firstIndex(of: destination) }
        guard let local = translator.outside.firstIndex(of: destination) else { return nil }
        return translator.permitted[local].contains(source) ? local : nil
    }

    /// Whether every agent is in `state`.
    func all(are state: ICEState) -> Bool { peers.allSatisfy { $0.agent.state == state } }

    var violations: [String] { peers.flatMap(\.violations) }
}

/// Exchanges credentials and candidates, as two SDPs without trickle do.
func introduce(_ a: Peer, _ b: Peer, aIsLite: Bool = false, bIsLite: Bool = false, now: UInt64) {
    for (peer, other, isLite) in [(a, b, bIsLite), (b, a, aIsLite)] {
        peer.setRemote(other, isLite: isLite, now: now)
        peer.addCandidates(other.candidates, now: now)
        peer.agent.endOfRemoteCandidates(now: now)
    }
}
