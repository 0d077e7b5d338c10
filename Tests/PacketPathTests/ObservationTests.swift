import Forwarding
import NetTypes
import Testing

@testable import PacketPath

/// What taps and the flight recorder see, and that the forwarded packets are none the worse for it.
@Suite struct ObservationTests {
    private static let left = TransportAddress(IPAddress(ipv4: 0x0A00_0001), 4000)
    private static let right = TransportAddress(IPAddress(ipv6High: 0x2001_0DB8_0000_0000, low: 2), 5000)
    private static let stranger = TransportAddress(IPAddress(ipv4: 0x0A00_0009), 666)

    /// Two ports that send to each other.
    private struct Path: ~Copyable {
        var path: PacketPath
        var output = TransmissionList(capacity: 16)
        let ports = (0..<2 as Range<UInt32>).map { LocalPortID(worker: 3, slot: $0, generation: 7) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        var now: UInt64 = 5_000_000_000

        init(flightRecorderBytes: Int, tapBytes: Int = 1 << 16) {
            path = PacketPath(
                capacity: 4, generator: SeededGenerator(seed: 3), flightRecorderBytes: flightRecorderBytes,
                tapBytes: tapBytes)
            for (place, port) in ports.enumerated() {
                path.open(port, now: now)
                var plan = ForwardingPlan(port: port, carries: .multiplexed)
                plan.remote = place == 0 ? ObservationTests.left : ObservationTests.right
                plan.sinks = [Sink(port: ports[1 - place], traffic: .both)]
                _ = path.install(plan, now: now)
            }
        }

        deinit { buffer.deallocate() }

        mutating func receive(_ bytes: [UInt8], on slot: UInt32, from source: TransportAddress) -> Int {
            now += 1_000_000
            buffer.copyBytes(from: bytes)
            path.receive(
                slot: slot, packet: UnsafeMutableRawBufferPointer(rebasing: buffer[..<bytes.count]), capacity: 4096,
                isTruncated: false, source: source, now: now, into: &output)
            let count = output.count
            output.removeAll()
            path.batchSent()
            return count
        }

        func tapped() -> [ObservedItem] {
            path.publishTaps()
            var items: [ObservedItem] = []
            while let item = path.taps.next(worker: 3) { items.append(item) }
            return items
        }
    }

    private static func rtp(_ number: UInt16, count: Int = 172) -> [UInt8] {
        [0x80, 0x88, UInt8(number >> 8), UInt8(number & 255), 0, 0, 1, 2, 9, 8, 7, 6]
            + (12..<count).map { UInt8(truncatingIfNeeded: $0) }
    }

    @Test func theHeaderFitsInFrontOfACopy() {
        #expect(MemoryLayout<TapHeader>.size <= TapHeader.size)
        #expect(MemoryLayout<TapHeader>.offset(of: \TapHeader.code) == 6)
    }

    @Test func aTapSeesEveryPacketOnBothSides() {
        var path = Path(flightRecorderBytes: 0)
        for port in path.ports { path.path.tap(port, at: [.wire, .clear], now: path.now) }
        #expect(path.receive(Self.rtp(1), on: 0, from: Self.left) == 1)
        #expect(path.receive([1, 2, 3], on: 0, from: Self.left) == 0)
        #expect(path.receive(Self.rtp(2), on: 0, from: Self.stranger) == 0)
        let packets = path.tapped().compactMap { item in
            if case .packet(let packet) = item { packet } else { nil }
        }
        #expect(packets.map(\.fate) == [.forwarded, .sent, .dropped(.malformed), .dropped(.foreignSource)])
        #expect(packets.map(\.port.slot) == [0, 1, 0, 0])
        #expect(packets[0].bytes == Self.rtp(1))
        #expect(packets[0].points == [.wireIn, .clearIn])
        #expect(packets[0].remote == Self.left)
        #expect(packets[1].points == [.wireOut, .clearOut])
        #expect(packets[1].remote == Self.right)
        #expect(packets[2].points == .wireIn)
        #expect(packets[0].nanoseconds == 5_001_000_000)
        path.path.tap(path.ports[0], at: [], now: path.now)
        path.path.tap(path.ports[1], at: [], now: path.now)
        _ = path.tapped()
        #expect(path.receive(Self.rtp(3), on: 0, from: Self.left) == 1)
        #expect(path.tapped() == [])
    }

    @Test func whatDoesNotFitIsCountedAndMediaGoesOn() {
        var path = Path(flightRecorderBytes: 0)
        path.path.tap(path.ports[0], at: .wireIn, now: path.now)
        for number in 0..<1000 { #expect(path.receive(Self.rtp(UInt16(number)), on: 0, from: Self.left) == 1) }
        // 64 KiB hold two events and copies of 172 bytes, each with its header in 256.
        let seen = path.tapped().count
        #expect(seen == 257)
        let missed = path.path.taps.missed
        #expect(missed == 1000 - 255)
        for number in 0..<3000 {
            _ = path.receive(Self.rtp(UInt16(number), count: 12 + number % 800), on: 0, from: Self.left)
            let items = path.tapped()
            guard case .packet(let packet) = items.first else {
                Issue.record("nothing was seen")
                return
            }
            #expect(items.count == 1)
            #expect(packet.bytes == Self.rtp(UInt16(number), count: 12 + number % 800))
        }
    }

    @Test func theFlightRecorderKeepsHeadersAndEvents() throws {
        var path = Path(flightRecorderBytes: 64 << 10)
        _ = path.receive(Self.rtp(1), on: 0, from: Self.left)
        _ = path.receive(Self.rtp(2), on: 0, from: Self.stranger)
        _ = path.receive([0x81, 201, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8], on: 1, from: Self.right)
        _ = path.receive((0..<100).map { UInt8($0) }, on: 0, from: Self.left)
        let known = path.path.flightRecorder
        let recorder = try #require(known)
        let items = recorder.items(of: [path.ports[0]], worker: 3, before: path.now + 1_000_000)
        let events = items.compactMap { item in if case .event(let event) = item { event.kind } else { nil } }
        #expect(events == [.opened, .planned, .confirmed])
        let packets = items.compactMap { item in if case .packet(let packet) = item { packet } else { nil } }
        #expect(packets.map(\.fate) == [.forwarded, .dropped(.foreignSource), .dropped(.malformed)])
        #expect(packets[0].bytes == Array(Self.rtp(1)[..<12]))
        #expect(packets[0].originalCount == 172)
        #expect(packets[0].points == [.wireIn, .clearIn])
        #expect(packets[1].remote == Self.stranger)
        #expect(packets[2].bytes == (0..<88).map { UInt8($0) })
        #expect(packets[2].originalCount == 100)
        let stamp = 5_001_000_000 as UInt64
        #expect(packets[0].nanoseconds <= stamp && stamp - packets[0].nanoseconds < 1024)

        let other = recorder.items(of: [path.ports[1]], worker: 3, before: path.now + 1)
        guard case .packet(let report) = other.last else {
            Issue.record("no report")
            return
        }
        #expect(report.bytes == [0x81, 201, 0, 1, 1, 2, 3, 4])
        #expect(report.originalCount == 12)
        #expect(recorder.items(of: [path.ports[0]], worker: 3, before: 5_000_000_000) == [])
    }

    @Test func theRecorderForgetsTheOldestFirst() throws {
        var path = Path(flightRecorderBytes: 16 << 10)
        for number in 0..<5000 { _ = path.receive(Self.rtp(UInt16(number)), on: 0, from: Self.left) }
        let known = path.path.flightRecorder
        let recorder = try #require(known)
        let items = recorder.items(of: [path.ports[0]], worker: 3, before: path.now + 1_000_000)
        let numbers = items.compactMap { item -> UInt16? in
            guard case .packet(let packet) = item else { return nil }
            return UInt16(packet.bytes[2]) << 8 | UInt16(packet.bytes[3])
        }
        #expect(numbers == Array(4744...4999))
    }

    /// The clock in a cell has 46 bits; a time before its last round still reads right.
    @Test func timesReadRightAcrossTheRoundOfTheClock() {
        let round: UInt64 = 1 << 56
        for time in [round - 5_000, round - 1, round, round + 7_000, 3 * round + 4_096] {
            let first = CellHeader.first(time, kind: 2, generation: 9)
            let header = CellHeader(first, 5 << 32, near: time + 3_000_000)
            #expect(header.nanoseconds == time & ~1023)
            #expect(header.kind == 2)
            #expect(header.generation == 9)
            #expect(header.slot == 5)
        }
    }
}
