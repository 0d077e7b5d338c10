import Bencode
package import CallControl
package import DTLS
import Forwarding
package import NetTypes
package import Replay
package import TestSupport

/// A relay, its peers, and a seeded network between them that loses, doubles, delays and thereby reorders. Time is
/// virtual and moves from event to event. To be used on one thread.
package final class World {
    /// What the network does to datagrams.
    package struct Network {
        /// Of a thousand.
        package var lost: UInt64 = 0
        /// Of a thousand.
        package var doubled: UInt64 = 0
        /// Nanoseconds.
        package var delay: ClosedRange<UInt64> = 5_000_000...5_000_000

        package init(lost: UInt64 = 0, doubled: UInt64 = 0, delay: ClosedRange<UInt64> = 5_000_000...5_000_000) {
            self.lost = lost
            self.doubled = doubled
            self.delay = delay
        }
    }

    private struct Flight {
        var at: UInt64
        var source: TransportAddress
        var destination: TransportAddress
        var bytes: [UInt8]
        var tag: PacketTag?
        var isCopy: Bool
    }

    package static let second: UInt64 = 1_000_000_000
    package let relay: SimulatedRelay
    package let ledger = Ledger()
    package private(set) var peers: [SimulatedPeer] = []
    package var network = Network()
    /// Sees every datagram that leaves the relay.
    package var observer: ((SimulatedPlane.Sent) -> Void)?
    /// Sees every datagram that reaches the relay.
    package var arrivals: ((_ source: TransportAddress, _ destination: TransportAddress, [UInt8]) -> Void)?
    /// Sees every datagram that a peer sends, whatever becomes of it.
    package var wiretap: ((_ source: TransportAddress, _ destination: TransportAddress, [UInt8]) -> Void)?
    /// Puts something in the place of a datagram, or nothing.
    package var filter: ((_ source: TransportAddress, _ destination: TransportAddress, [UInt8]) -> [UInt8]?)?
    /// Cuts a datagram of a peer in pieces.
    package var cut: ((_ source: TransportAddress, [UInt8]) -> [[UInt8]])?
    /// Who else is on the network, by address.
    package var strangers: [TransportAddress: (_ source: TransportAddress, [UInt8]) -> Void] = [:]
    package var generator: SeededGenerator
    /// Earliest first, from `head` on.
    private var flights: [Flight] = []
    private var head = 0
    private var nextTick: UInt64
    private var drops: [LocalPortID: [UInt64]] = [:]
    /// Packets that each port has let in.
    private var accepted: [LocalPortID: UInt64] = [:]
    private var knownAddresses: Set<TransportAddress> = []

    package init(seed: UInt64, configure: (inout CallControlConfiguration) -> Void = { _ in }) throws {
        generator = SeededGenerator(seed: seed)
        relay = SimulatedRelay(seed: seed &+ 1, context: try Self.makeContext(), configure: configure)
        nextTick = relay.plane.now + Self.second
    }

    /// A context with a certificate of its own.
    package static func makeContext() throws -> DTLSContext {
        try DTLSContext(DTLSCertificate(validFrom: 1_700_000_000, validity: 365 * 86_400))
    }

    package var plane: SimulatedPlane { relay.plane }
    package var now: UInt64 { plane.now }

    package func add(_ peer: SimulatedPeer) {
        peers.append(peer)
        know(peer)
    }

    /// Takes note that media may be sent to where `peer` is.
    func know(_ peer: SimulatedPeer) {
        for address in [peer.local, peer.mapped] {
            knownAddresses.insert(address)
            knownAddresses.insert(TransportAddress(address.address, address.port + 1))
        }
    }

    // MARK: - Network

    private func happens(_ perMille: UInt64) -> Bool { perMille > 0 && generator.next() % 1000 < perMille }

    /// Puts a datagram on the network.
    package func launch(
        _ bytes: [UInt8], from source: TransportAddress, to destination: TransportAddress, tag: PacketTag? = nil,
        isCopy: Bool = false
    ) {
        guard !happens(network.lost), let bytes = filter == nil ? bytes : filter?(source, destination, bytes) else {
            return
        }
        let copies = happens(network.doubled) ? 2 : 1
        for copy in 0..<copies {
            let spread = network.delay.upperBound - network.delay.lowerBound + 1
            let flight = Flight(
                at: now + network.delay.lowerBound + generator.next() % spread, source: source,
                destination: destination, bytes: bytes, tag: tag, isCopy: isCopy || copy > 0)
            var place = flights.count
            while place > head, flights[place - 1].at > flight.at { place -= 1 }
            flights.insert(flight, at: place)
        }
    }

    private func deliver() {
        while head < flights.count, flights[head].at <= now {
            let flight = flights[head]
            head += 1
            if head > 256 {
                flights.removeSubrange(..<head)
                head = 0
            }
            if plane.port(at: flight.destination) != nil {
                arrive(flight)
            } else if let peer = peers.first(where: { $0.isAt(flight.destination) }) {
                peer.receive(flight.bytes, from: flight.source, tag: flight.tag, isCopy: flight.isCopy)
            } else {
                strangers[flight.destination]?(flight.source, flight.bytes)
            }
        }
    }

    private func arrive(_ flight: Flight) {
        arrivals?(flight.source, flight.destination, flight.bytes)
        let emitted = plane.arrive(flight.bytes, at: flight.destination, from: flight.source)
        var forwarded = 0
        let isRepeated = flight.tag.map { ledger.streams[$0.stream].fates[$0.index].contains(.forwarded) } ?? false
        for one in emitted where !one.isControl {
            forwarded += 1
            if !knownAddresses.contains(one.destination) {
                ledger.object("media was sent to \(one.destination)", at: now)
            }
            observer?(one)
            launch(
                one.bytes, from: one.source, to: one.destination, tag: flight.tag, isCopy: flight.isCopy || isRepeated)
        }
        launchControl(emitted)
        if let tag = flight.tag { judge(tag, flight, forwarded) }
        if flight.tag == nil, forwarded > 0 { ledger.injected += forwarded }
    }

    private func launchControl(_ sent: [SimulatedPlane.Sent]) {
        for one in sent where one.isControl {
            observer?(one)
            launch(one.bytes, from: one.source, to: one.destination)
        }
    }

    /// Hands a datagram of a stranger to the relay at once; returns what leaves the relay because of it.
    @discardableResult
    package func inject(
        _ bytes: [UInt8], at destination: TransportAddress, from source: TransportAddress
    ) -> [SimulatedPlane.Sent] {
        let emitted = plane.arrive(bytes, at: destination, from: source)
        for one in emitted {
            observer?(one)
            if !one.isControl { ledger.injected += 1 }
            launch(one.bytes, from: one.source, to: one.destination)
        }
        return emitted
    }

    // MARK: - Judgement

    private func judge(_ tag: PacketTag, _ flight: Flight, _ forwarded: Int) {
        let stream = ledger.streams[tag.stream]
        let had = stream.fates[tag.index]
        stream.fates[tag.index].insert(.arrived)
        guard let sender = peers.first(where: { $0.streams.contains { $0 === stream } }) else { return }
        guard let port = plane.port(at: flight.destination) else { return }
        guard forwarded == 0 else {
            if forwarded > 1 { ledger.object("\(tag) left \(forwarded) times", at: now) }
            if had.contains(.forwarded), sender.flavor != .plain { ledger.object("\(tag) was replayed", at: now) }
            stream.fates[tag.index].insert(.forwarded)
            stream.forwarded += 1
            return letIn(tag, stream, port)
        }
        let reasons = newDrops(of: port)
        guard reasons.count == 1, let reason = reasons.first else {
            return ledger.object("\(tag) vanished: \(reasons)", at: now)
        }
        ledger.excused[reason, default: 0] += 1
        let counters = plane.counters(of: port)
        if counters.rtpIn.packets + counters.rtcpIn.packets > accepted[port, default: 0] { letIn(tag, stream, port) }
        let isUnsettled = peers.contains { now < $0.unsettledUntil }
        let isExcused =
            switch reason {
            case .replayed: had.contains(.arrived) || stream.highest - tag.index > 120
            case .foreignSource: now < sender.gapUntil
            case .notKeyed, .noDestination, .noSink: isUnsettled
            case .authenticationFailed: now < sender.unsettledUntil
            default: false
            }
        if !isExcused { ledger.object("\(tag) of \(sender.name) was dropped: \(reason)", at: now) }
    }

    private func letIn(_ tag: PacketTag, _ stream: MediaStream, _ port: LocalPortID) {
        accepted[port, default: 0] += 1
        stream.accepted += 1
        stream.highest = max(stream.highest, tag.index)
    }

    /// For what media was dropped on `port` since the last call.
    private func newDrops(of port: LocalPortID) -> [DropReason] {
        let counts = plane.counters(of: port).drops
        let before = drops.updateValue(counts, forKey: port) ?? counts.map { _ in 0 }
        return DropReason.allCases.filter { reason in
            let index = Int(reason.rawValue)
            return reason != .stunRefused && reason != .handshakeRefused && counts[index] > before[index]
        }
    }

    // MARK: - Time

    /// Lets `duration` nanoseconds pass, or less when `isDone` says so.
    @discardableResult
    package func run(for duration: UInt64, until isDone: () -> Bool = { false }) -> Bool {
        let end = now + duration
        launchControl(plane.takeSent())
        while !isDone() {
            var next = min(nextTick, plane.nextDeadline ?? .max)
            if head < flights.count { next = min(next, flights[head].at) }
            for peer in peers { next = min(next, peer.nextDeadline) }
            guard max(next, now) <= end else {
                plane.now = end
                return false
            }
            plane.now = max(now, next)
            deliver()
            if let deadline = plane.nextDeadline, deadline <= now { launchControl(plane.reachDeadline()) }
            for peer in peers { peer.reachDeadline() }
            if nextTick <= now {
                nextTick = now + Self.second
                relay.controller.tick(MachineLoad(load: 0, cpuPercent: 0))
                launchControl(plane.takeSent())
            }
        }
        return true
    }

    package func run(seconds: Double) { run(for: UInt64(seconds * 1e9)) }
}
