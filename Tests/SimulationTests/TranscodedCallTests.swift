import COpus
import CSpanDSP
import Forwarding
import NetTypes
import RTP
import Replay
import SRTP
import SRTPKeying
import TestSupport
import Testing

/// A browser with Opus under SRTP and a phone with A-law talk for minutes of virtual time, over networks that lose, double
/// and mix up.
@Suite struct TranscodedCallTests {
    @Test(arguments: [1, 2] as [UInt64]) func twoMinutes(seed: UInt64) throws {
        let call = try TranscodedCall(seed: seed)
        try call.talk(packets: 6000)
        // The phone was sent a whole stream, whatever was lost before the relay.
        let heard = call.phone
        #expect(heard.gaps == 0 && heard.backward == 0)
        #expect(heard.sequences.count > 5990)
        let span = heard.lastTimestamp &- heard.firstTimestamp
        #expect(abs(Int(span) - 5999 * 160) <= 10 * 160, "the clock of two minutes is off by \(Int(span) - 5999 * 160)")
        #expect(heard.averageLevel > 3000)
        // And the browser.
        #expect(call.browser.gaps == 0 && call.browser.backward == 0 && call.browser.sequences.count > 5990)
        let back = call.browser.lastTimestamp &- call.browser.firstTimestamp
        #expect(abs(Int(back) - 5999 * 960) <= 10 * 960)
        #expect(call.browser.averageLevel > 3000)
        // What the sender reports say of the time is what the packets say, to within a packet or two.
        #expect(call.reportErrors.count > 15)
        #expect(call.reportErrors.allSatisfy { abs($0) <= 4 * 160 }, "\(call.reportErrors)")
        // The browser is told of what the relay had of it: some of it was lost.
        #expect(call.lossReported > 20 && call.lossReported < 200)
        call.hangUp()
        // What was waited for last is forgotten in time.
        call.plane.now += 1_000_000_000
        #expect(call.plane.reachDeadline().isEmpty)
        #expect(call.plane.nextDeadline == nil)
    }

    @Test func theSameSeedGivesTheSameCall() throws {
        let calls = [try TranscodedCall(seed: 9), try TranscodedCall(seed: 9)]
        for call in calls { try call.talk(packets: 300) }
        #expect(calls[0].fingerprint == calls[1].fingerprint)
    }
}

/// The call, its two ends and the network between.
private final class TranscodedCall {
    /// What an end has heard.
    struct Ear {
        var sequences: Set<UInt16> = []
        var next: UInt16?
        var gaps = 0
        var backward = 0
        var firstTimestamp: UInt32 = 0
        var lastTimestamp: UInt32 = 0
        var levels = 0
        var count = 0

        var averageLevel: Int { levels / max(1, count) }

        mutating func hear(_ header: RTPHeader, level: Int) {
            if let next {
                if header.sequenceNumber != next { gaps += 1 }
                if Int32(bitPattern: header.timestamp &- lastTimestamp) <= 0 { backward += 1 }
            } else {
                firstTimestamp = header.timestamp
            }
            next = header.sequenceNumber &+ 1
            lastTimestamp = header.timestamp
            sequences.insert(header.sequenceNumber)
            levels += level
            count += 1
        }
    }

    private struct Flight {
        var at: UInt64
        var bytes: [UInt8]
        var isBrowser: Bool
    }

    private static let ssrc: (browser: UInt32, phone: UInt32) = (0xB0, 0xF0)
    private static let millisecond: UInt64 = 1_000_000
    private static let browserAddress = TransportAddress(IPAddress(ipv4: 0xCB00_7105), 4000)
    private static let phoneAddress = TransportAddress(IPAddress(ipv4: 0xC633_6406), 4000)

    let plane: VirtualPlane
    private(set) var browser = Ear()
    private(set) var phone = Ear()
    /// How far the outgoing stream's sender reports are from its packets, in units of its clock.
    private(set) var reportErrors: [Int] = []
    private(set) var lossReported: Int32 = 0
    /// Of all that was sent.
    private(set) var fingerprint: UInt64 = 0
    private let ports: [PortLease]
    private var generator: SeededGenerator
    private var sender: SRTPSender
    private var receiver: SRTPReceiver
    private let encoder: OpaquePointer
    private let decoder: OpaquePointer
    private let coder: OpaquePointer
    private var flights: [Flight] = []
    private var octets = [UInt8](repeating: 0, count: 1500)
    private var samples = [Int16](repeating: 0, count: 5760)

    init(seed: UInt64) throws {
        generator = SeededGenerator(seed: seed)
        let table = InterfaceTable(specs: ["192.0.2.10"])
        let plane = VirtualPlane(table, generator: SeededGenerator(seed: seed &+ 1))
        self.plane = plane
        var keys = SeededGenerator(seed: seed &+ 2)
        let attributes = (0..<2).map { _ in
            SDESAttribute(
                tag: 1, suite: .aesCM128Tag80, masterKey: MasterKey(randomFor: .aesCM128Tag80, using: &keys))
        }
        sender = try SRTPSender(SRTPPolicy(attributes[0]))
        receiver = try SRTPReceiver(SRTPPolicy(attributes[1]))
        encoder = try #require(opus_encoder_create(48_000, 1, OPUS_APPLICATION_VOIP, nil))
        decoder = try #require(opus_decoder_create(48_000, 1, nil))
        coder = try #require(g711_init(nil, Int32(G711_ALAW)))
        ports = try (0..<2).map { _ in
            try plane.lease(PortRequest(worker: 0, pool: PortPoolID(0), isPair: false, tos: 0))[0]
        }
        let opus = CodedFormat(
            payloadType: 111, encoding: .opus, clockRate: 48_000, channels: 2, parameters: "useinbandfec=1")
        let alaw = CodedFormat(payloadType: 8, encoding: .pcma, clockRate: 8000)
        var there = ForwardingPlan(port: ports[0].id, carries: .multiplexed)
        there.remote = Self.browserAddress
        there.security = .sdes(receiving: attributes[0], sending: attributes[1])
        there.sinks = [Sink(port: ports[1].id, traffic: .both)]
        there.clockRates = [111: 48_000]
        there.conversions = [Conversion(source: opus, target: alaw)]
        var back = ForwardingPlan(port: ports[1].id, carries: .multiplexed)
        back.remote = Self.phoneAddress
        back.sinks = [Sink(port: ports[0].id, traffic: .both)]
        back.clockRates = [8: 8000]
        back.conversions = [Conversion(source: alaw, target: opus)]
        plane.install([there, back])
    }

    deinit {
        opus_encoder_destroy(encoder)
        opus_decoder_destroy(decoder)
        g711_free(coder)
    }

    func hangUp() {
        plane.release(ports.map(\.id))
    }

    /// Both ends send so many packets, one every 20 ms.
    func talk(packets: Int) throws {
        for index in 0..<packets {
            let start = plane.now
            try speak(index)
            if index % 250 == 249 { try report(index) }
            while let flight = flights.first, flight.at <= start + 20 * Self.millisecond {
                flights.removeFirst()
                try reachDeadlines(until: flight.at)
                plane.now = flight.at
                let port = ports[flight.isBrowser ? 0 : 1].local
                let source = flight.isBrowser ? Self.browserAddress : Self.phoneAddress
                try take(plane.arrive(flight.bytes, at: port, from: source))
            }
            try reachDeadlines(until: start + 20 * Self.millisecond)
            plane.now = start + 20 * Self.millisecond
        }
    }

    private func reachDeadlines(until end: UInt64) throws {
        while let deadline = plane.nextDeadline, deadline <= end {
            plane.now = max(plane.now, deadline)
            try take(plane.reachDeadline())
        }
    }

    /// A square wave of 400 Hz.
    private func wave(_ rate: Int) -> [Int16] {
        (0..<(rate / 50)).map { $0 * 800 / rate % 2 == 0 ? 6000 : -6000 }
    }

    private func packet(_ type: UInt8, _ index: Int, ticks: Int, _ ssrc: UInt32, _ payload: [UInt8]) -> [UInt8] {
        var packet = [UInt8](repeating: 0, count: RTPHeader.minimumCount)
        _ = packet.withUnsafeMutableBytes {
            RTPHeader(
                payloadType: type, sequenceNumber: UInt16(truncatingIfNeeded: 64_000 + index),
                timestamp: UInt32(truncatingIfNeeded: 0xFFFF_0000 + index * ticks), ssrc: ssrc
            ).write(to: $0)
        }
        return packet + payload
    }

    private func speak(_ index: Int) throws {
        let count = opus_encode(encoder, wave(48_000), 960, &octets, 1400)
        try launchSecurely(packet(111, index, ticks: 960, Self.ssrc.browser, Array(octets[..<Int(count)])))
        _ = g711_encode(coder, &octets, wave(8000), 160)
        launch(packet(8, index, ticks: 160, Self.ssrc.phone, Array(octets[..<160])), isBrowser: false)
    }

    /// The browser's sender report for the packet that it has just sent, and the phone's on what it hears.
    private func report(_ index: Int) throws {
        var builder = RTCPBuilder()
        builder.appendSenderReport(
            ssrc: Self.ssrc.browser,
            information: SenderInformation(
                ntpTimestamp: UInt64(index) << 24, rtpTimestamp: UInt32(truncatingIfNeeded: 0xFFFF_0000 + index * 960),
                packets: UInt32(index), octets: 0))
        try launchSecurely(builder.bytes, isRTCP: true)
        var other = RTCPBuilder()
        other.appendReceiverReport(
            ssrc: Self.ssrc.phone,
            blocks: [
                ReportBlock(
                    ssrc: Self.ssrc.browser, fractionLost: 0, cumulativeLost: 0, extendedHighestSequenceNumber: 77,
                    jitter: 0, lastReport: 1, delaySinceLastReport: 1)
            ])
        launch(other.bytes, isBrowser: false)
    }

    private func launchSecurely(_ bytes: [UInt8], isRTCP: Bool = false) throws {
        var buffer = bytes + [UInt8](repeating: 0, count: 64)
        let result = buffer.withUnsafeMutableBytes {
            isRTCP
                ? sender.protectRTCP($0, length: bytes.count) : sender.protectRTP($0, length: bytes.count)
        }
        guard case .ok(let length) = result else { throw Refusal() }
        launch(Array(buffer[..<length]), isBrowser: true)
    }

    private struct Refusal: Error {}

    /// One in a hundred is lost, one doubled; some overtake others.
    private func launch(_ bytes: [UInt8], isBrowser: Bool) {
        if generator.next() % 100 == 0 { return }
        for _ in 0..<(generator.next() % 100 == 0 ? 2 : 1) {
            let late = generator.next() % 50 == 0 ? 25 * Self.millisecond : 0
            let at = plane.now + 5 * Self.millisecond + generator.next() % (8 * Self.millisecond) + late
            let place = flights.firstIndex { $0.at > at } ?? flights.count
            flights.insert(Flight(at: at, bytes: bytes, isBrowser: isBrowser), at: place)
        }
    }

    private func take(_ sent: [VirtualPlane.Sent]) throws {
        for one in sent {
            for octet in one.bytes { fingerprint = (fingerprint ^ UInt64(octet)) &* 0x100_0000_01B3 }
            if one.destination == Self.phoneAddress { hear(one.bytes) } else { try hearSecurely(one.bytes) }
        }
    }

    private func hear(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { datagram in
            guard DatagramKind(of: datagram) == .rtp else { return readReport(datagram) }
            guard let header = RTPHeader(datagram), header.payloadType == 8 else { return }
            let count = Int(g711_decode(coder, &samples, Array(datagram[12...]), Int32(datagram.count - 12)))
            phone.hear(header, level: level(count))
        }
    }

    private func hearSecurely(_ bytes: [UInt8]) throws {
        var bytes = bytes
        let isRTCP = bytes.withUnsafeBytes { DatagramKind(of: $0) } == .rtcp
        let result = bytes.withUnsafeMutableBytes {
            isRTCP ? receiver.unprotectRTCP($0) : receiver.unprotectRTP($0)
        }
        guard case .ok(let length) = result else { throw Refusal() }
        bytes.withUnsafeBytes { memory in
            let datagram = UnsafeRawBufferPointer(rebasing: memory[..<length])
            guard !isRTCP else { return readReport(datagram) }
            guard let header = RTPHeader(datagram), header.payloadType == 111 else { return }
            let count = opus_decode(decoder, Array(datagram[12...]), Int32(length - 12), &samples, 5760, 0)
            browser.hear(header, level: level(Int(count)))
        }
    }

    private func level(_ count: Int) -> Int {
        samples[..<max(0, count)].reduce(0) { $0 + abs(Int($1)) } / max(1, count)
    }

    private func readReport(_ datagram: UnsafeRawBufferPointer) {
        var reader = RTCPReader(datagram)
        while let part = reader.nextSound() {
            if let information = part.senderInformation {
                reportErrors.append(Int(Int32(bitPattern: information.rtpTimestamp &- phone.lastTimestamp)))
            }
            guard let blocks = part.reportBlocks else { continue }
            for block in blocks where block.ssrc == Self.ssrc.browser { lossReported = block.cumulativeLost }
        }
    }
}
