import COpus
import CSpanDSP
import Forwarding
import NetTypes
import SRTP
import SRTPKeying
import Testing

@testable import DataPlane

/// Media that changes its format on the way, through real sockets and threads.
struct ConversionTests {
    private static let alaw = CodedFormat(payloadType: 8, encoding: .pcma, clockRate: 8000)
    private static let opus = CodedFormat(
        payloadType: 111, encoding: .opus, clockRate: 48_000, channels: 2, parameters: "useinbandfec=1")

    /// A browser with Opus under SRTP, a phone with A-law in clear, and a relay between them.
    private struct Call {
        let plane: DataPlane
        let (browser, phone): (MediaPeer, MediaPeer)
        let (left, right): (PortLease, PortLease)

        /// - Parameter key: the number of the first key; calls with equal keys would share their indices.
        init(_ plane: DataPlane, key: UInt8 = 1) throws {
            self.plane = plane
            (browser, phone) = (try MediaPeer(), try MediaPeer())
            (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
            var towards = plan(left, to: browser.address, sinks: [right], carries: .multiplexed)
            towards.security = .sdes(receiving: try Call.key(key), sending: try Call.key(key + 1))
            towards.conversions = [Conversion(source: opus, target: alaw)]
            var back = plan(right, to: phone.address, sinks: [left], carries: .multiplexed)
            back.conversions = [Conversion(source: alaw, target: opus)]
            try plane.installAndWait([towards, back])
        }

        static func key(_ number: UInt8) throws -> SDESAttribute {
            let octets = repeatElement(number, count: CryptoSuite.aesCM128Tag80.keyingLength)
            let key = try #require(MasterKey(octets, for: .aesCM128Tag80))
            return SDESAttribute(tag: 1, suite: .aesCM128Tag80, masterKey: key)
        }
    }

    /// 20 ms of a square wave of 400 Hz, first half of each period loud.
    private static func wave(_ rate: Int) -> [Int16] {
        (0..<(rate / 50)).map { $0 * 800 / rate % 2 == 0 ? 6000 : -6000 }
    }

    private static func packet(_ type: UInt8, _ number: Int, ticks: Int, _ payload: [UInt8]) -> [UInt8] {
        let time = UInt32(number * ticks)
        return [0x80, type, UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
            + (0..<4).map { UInt8(truncatingIfNeeded: time >> UInt32(24 - $0 * 8)) } + [1, 2, 3, 4] + payload
    }

    private static func level(_ samples: some Collection<Int16>) -> Int {
        samples.reduce(0) { $0 + abs(Int($1)) } / max(1, samples.count)
    }

    @Test(arguments: backends)
    func opusUnderSRTPMeetsALaw(backend: DataPlaneConfiguration.Backend) throws {
        let call = try Call(try makePlane(backend, ports: 20_000...20_099))
        var sender = try SRTPSender(SRTPPolicy(try Call.key(1)))
        var receiver = try SRTPReceiver(SRTPPolicy(try Call.key(2)))
        let encoder = try #require(opus_encoder_create(48_000, 1, OPUS_APPLICATION_VOIP, nil))
        let decoder = try #require(opus_decoder_create(48_000, 1, nil))
        let coder = try #require(g711_init(nil, Int32(G711_ALAW)))
        defer {
            opus_encoder_destroy(encoder)
            opus_decoder_destroy(decoder)
            g711_free(coder)
        }
        var octets = [UInt8](repeating: 0, count: 1500)
        var samples = [Int16](repeating: 0, count: 5760)
        for number in 0..<50 {
            // The browser speaks.
            let count = opus_encode(encoder, Self.wave(48_000), 960, &octets, 1400)
            let speech = Self.packet(111, number, ticks: 960, Array(octets[..<Int(count)]))
            var buffer = speech + [UInt8](repeating: 0, count: 32)
            let result = buffer.withUnsafeMutableBytes { sender.protectRTP($0, length: speech.count) }
            guard case .ok(let length) = result else {
                Issue.record("\(result)")
                return
            }
            try call.browser.send(Array(buffer[..<length]), to: call.left.local)
            let heard = try #require(call.phone.receive())
            #expect(heard.source == call.right.local && heard.bytes.count == 172)
            #expect(heard.bytes[..<8] == Self.packet(8 | (number == 0 ? 0x80 : 0), number, ticks: 160, [])[..<8])
            _ = g711_decode(coder, &samples, Array(heard.bytes[12...]), 160)
            if number > 10 { #expect(Self.level(samples[..<160]) > 3000) }
            // The phone answers.
            _ = g711_encode(coder, &octets, Self.wave(8000), 160)
            try call.phone.send(Self.packet(8, number, ticks: 160, Array(octets[..<160])), to: call.right.local)
            var answer = try #require(call.browser.receive()).bytes
            let clear = answer.withUnsafeMutableBytes { receiver.unprotectRTP($0) }
            guard case .ok(let left) = clear else {
                Issue.record("\(clear)")
                return
            }
            #expect(answer[..<8] == Self.packet(111 | (number == 0 ? 0x80 : 0), number, ticks: 960, [])[..<8])
            #expect(opus_decode(decoder, Array(answer[12..<left]), Int32(left - 12), &samples, 5760, 0) == 960)
            if number > 10 { #expect(Self.level(samples[..<960]) > 3000) }
        }
        let counters = call.plane.counters(of: [call.left.id, call.right.id])
        #expect(counters[0]?.rtpIn.packets == 50 && counters[0]?.rtpOut.packets == 50)
        #expect(counters[1]?.rtpIn.packets == 50 && counters[1]?.rtpOut.packets == 50)
        #expect(call.plane.drops().allSatisfy { $0 == 0 })
        try eventually("the thread says what it did") {
            let statistics = call.plane.conversionStatistics()
            return statistics.streams == 2 && statistics.packets == 100 && statistics.missed == 0
        }
        call.plane.release([call.left.id, call.right.id])
        try eventually("streams end with their ports") { call.plane.conversionStatistics().streams == 0 }
    }

    /// More than the thread can transcode: the others are heard as ever.
    @Test(arguments: backends)
    func aFloodDisturbsNobody(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099)
        let call = try Call(plane)
        let (caller, callee) = (try MediaPeer(), try MediaPeer())
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        try plane.join(left, to: caller.address, right, to: callee.address)
        let payload = [UInt8](repeating: 0x55, count: 160)
        for number in 0..<200 {
            for offset in 0..<50 {
                try call.phone.send(
                    Self.packet(8, number * 50 + offset, ticks: 160, payload), to: call.right.local)
            }
            try caller.send(rtp(number), to: left.local)
            try callee.expect(rtp(number), from: right.local)
        }
        // What was not dropped has gone on.
        let received = plane.counters(of: [call.right.id])[0]
        let busy = received?.drops[Int(DropReason.transcoderBusy.rawValue)] ?? 0
        let taken = (received?.rtpIn.packets ?? 0) - busy
        #expect(busy > 0, "200 seconds of sound are more than one participant may have in so short a time")
        try eventually("all that was taken was transcoded") {
            let statistics = plane.conversionStatistics()
            return statistics.packets + statistics.missed >= taken
        }
        plane.stop()
    }

    /// Two threads: each port has one, and its packets keep their order. Ports with media have every second slot.
    @Test(arguments: backends)
    func moreThreadsShareThePorts(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makePlane(backend, ports: 20_000...20_099) { $0.converterThreads = 2 }
        let calls = [try Call(plane), try Call(plane, key: 3), try Call(plane, key: 5)]
        let payload = [UInt8](repeating: 0xD5, count: 160)
        for number in 0..<40 {
            for call in calls {
                try call.phone.send(Self.packet(8, number, ticks: 160, payload), to: call.right.local)
            }
        }
        for call in calls {
            for number in 0..<40 {
                let packet = try #require(call.browser.receive())
                #expect(packet.bytes[3] == UInt8(number))
            }
        }
        try eventually("both threads have worked") {
            let made = plane.conversionStatisticsOfThreads()
            return made.count == 2 && made.allSatisfy { $0.packets >= 40 }
        }
        plane.stop()
    }
}
