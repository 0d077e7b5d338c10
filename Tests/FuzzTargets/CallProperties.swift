import Bencode
import CallControl
import Forwarding
import Logging
import NGProtocol
import NetTypes
import Synchronization

/// Calls: whatever clients ask for, every request gets a reply with a result, and when all calls have ended every port
/// is back.
enum CallProperties {
    static func violation(_ bytes: [UInt8]) -> String? {
        var parser = NGStreamParser()
        let events = bytes.withUnsafeBytes { parser.consume($0) }
        let plane = BookkeepingPlane()
        let clock = TurnedClock()
        let controller = CallController(
            configuration: CallControlConfiguration(interfaces: plane.table), plane: plane, clock: clock.controlClock,
            logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() })
        let dispatcher = NGDispatcher(parser: NGRequestParser(), handler: controller)
        let client = TransportAddress(IPAddress(ipv4: 0x7F00_0001), 5000)
        for event in events.prefix(64) {
            guard case .message(_, let dictionary) = event else { continue }
            let reply = dispatcher.answer(NGPayload(dictionary), from: client).reply
            guard reply.dictionary.first("result") != nil else { return "a reply without result" }
            clock.turn(bySeconds: 7)
            controller.tick(MachineLoad(load: 0, cpuPercent: 0))
        }
        controller.endAllCalls()
        return plane.openPorts == 0 ? nil : "\(plane.openPorts) ports are not given back"
    }
}

/// A clock that only moves when it is turned.
private final class TurnedClock: Sendable {
    private let nanoseconds = Atomic<UInt64>(1_000_000_000)

    func turn(bySeconds seconds: UInt64) {
        nanoseconds.wrappingAdd(seconds &* 1_000_000_000, ordering: .relaxed)
    }

    var controlClock: ControlClock {
        ControlClock(
            monotonicNanoseconds: { self.nanoseconds.load(ordering: .relaxed) },
            wallMicroseconds: { Int64(self.nanoseconds.load(ordering: .relaxed) / 1000) })
    }
}

/// A media plane without sockets that knows which ports are out.
private final class BookkeepingPlane: MediaPlane {
    private struct State {
        var open: [LocalPortID: UInt16] = [:]
        var next: UInt16 = 30000
        var slot: UInt32 = 0
    }

    private static let capacity = 400
    private let state = Mutex(State())
    private let addresses = [IPAddress(ipv4: 0x7F00_0001), IPAddress(ipv6High: 0, low: 1)]

    var table: InterfaceTable {
        InterfaceTable(
            interfaces: [
                LogicalInterface(
                    name: "default",
                    addresses: addresses.enumerated().map {
                        LocalAddress(address: $1, advertised: $1, pool: PortPoolID($0))
                    })
            ],
            pools: addresses.map { PortPoolConfiguration(address: $0, minimum: 30000, maximum: 39999) })
    }

    var openPorts: Int { state.withLock { $0.open.count } }

    func assignWorker() -> UInt16 { 0 }

    func lease(_ request: PortRequest) throws(PortLeaseError) -> [PortLease] {
        guard addresses.indices.contains(request.pool.index) else {
            throw .system(errno: 22, operation: "lease")
        }
        let leases: [PortLease]? = state.withLock { state in
            guard state.open.count < Self.capacity else { return nil }
            if state.next >= 39990 { state.next = 30000 }
            state.next += state.next % 2
            return (0..<(request.isPair ? 2 : 1)).map { _ in
                let id = LocalPortID(worker: 0, slot: state.slot, generation: 1)
                let port = state.next
                state.open[id] = port
                state.slot += 1
                state.next += 1
                return PortLease(id: id, local: TransportAddress(addresses[request.pool.index], port))
            }
        }
        guard let leases else { throw .exhausted(request.pool) }
        return leases
    }

    func install(_ plans: [ForwardingPlan]) {}

    func release(_ ports: [LocalPortID]) {
        state.withLock { state in
            for port in ports { state.open[port] = nil }
        }
    }

    func counters(of ports: [LocalPortID]) -> [PortCounters?] {
        state.withLock { state in ports.map { state.open[$0] == nil ? nil : PortCounters() } }
    }

    func lastActivity(of ports: [LocalPortID]) -> UInt64 { 0 }

    func totals() -> PortCounters.Traffic { PortCounters.Traffic() }

    func portUse(of pool: PortPoolID) -> PortUse {
        PortUse(address: .unspecified(.ipv4), minimum: 30000, maximum: 39999, used: openPorts)
    }
}
