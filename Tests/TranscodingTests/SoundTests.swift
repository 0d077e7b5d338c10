import Forwarding
import RTP
import Testing

@testable import Transcoding

/// That it sounds the same behind the transcoder, whatever goes in and comes out.
@Suite struct SoundTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        var source: CodedFormat
        var target: CodedFormat
        var testDescription: String { "\(source.encoding) to \(target.encoding)" }
    }

    static let pairs = CodedFormat.sounds.flatMap { source in
        CodedFormat.sounds.map { Pair(source: source, target: $0) }
    }

    @Test(arguments: pairs) func aToneComesThrough(_ pair: Pair) {
        let target = pair.target
        var bench = Bench(Conversion(source: pair.source, target: target))
        let ticks = pair.source.clockRate / 50
        let payloads = Codec.payloads(pair.source, 1000, count: 60)
        for (index, payload) in payloads.enumerated() {
            bench.receive(
                payload, type: pair.source.payloadType, sequence: UInt16(truncatingIfNeeded: 65_500 + index),
                timestamp: UInt32(index) &* ticks)
        }
        #expect(bench.receipts.allSatisfy { $0 == .taken })
        #expect(bench.sent.count >= 59 && bench.sent.count <= 60)
        let (samples, rate) = Codec.sound(target, bench.sent.map(\.payload))
        // Behind what the codecs need to settle.
        let steady = samples[(rate / 2)..<(rate / 2 * 2)]
        #expect(steady.count == rate / 2)
        let tone = Tone.amplitude(1000, in: steady, rate: rate)
        #expect(tone > 5600 && tone < 10_500, "amplitude \(tone)")
        // All else is noise of the codecs.
        let rest = Tone.level(steady) * Tone.level(steady) - tone * tone / 2
        #expect(rest < tone * tone / 2 / 10, "noise \(rest) beside \(tone * tone / 2)")
        #expect(Tone.amplitude(1700, in: steady, rate: rate) < tone / 20)
    }

    @Test(arguments: [10, 20, 30, 60], [10, 20, 30, 40, 60]) func packetTimesChange(_ from: Int, _ to: Int) {
        var bench = Bench(Conversion(source: .pcmu, target: .pcma, packetMilliseconds: to))
        let total = 600
        for (index, payload) in Codec.payloads(.pcmu, 440, count: total / from, milliseconds: from).enumerated() {
            bench.receive(
                payload, type: 0, sequence: UInt16(index), timestamp: UInt32(index * from * 8))
        }
        #expect(bench.sent.count == total / to)
        for (index, packet) in bench.sent.enumerated() {
            #expect(packet.payload.count == to * 8)
            #expect(packet.header.timestamp == UInt32(index * to * 8))
            #expect(packet.header.sequenceNumber == UInt16(index))
            #expect(packet.header.hasMarker == (index == 0))
        }
    }

    @Test func opusTakesWhatLengthItCan() {
        for (wanted, given) in [
            (5, 5), (10, 10), (20, 20), (30, 20), (50, 40), (60, 60), (100, 100), (1, 5), (900, 120),
        ] {
            let shape = SoundFormat(rate: 16_000, channels: 1)
            let ticks = SoundEncoder(.opus, from: shape, milliseconds: wanted)?.frameTicks
            #expect(ticks == UInt32(given * 48))
        }
    }

    @Test func numbersGoOnAcrossTheirWrap() {
        var bench = Bench(Conversion(source: .pcma, target: .opus))
        let first = UInt32.max - 8000
        for (index, payload) in Codec.payloads(.pcma, 440, count: 100).enumerated() {
            bench.receive(
                payload, type: 8, sequence: UInt16(truncatingIfNeeded: 65_480 + index),
                timestamp: first &+ UInt32(index * 160))
        }
        #expect(bench.sent.count == 100)
        for (index, packet) in bench.sent.enumerated() {
            #expect(packet.header.sequenceNumber == UInt16(truncatingIfNeeded: 65_480 + index))
            #expect(packet.header.timestamp == first &+ UInt32(index * 960))
            #expect(packet.header.ssrc == Bench.ssrc)
            #expect(packet.header.payloadType == 111)
        }
    }

    /// Twenty hours of a clock of 48 kHz wrap it, and half its range is over long before.
    @Test func theClocksStayTogetherForHours() {
        var bench = Bench(Conversion(source: .opus, target: .pcma))
        let payload = Codec.payloads(.opus, 440, count: 1)[0]
        var (sequence, timestamp) = (UInt16(0), UInt32(7))
        for _ in 0..<900 {
            // Pauses of fifty seconds in between make it quick.
            for _ in 0..<2 {
                bench.receive(payload, type: 111, sequence: sequence, timestamp: timestamp)
                sequence &+= 1
                timestamp &+= 960
            }
            timestamp &+= 50 * 48_000
        }
        #expect(bench.sent.count == 1800)
        let last = bench.sent[1798].header.timestamp
        // 899 rounds of 50.04 s.
        #expect(last == UInt32(truncatingIfNeeded: 7 + 899 * (50 * 8000 + 320)))
        #expect(bench.sent[1798].header.hasMarker && !bench.sent[1799].header.hasMarker)
    }

    @Test func stereoIsKeptWhereBothHaveIt() {
        var stereo = CodedFormat.opus
        stereo.parameters = "stereo=1"
        let l16 = CodedFormat(payloadType: 121, encoding: .l16, clockRate: 48_000, channels: 2)
        #expect(SoundFormat.between(stereo, l16)?.encoded == SoundFormat(rate: 48_000, channels: 2))
        #expect(SoundFormat.between(.opus, l16)?.encoded == SoundFormat(rate: 48_000, channels: 1))
        #expect(SoundFormat.between(stereo, .pcma)?.decoded == SoundFormat(rate: 8000, channels: 1))
        var bench = Bench(Conversion(source: l16, target: stereo, packetMilliseconds: 20))
        for index in 0..<20 {
            bench.receive(
                [UInt8](repeating: UInt8(index), count: 480 * 4), type: 121, sequence: UInt16(index),
                timestamp: UInt32(index * 480))
        }
        #expect(bench.sent.count == 10)
    }

    @Test func aPacketOfLinearSamplesFitsIntoADatagram() {
        let l16 = CodedFormat(payloadType: 121, encoding: .l16, clockRate: 48_000, channels: 2)
        var bench = Bench(Conversion(source: .pcma, target: l16, packetMilliseconds: 20))
        for (index, payload) in Codec.payloads(.pcma, 440, count: 10).enumerated() {
            bench.receive(payload, type: 8, sequence: UInt16(index), timestamp: UInt32(index * 160))
        }
        #expect(bench.sent.count >= 28)
        #expect(bench.sent.allSatisfy { $0.payload.count <= SoundEncoder.payloadLimit })
    }

    @Test func theBitrateIsHeeded() {
        func octets(_ bitrate: UInt32?, _ parameters: String?) -> Int {
            var target = CodedFormat.opus
            target.bitrate = bitrate
            target.parameters = parameters
            var bench = Bench(Conversion(source: .g722, target: target))
            for (index, payload) in Codec.payloads(.g722, 440, count: 50).enumerated() {
                bench.receive(payload, type: 9, sequence: UInt16(index), timestamp: UInt32(index * 160))
            }
            return bench.sent.reduce(0) { $0 + $1.payload.count }
        }
        // A second each.
        #expect(octets(12_000, "cbr=1") == 50 * 30)
        #expect(octets(64_000, "cbr=1") == 50 * 160)
        #expect(octets(64_000, "cbr=1;maxaveragebitrate=16000") == 50 * 40)
        #expect(octets(nil, "cbr=1; maxaveragebitrate=8000") == 50 * 20)
        #expect(octets(nil, nil) > 1000)
    }
}
