import Forwarding
import NetTypes
import RTP
import Testing

@testable import PacketPath

extension Relay {
    /// Lets the packets that wait be converted, and returns what leaves.
    func convert(_ converter: Converter, through ring: ConversionRing) -> [Sent] {
        path.publishConversions { _ in }
        for arrivals in path.conversionRings {
            while converter.handleNext(from: arrivals, to: ring, now: now) {}
        }
        return takeConverted(ring)
    }
}

extension Conversion {
    static let toALaw = Conversion(
        source: CodedFormat(payloadType: 0, encoding: .pcmu, clockRate: 8000),
        target: CodedFormat(payloadType: 8, encoding: .pcma, clockRate: 8000))
    static let toMuLaw = Conversion(
        source: CodedFormat(payloadType: 8, encoding: .pcma, clockRate: 8000),
        target: CodedFormat(payloadType: 0, encoding: .pcmu, clockRate: 8000))
    static let toOpus = Conversion(
        source: CodedFormat(payloadType: 0, encoding: .pcmu, clockRate: 8000),
        target: CodedFormat(payloadType: 111, encoding: .opus, clockRate: 48_000, channels: 2))
}

/// Ports whose packets are handed to another thread and come back.
@Suite struct ConversionTests {
    private let relay = Relay()
    private let converter = Converter(streams: 16)
    private let ring = ConversionRing(bytes: 1 << 20)
    private let (a, b): (LocalPortID, LocalPortID)

    init() {
        (a, b) = (relay.open(0), relay.open(1))
        install([.toALaw])
        var back = plan(b, .multiplexed, remote: Peer.far, to: [Sink(port: a, traffic: .both)])
        back.conversions = [.toMuLaw]
        relay.install(back)
    }

    private func install(_ conversions: [Conversion]) {
        var there = plan(a, .multiplexed, remote: Peer.signalled, to: [Sink(port: b, traffic: .both)])
        there.conversions = conversions
        relay.install(there)
    }

    private func speak(_ packet: [UInt8]) -> [Relay.Sent] {
        relay.now += 20 * Relay.millisecond
        #expect(relay.arrive(packet, on: a, from: Peer.signalled).isEmpty)
        return relay.convert(converter, through: ring)
    }

    private func header(_ sent: Relay.Sent?) throws -> RTPHeader {
        try #require(sent?.bytes.withUnsafeBytes { RTPHeader($0) })
    }

    @Test func aPacketComesBackConverted() throws {
        for number in 1...20 as ClosedRange<UInt16> {
            let sent = speak(rtp(number, timestamp: UInt32(number) * 160))
            try #require(sent.count == 1)
            #expect(sent[0].slot == 1 && sent[0].destination == Peer.far && !sent[0].isRTCP)
            let header = try header(sent[0])
            #expect(header.payloadType == 8 && header.sequenceNumber == number && header.ssrc == 0x1111)
            #expect(header.timestamp == UInt32(number) * 160)
            #expect(sent[0].bytes.count == 172)
        }
        let (received, given) = (try relay.counters(a), try relay.counters(b))
        #expect(received.rtpIn.packets == 20 && received.rtpIn.errors == 0)
        #expect(given.rtpOut.packets == 20 && given.rtpOut.bytes == 20 * 172)
    }

    /// Video of a bundle must not take the way through another thread.
    @Test func streamsWithoutConversionGoDirectly() {
        relay.arrive(rtp(1), on: a, from: Peer.signalled)
        #expect(relay.arrive(rtp(9, ssrc: 7, payloadType: 96), on: a, from: Peer.signalled).count == 1)
        // Of a stream that is converted all packets keep their order.
        #expect(relay.arrive(rtp(2, payloadType: 101), on: a, from: Peer.signalled).isEmpty)
        let sent = relay.convert(converter, through: ring)
        #expect(sent.map { $0.bytes[1] } == [0x80 | 8, 101])
        #expect(sent.map { $0.bytes[3] } == [1, 2])
    }

    @Test func anotherPlanGoesOnWithTheNumbers() throws {
        for number in 1...3 as ClosedRange<UInt16> { _ = speak(rtp(number, timestamp: UInt32(number) * 160)) }
        install([.toOpus])
        let opus = try header(speak(rtp(4, timestamp: 640)).first)
        #expect(opus.payloadType == 111 && opus.sequenceNumber == 4 && opus.timestamp == 640)
        // Without conversions the stream still goes on where it was.
        install([])
        let plain = try header(speak(rtp(5, timestamp: 800)).first)
        #expect(plain.payloadType == 0 && plain.sequenceNumber == 5 && plain.timestamp == 640 + 960)
    }

    @Test func whatIsBlockedIsNotConverted() throws {
        var blocked = plan(a, .multiplexed, remote: Peer.signalled, to: [Sink(port: b, traffic: .both)])
        blocked.conversions = [.toALaw]
        blocked.isBlocked = true
        relay.install(blocked)
        #expect(speak(rtp(1)).isEmpty)
        #expect(try relay.drops(a, .blocked) == 1)
    }

    @Test func whatCannotBeConvertedIsCounted() throws {
        install([
            Conversion(
                source: CodedFormat(payloadType: 3, encoding: .gsm, clockRate: 8000), target: Conversion.toALaw.target)
        ])
        #expect(speak(rtp(1, payloadType: 3, payload: 32)).isEmpty)
        #expect(try relay.drops(a, .malformed) == 1)
    }

    @Test func aClosedPortGetsNothingBack() throws {
        relay.arrive(rtp(1), on: a, from: Peer.signalled)
        relay.path.publishConversions { _ in }
        while converter.handleNext(from: relay.path.conversionRings[0], to: ring, now: relay.now) {}
        relay.close(a)
        let next = relay.open(0, generation: 2)
        relay.install(plan(next, .multiplexed, remote: Peer.signalled, to: [Sink(port: b, traffic: .both)]))
        #expect(relay.takeConverted(ring).isEmpty)
        #expect(relay.convert(converter, through: ring).isEmpty)
        #expect(converter.streamCount == 0)
        #expect(try relay.counters(b).rtpOut.packets == 0)
        #expect(relay.arrive(rtp(1), on: next, from: Peer.signalled).count == 1)
    }

    /// Nobody reads: the ring fills, and the rest is dropped without waiting.
    @Test func aFullRingDropsUnderItsOwnReason() throws {
        let count = 20_000
        fill(count)
        let dropped = try relay.drops(a, .transcoderBusy)
        #expect(dropped > 1000 && dropped < UInt64(count))
        #expect(relay.convert(converter, through: ring).count <= count - Int(dropped))
        // It goes on as soon as there is room.
        let before = try relay.drops(a, .transcoderBusy)
        #expect(speak(rtp(UInt16(truncatingIfNeeded: count), ssrc: 9)).count == 1)
        #expect(try relay.drops(a, .transcoderBusy) == before)
    }

    /// As fast as a port may send.
    private func fill(_ count: Int) {
        for number in 0..<count {
            relay.now += 10 * Relay.millisecond
            relay.arrive(rtp(UInt16(truncatingIfNeeded: number)), on: a, from: Peer.signalled)
        }
    }

    @Test func anOrderWaitsForRoom() throws {
        fill(20_000)
        // Neither the new plan nor the end of the port fits in now.
        install([.toOpus])
        relay.close(b)
        #expect(relay.path.orders.count == 2)
        let before = try relay.drops(a, .transcoderBusy)
        relay.arrive(rtp(1, ssrc: 9), on: a, from: Peer.signalled)
        #expect(try relay.drops(a, .transcoderBusy) == before + 1)
        _ = relay.convert(converter, through: ring)
        #expect(relay.path.orders.count == 2)
        _ = relay.convert(converter, through: ring)
        #expect(relay.path.orders.isEmpty)
        let after = try relay.drops(a, .transcoderBusy)
        relay.arrive(rtp(2, ssrc: 9), on: a, from: Peer.signalled)
        _ = relay.convert(converter, through: ring)
        #expect(try relay.drops(a, .transcoderBusy) == after)
    }

    /// More than twice what is played meanwhile is nobody's share, and neither are packets by the thousand.
    @Test(arguments: [(160, 50), (8, 500), (1, 500)])
    func noPortTakesMoreThanItsShare(payload: Int, atOnce: UInt64) throws {
        let taken = { (count: Int) in
            let before = try relay.drops(a, .transcoderBusy)
            for number in 0..<count {
                relay.arrive(rtp(UInt16(number), payload: payload), on: a, from: Peer.signalled)
            }
            return try UInt64(count) - (relay.drops(a, .transcoderBusy) - before)
        }
        #expect(try taken(600) == atOnce)
        relay.now += 100 * Relay.millisecond
        #expect(try taken(600) == atOnce / 5)
        relay.now += 3600 * 1000 * Relay.millisecond
        #expect(try taken(600) == atOnce)
    }

    @Test func whatHasWaitedTooLongIsNotConverted() throws {
        relay.arrive(rtp(1), on: a, from: Peer.signalled)
        relay.now += 201 * Relay.millisecond
        relay.arrive(rtp(2, timestamp: 160), on: a, from: Peer.signalled)
        #expect(relay.convert(converter, through: ring).count == 1)
        #expect(try relay.drops(a, .transcoderBusy) == 1)
    }

    @Test func whatComesTwiceIsCounted() throws {
        for _ in 0..<3 { _ = speak(rtp(7)) }
        #expect(try relay.drops(a, .replayed) == 2)
    }

    /// The plan changed while packets were under way.
    @Test func whatIsBlockedMeanwhileIsNotSent() throws {
        relay.arrive(rtp(1), on: a, from: Peer.signalled)
        relay.path.publishConversions { _ in }
        while converter.handleNext(from: relay.path.conversionRings[0], to: ring, now: relay.now) {}
        var blocked = plan(a, .multiplexed, remote: Peer.signalled, to: [Sink(port: b, traffic: .both)])
        blocked.conversions = [.toALaw]
        blocked.isBlocked = true
        relay.install(blocked)
        #expect(relay.takeConverted(ring).isEmpty)
        #expect(try relay.drops(a, .blocked) == 1)
    }

    /// Blocking media keeps sound back, blocking events the events.
    @Test func blockedMediaLeavesTheEvents() throws {
        let events = Conversion(
            source: CodedFormat(payloadType: 101, encoding: .telephoneEvent, clockRate: 8000),
            target: CodedFormat(payloadType: 96, encoding: .telephoneEvent, clockRate: 8000))
        var there = plan(a, .multiplexed, remote: Peer.signalled, to: [Sink(port: b, traffic: .both)])
        there.conversions = [.toALaw, events]
        there.eventPayloadTypes.insert(101)
        there.suppression = .media
        relay.install(there)
        #expect(speak(rtp(1, timestamp: 160)).isEmpty)
        let digit: [UInt8] = [5, 10, 0, 160]
        let sent = speak(Array(rtp(2, timestamp: 320, payloadType: 101).prefix(12)) + digit)
        try #require(sent.count == 1)
        #expect(try header(sent[0]).payloadType == 96)
        there.suppression = .events
        relay.install(there)
        #expect(speak(Array(rtp(3, timestamp: 320, payloadType: 101).prefix(12)) + digit).isEmpty)
    }

    /// Every sink gets its copy, however few of them the list has room for at once.
    @Test func manySinksGetAllTheirCopies() throws {
        let sinks = (2..<32).map { relay.open(UInt32($0)) }
        for sink in sinks { relay.install(plan(sink, .multiplexed, remote: Peer.far, to: [])) }
        var there = plan(
            a, .multiplexed, remote: Peer.signalled, to: sinks.map { Sink(port: $0, traffic: .both) })
        there.conversions = [.toALaw]
        relay.install(there)
        for number in 0..<20 as Range<UInt16> {
            relay.arrive(rtp(number, timestamp: UInt32(number) * 160), on: a, from: Peer.signalled)
        }
        #expect(relay.convert(converter, through: ring).count == 20 * sinks.count)
        for sink in sinks { #expect(try relay.counters(sink).rtpOut.packets == 20) }
    }

    @Test func noMoreThanFourStreamsOfAPortAtATime() {
        // Those that are in use stay, and the others wait.
        for ssrc in 1...40 as ClosedRange<UInt32> { #expect(speak(rtp(1, ssrc: ssrc)).count == (ssrc <= 4 ? 1 : 0)) }
        #expect(converter.streamCount == 4)
    }
}
