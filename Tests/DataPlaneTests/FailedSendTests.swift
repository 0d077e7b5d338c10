import Forwarding
import Glibc
import LinuxIO
import NetTypes
import PacketPath
import Testing

@testable import DataPlane

/// What the loops make of sends that fail. They run on the test's thread, which hands them what is to be sent.
struct FailedSendTests {
    private static let hasRing = backends.contains(.ioUring)

    private static func makeSeat() throws -> WorkerSeat {
        WorkerSeat(
            index: 0, slots: 8, pools: 1, maximumWaitMicroseconds: 0, receiveBuffers: 64, largestDatagram: 2048,
            usesFileTable: false, pinsToProcessor: false, scheduling: nil, flightRecorderBytes: 0, ownAddresses: [],
            softwareName: "",
            mailbox: try Mailbox(), closedSlots: try ClosedSlots(capacity: 8),
            parkedPorts: try ParkedPorts(capacity: 8), parking: ParkingPolicy(), published: PublishedStatistics(),
            handshakes: nil,
            converters: try ConverterPool(threads: 1, streams: 1, mailboxes: [try Mailbox()]))
    }

    /// A message about one datagram makes the next one fail, within one submission. Then this one is repeated, and no
    /// other, also where completions of receives lie in front.
    @Test(.enabled(if: hasRing), arguments: [false, true])
    func theSendThatFailedIsRepeated(receives: Bool) throws {
        let port = try TestPort()
        let live = try MediaPeer()
        let dead = try MediaPeer().address
        var loop = try RingLoop(Self.makeSeat())
        let entry = try port.open(in: &loop.state)
        entry.pointee.takesRuns = false
        for round in 0..<5 {
            if receives, round == 0 {
                for number in 0..<3 { try live.send(rtp(number), to: port.address) }
                loop.arm(port.id.slot, entry)
            }
            var expected: [[UInt8]] = []
            for number in 0..<4 {
                loop.state.queue(port.datagram(rtp(round * 100 + number), to: dead))
                expected.append(rtp(round * 100 + 50 + number))
                loop.state.queue(port.datagram(expected[number], to: live.address))
            }
            loop.transmit()
            loop.flush()
            var received: [[UInt8]] = []
            for _ in expected { received.append(try #require(live.receive()).bytes) }
            received.sort { $0.lexicographicallyPrecedes($1) }
            #expect(received == expected)
            #expect(live.receive(within: 0) == nil)
            let packets = loop.handleCompletions(now: MonotonicClock.now())
            if receives, round == 0 { #expect(packets == 3) }
        }
        let sendErrors = loop.state.statistics.sendErrors
        #expect(sendErrors == 0)
        loop.closeAll()
    }

    /// Datagrams of a refused run whose port has closed meanwhile are counted.
    @Test(.enabled(if: hasRing)) func nothingVanishes() throws {
        let port = try TestPort()
        let peer = try MediaPeer()
        var loop = try RingLoop(Self.makeSeat())
        let entry = try port.open(in: &loop.state)
        try port.refuseRuns()
        for number in 0..<3 { loop.state.queue(port.datagram(rtp(number), to: peer.address)) }
        loop.transmit()
        let closing = loop.state.beginClosing(port.id)
        #expect(closing == entry)
        loop.flush()
        let sendErrors = loop.state.statistics.sendErrors
        #expect(sendErrors == 3)
        #expect(peer.receive(within: 0) == nil)
        loop.state.finishClosing(port.id.slot, entry)
    }

    /// A refusal that may be a message's is none.
    @Test(arguments: backends)
    func messagesDoNotEndTheRuns(_ backend: DataPlaneConfiguration.Backend) throws {
        let port = try TestPort()
        let peer = try MediaPeer()
        switch backend {
        case .epoll:
            var loop = try EpollLoop(Self.makeSeat())
            let entry = try port.open(in: &loop.state)
            try sendRefusedRuns(from: port, to: peer, entry) { datagrams in
                for datagram in datagrams { loop.state.queue(datagram) }
                loop.transmit()
            }
            loop.state.install([ForwardingPlan(port: port.id, carries: .rtp)], now: MonotonicClock.now())
            #expect(entry.pointee.takesRuns, "the way may be another")
            // A datagram that nothing joins is no run.
            loop.state.queue(port.datagram(rtp(1, payload: 20), to: peer.address))
            loop.state.queue(port.datagram(rtp(2, payload: 30), to: peer.address))
            loop.transmit()
            #expect(entry.pointee.takesRuns)
            loop.state.finishClosing(port.id.slot, entry)
        default:
            var loop = try RingLoop(Self.makeSeat())
            let entry = try port.open(in: &loop.state)
            try sendRefusedRuns(from: port, to: peer, entry) { datagrams in
                for datagram in datagrams { loop.state.queue(datagram) }
                loop.transmit()
                loop.flush()
            }
            loop.state.install([ForwardingPlan(port: port.id, carries: .rtp)], now: MonotonicClock.now())
            #expect(entry.pointee.takesRuns, "the way may be another")
            loop.closeAll()
        }
    }

    private func sendRefusedRuns(
        from port: TestPort, to peer: MediaPeer, _ entry: UnsafeMutablePointer<SocketTable.Entry>,
        _ send: ([Transmission]) throws -> Void
    ) throws {
        try port.refuseRuns()
        for isExplained in [true, false] {
            // The kernel keeps a message about a datagram that is too long for it.
            if isExplained { port.sendTooLong(to: peer.address) }
            let packets = (0..<3).map { rtp($0 + (isExplained ? 0 : 10)) }
            try send(packets.map { port.datagram($0, to: peer.address) })
            for packet in packets { try peer.expect(packet, from: port.address) }
            #expect(entry.pointee.takesRuns == isExplained)
        }
    }

    /// Sockets that get too many messages are left alone for a while.
    @Test func thereIsALimitToMessages() throws {
        var state = try WorkerState(Self.makeSeat())
        let ports = try (0..<3).map { try TestPort(slot: UInt32($0)) }
        let start: UInt64 = 1_000_000_000_000
        let limit = WorkerState.errorsPerSecond
        var entries: [UnsafeMutablePointer<SocketTable.Entry>] = []
        for port in ports { entries.append(try port.open(in: &state)) }
        state.limitErrors(0, entries[0], limit, now: start)
        state.limitErrors(0, entries[0], limit, now: start + 1_000_000_000)
        #expect(ports[0].reportsErrors && state.nextReport == .max)
        for (index, port) in ports.enumerated() {
            let now = start + 1_000_000_000 + UInt64(index)
            if index > 0 { state.limitErrors(port.id.slot, entries[index], limit, now: now) }
            #expect(port.reportsErrors)
            state.limitErrors(port.id.slot, entries[index], 1, now: now)
            #expect(!port.reportsErrors)
        }
        let due = start + 1_000_000_000 + WorkerState.quietNanoseconds
        #expect(state.nextReport == due)
        state.resumeErrorReports(now: due - 1)
        #expect(ports.allSatisfy { !$0.reportsErrors })
        state.resumeErrorReports(now: due + 1)
        #expect(ports.map(\.reportsErrors) == [true, true, false])
        #expect(state.nextReport == due + 2)
        // A port that was closed meanwhile is forgotten.
        state.finishClosing(2, entries[2])
        state.resumeErrorReports(now: .max)
        #expect(state.nextReport == .max && state.quietSockets.isEmpty)
        for slot in 0..<2 { state.finishClosing(UInt32(slot), entries[slot]) }
    }
}

/// A port as a worker gets it, and memory for what it sends. Whoever opens it has its socket closed.
private final class TestPort {
    let id: LocalPortID
    let address: TransportAddress
    private let descriptor: Int32
    private var datagrams: [UnsafeMutableRawBufferPointer] = []

    init(slot: UInt32 = 0) throws {
        let socket = try UDPSocket(bindingTo: TransportAddress(freshAddress(), 0))
        try socket.setErrorReports(true)
        id = LocalPortID(worker: 0, slot: slot, generation: 1)
        address = try socket.localAddress()
        descriptor = socket.release()
    }

    deinit {
        for datagram in datagrams { datagram.deallocate() }
    }

    func open(in state: inout WorkerState) throws -> UnsafeMutablePointer<SocketTable.Entry> {
        let socket = OwnedSocket(port: id, descriptor: descriptor, family: .ipv4, tos: 0)
        let entry = state.open(socket, now: MonotonicClock.now())
        return try #require(entry)
    }

    func datagram(_ bytes: [UInt8], to destination: TransportAddress) -> Transmission {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
        memory.copyBytes(from: bytes)
        datagrams.append(memory)
        return Transmission(
            slot: id.slot, generation: id.generation, destination: destination,
            bytes: UnsafeRawPointer(memory.baseAddress.unsafelyUnwrapped), count: Int32(bytes.count), isRTCP: false)
    }

    /// Runs need checksums.
    func refuseRuns() throws {
        var on: Int32 = 1
        try #require(setsockopt(descriptor, SOL_SOCKET, SO_NO_CHECK, &on, socklen_t(MemoryLayout<Int32>.size)) == 0)
    }

    func sendTooLong(to destination: TransportAddress) {
        let name = UnsafeMutableRawPointer.allocate(byteCount: SocketAddress.size, alignment: 16)
        defer { name.deallocate() }
        let bytes = [UInt8](repeating: 0, count: 65_520)
        let result = DatagramIO.send(
            from: descriptor, bytes: bytes, count: Int32(bytes.count), to: destination, name: name)
        #expect(result == -Int(EMSGSIZE))
    }

    var reportsErrors: Bool {
        var isOn: Int32 = -1
        var size = socklen_t(MemoryLayout<Int32>.size)
        #expect(getsockopt(descriptor, Int32(IPPROTO_IP), IP_RECVERR, &isOn, &size) == 0)
        return isOn == 1
    }
}

extension WorkerState {
    fileprivate mutating func queue(_ transmission: Transmission) {
        let isQueued = output.append(transmission)
        #expect(isQueued)
    }
}
