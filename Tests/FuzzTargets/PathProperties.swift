import Forwarding
import NetTypes
import PacketPath

/// The packet path: whatever arrives on whichever port, however plans and time change, nothing in the clear gets onto an
/// encrypted leg or out of one, nothing is sent to an address without a reason, and in the end everything is given back.
///
/// An input is a sequence of steps, each an octet that chooses and what it asks for.
enum PathProperties {
    private static let steps = 200

    static func violation(_ bytes: [UInt8]) -> String? {
        var reader = ByteReader(bytes)
        var bench = PathBench()
        for _ in 0..<steps where !reader.isAtEnd {
            let choice = reader.byte()
            switch choice % 16 {
            case 0: bench.reopen(reader.index(below: PathBench.ports))
            case 1: bench.close(reader.index(below: PathBench.ports))
            case 2, 3, 4: bench.plan(&reader)
            case 5: bench.pass(UInt64(1) << UInt64(reader.index(below: 36)))
            case 6: bench.installKeys(reader.index(below: PathBench.ports), reader.index(below: 3))
            case 7: bench.sendHandshake(reader.index(below: PathBench.ports), reader.index(below: 3))
            default: bench.arrive(&reader)
            }
            if let violation = bench.violation { return violation }
        }
        return bench.end()
    }
}

/// A packet path with what a bystander knows of it.
struct PathBench: ~Copyable {
    static let ports = 6
    static let sources = ["192.0.2.1:4000", "192.0.2.1:5000", "198.51.100.7:4000", "203.0.113.9:6000"]
        .compactMap { TransportAddress($0) }

    /// What is known of one port.
    struct Port {
        var id: LocalPortID
        var isOpen = false
        var plan: ForwardingPlan?
        /// Signalled for it, or the source of something that it had reason to believe.
        var known: Set<TransportAddress> = []
        /// Bytes of the relay itself less three times those received, by address. Without checks only.
        var debt: [TransportAddress: Int] = [:]
        var begun: Set<UInt64> = []
        /// Something has been handed to its handshake.
        var isPrompted = false
        /// An agent may send through it, for itself and for other ports.
        var hasAgent = false
    }

    private(set) var violation: String?
    private var path = PacketPath(capacity: ports)
    private var output = TransmissionList(capacity: 8)
    private var now: UInt64 = 1_000_000_000
    private var all: [Port]
    private var packets = PathPackets()
    /// Candidates of the peers, which agents keep however the ports change that they were signalled for.
    private var candidates: Set<TransportAddress> = []

    init() {
        all = (0..<UInt32(Self.ports)).map { Port(id: LocalPortID(worker: 0, slot: $0, generation: 1)) }
        for index in 0..<Self.ports { reopen(index) }
    }

    private mutating func object(_ text: String) {
        if violation == nil { violation = text }
    }

    mutating func reopen(_ index: Int) {
        close(index)
        let generation = all[index].id.generation &+ 1
        all[index] = Port(id: LocalPortID(worker: 0, slot: UInt32(index), generation: generation), isOpen: true)
        path.open(all[index].id, now: now)
    }

    mutating func close(_ index: Int) {
        guard all[index].isOpen else { return }
        path.close(all[index].id)
        all[index].isOpen = false
        follow()
    }

    mutating func plan(_ reader: inout ByteReader) {
        let index = reader.index(below: Self.ports)
        let plan = PathPlans.plan(all[index].id, all.map(\.id), &reader)
        _ = path.install(plan, now: now)
        if all[index].isOpen {
            all[index].plan = plan
            if let remote = plan.remote { all[index].known.insert(remote) }
            for candidate in plan.ice?.candidates ?? [] { all[Int(candidate.port.slot)].hasAgent = true }
            for text in plan.ice?.remoteCandidates ?? [] {
                let words = text.split(separator: " ")
                if let address = TransportAddress("\(words[4]):\(words[5])") { candidates.insert(address) }
            }
        }
        follow()
    }

    mutating func pass(_ duration: UInt64) {
        now += duration
        path.deadlineReached(now: now, into: &output)
        check(answering: nil, isAuthentic: true, isOurs: false)
        follow()
    }

    mutating func installKeys(_ index: Int, _ association: Int) {
        path.installKeys(
            all[index].id, association: UInt64(association), receiving: packets.policy(0), sending: packets.policy(1),
            now: now)
        if case .dtls(let plan) = all[index].plan?.security, plan.association == UInt64(association) {
            // As if the handshake were over, which shows that its peer receives where it says it is.
            all[index].debt = [:]
            for source in Self.sources { all[index].debt[source] = .min / 2 }
        }
        follow()
    }

    mutating func sendHandshake(_ index: Int, _ association: Int) {
        guard all[index].isPrompted else { return }
        let flight = [UInt8](repeating: 22, count: 900)
        flight.withUnsafeBytes {
            path.sendHandshake($0, from: all[index].id, association: UInt64(association), into: &output)
            // A server sends only what somebody has asked for.
            if case .dtls(let plan) = all[index].plan?.security, plan.role != .server {
                output.removeAll()
                path.batchSent()
            }
            check(answering: nil, isAuthentic: true, isOurs: false)
        }
        follow()
    }

    mutating func arrive(_ reader: inout ByteReader) {
        let index = reader.index(below: Self.ports)
        let source = Self.sources[reader.index(below: Self.sources.count)]
        var packet = packets.next(&reader)
        let plan = all[index].plan
        let isEncrypted = plan?.security != nil
        // In the clear and without checks every source is one to be learned; else only one with the right keys.
        if !isEncrypted || packet.isAuthentic || packet.isCheck { all[index].known.insert(source) }
        if packet.isVerifiable || packet.isAuthentic { all[index].debt[source] = .min / 2 }
        all[index].debt[source, default: 0] -= 3 * packet.bytes.count
        let count = packet.bytes.count
        packet.bytes += [UInt8](repeating: 0, count: 64)
        packet.bytes.withUnsafeMutableBytes { memory in
            path.receive(
                slot: UInt32(index), packet: UnsafeMutableRawBufferPointer(rebasing: memory[..<count]),
                capacity: memory.count, isTruncated: false, source: source, now: now, into: &output)
            check(answering: index, isAuthentic: !isEncrypted || packet.isAuthentic, isOurs: packet.hasMarker)
        }
        follow()
    }

    /// Looks at what is to be sent.
    private mutating func check(answering arrival: Int?, isAuthentic: Bool, isOurs: Bool) {
        for index in 0..<output.count {
            let one = output[index]
            let slot = Int(one.slot)
            guard all[slot].isOpen, all[slot].id.generation == one.generation else {
                object("sent through a closed port")
                continue
            }
            let bytes = UnsafeRawBufferPointer(start: one.bytes, count: Int(one.count))
            if !one.isControl, !isAuthentic { object("forwarded what is not authentic") }
            if !one.isControl, isOurs, !all[slot].hasAgent, all[slot].plan?.security != nil,
                PathPackets.showsMarker(bytes)
            {
                object("sent in the clear")
            }
            if !candidates.contains(one.destination),
                !all.contains(where: { $0.known.contains(one.destination) || $0.debt[one.destination] != nil })
            {
                object("sent to \(one.destination) for no reason")
            }
            if !one.isControl, !all[slot].hasAgent, !all[slot].known.contains(one.destination) {
                object("media was sent to \(one.destination) for no reason")
            }
            if one.isControl { packets.note(bytes) }
            guard one.isControl, !all[slot].hasAgent else { continue }
            let debt = (all[slot].debt[one.destination] ?? 0) + bytes.count
            all[slot].debt[one.destination] = debt
            if debt > 0 { object("more was sent to \(one.destination) than it is worth") }
        }
        output.removeAll()
        path.batchSent()
    }

    /// Takes the news for the handshakes.
    private mutating func follow() {
        while let event = path.nextHandshakeEvent() {
            switch event {
            case .begin(let port, let plan, _):
                if !all[Int(port.slot)].begun.insert(plan.association).inserted { object("begun twice") }
                all[Int(port.slot)].isPrompted = false
                if all[Int(port.slot)].begun.count > 1 { object("two associations of a port") }
            case .end(let port, let association):
                if all[Int(port.slot)].begun.remove(association) == nil { object("ended what had not begun") }
            case .ready: break
            }
        }
        var count = 0
        while path.nextHandshakeDatagram({
            count += 1
            all[Int($0.port.slot)].isPrompted = true
        }) {}
        if count > 256 { object("a long queue") }
    }

    /// Closes all ports; then nothing is left.
    mutating func end() -> String? {
        for index in 0..<Self.ports { close(index) }
        if path.nextDeadline != nil { object("an agent is left") }
        if all.contains(where: { !$0.begun.isEmpty }) { object("an association is left") }
        return violation
    }
}
