import Forwarding
import RTP
import Testing

@testable import Transcoding

/// Events, comfort noise, changes of the payload type and of the plan.
@Suite struct SignalTests {
    private func event(_ duration: UInt16, isEnd: Bool = false) -> [UInt8] {
        [5, isEnd ? 0x8A : 0x0A, UInt8(duration >> 8), UInt8(duration & 0xFF)]
    }

    @Test func eventsKeepTheirTimeAcrossClocks() {
        var bench = Bench(
            ConversionSet(
                [Conversion(source: .opus, target: .pcma), Conversion(source: .fastEvents, target: .events)]))
        let speech = Codec.payloads(.opus, 500, count: 30)
        for index in 0..<10 {
            bench.receive(speech[index], type: 111, sequence: UInt16(index), timestamp: UInt32(index * 960))
        }
        for index in 0..<5 {
            bench.receive(
                event(UInt16(960 * (index + 1)), isEnd: index == 4), type: 110, sequence: UInt16(10 + index),
                timestamp: 9600, marker: index == 0)
        }
        for index in 15..<30 {
            bench.receive(speech[index], type: 111, sequence: UInt16(index), timestamp: UInt32(index * 960))
        }
        #expect(bench.sent.count == 30)
        #expect(bench.sent.enumerated().allSatisfy { $1.header.sequenceNumber == UInt16($0) })
        let events = bench.sent[10..<15]
        #expect(events.allSatisfy { $0.header.payloadType == 101 && $0.header.timestamp == 1600 })
        #expect(events.map { Int($0.payload[2]) << 8 | Int($0.payload[3]) } == [160, 320, 480, 640, 800])
        #expect(events.map(\.header.hasMarker) == [true, false, false, false, false])
        #expect(events.map { $0.payload[1] & 0x80 != 0 } == [false, false, false, false, true])
        #expect(bench.sent[15].header.timestamp == 15 * 160)
        #expect(bench.sent[15].header.hasMarker)
    }

    @Test func eventsOfAnotherClockStandWhereTheSoundIs() {
        var bench = Bench(
            ConversionSet([Conversion(source: .opus, target: .pcma)], clockRates: [101: 8000], events: [101]))
        let speech = Codec.payloads(.opus, 500, count: 20)
        for index in 0..<10 {
            bench.receive(speech[index], type: 111, sequence: UInt16(index), timestamp: UInt32(index * 960))
        }
        for index in 0..<3 {
            bench.receive(event(UInt16(160 * (index + 1))), type: 101, sequence: UInt16(10 + index), timestamp: 123_456)
        }
        bench.receive(speech[13], type: 111, sequence: 13, timestamp: 13 * 960)
        #expect(bench.sent[10..<13].allSatisfy { $0.header.timestamp == 1600 && $0.header.payloadType == 101 })
        #expect(bench.sent[12].payload == event(480))
        #expect(bench.sent[13].header.timestamp == 13 * 160)
    }

    @Test func anEventFirstIsPossible() {
        var bench = Bench(
            ConversionSet(
                [Conversion(source: .pcma, target: .opus), Conversion(source: .events, target: .fastEvents)]))
        bench.receive(event(160), type: 101, sequence: 7, timestamp: 1000)
        bench.receive(Codec.payloads(.pcma, 500, count: 1)[0], type: 8, sequence: 8, timestamp: 1160)
        #expect(bench.sent.map(\.header.timestamp) == [1000, 1960])
        #expect(bench.sent.map(\.header.sequenceNumber) == [7, 8])
        #expect(bench.sent[0].payload == event(960))
    }

    @Test func comfortNoiseGoesOnWhereTheOtherSideHasIt() {
        let target = CodedFormat(payloadType: 98, encoding: .comfortNoise, clockRate: 8000)
        var bench = Bench(
            ConversionSet([Conversion(source: .pcmu, target: .pcma), Conversion(source: .noise, target: target)]))
        let speech = Codec.payloads(.pcmu, 500, count: 3)
        bench.receive(speech[0], type: 0, sequence: 0, timestamp: 0)
        bench.receive([70], type: 13, sequence: 1, timestamp: 160)
        bench.receive(speech[1], type: 0, sequence: 2, timestamp: 16_000)
        #expect(bench.sent.map(\.header.payloadType) == [8, 98, 8])
        #expect(bench.sent.map(\.header.timestamp) == [0, 160, 16_000])
        #expect(bench.sent[1].payload == [70])
        #expect(bench.sent.map(\.header.hasMarker) == [true, false, true])
    }

    @Test(arguments: [true, false]) func comfortNoiseOfAnotherClockLeavesThePause(_ isConverted: Bool) {
        let noise = CodedFormat(payloadType: 98, encoding: .comfortNoise, clockRate: 8000)
        let conversions = [Conversion(source: .pcmu, target: .opus), Conversion(source: .noise, target: noise)]
        var bench = Bench(
            ConversionSet(Array(conversions.prefix(isConverted ? 2 : 1)), clockRates: [0: 8000, 13: 8000]))
        let speech = Codec.payloads(.pcmu, 500, count: 2)
        bench.receive(speech[0], type: 0, sequence: 0, timestamp: 0)
        bench.receive([70], type: 13, sequence: 1, timestamp: 160)
        bench.receive([70], type: 13, sequence: 2, timestamp: 8000)
        bench.receive(speech[1], type: 0, sequence: 3, timestamp: 16_000)
        #expect(bench.sent.map(\.header.timestamp) == [0, 960, 48_000, 96_000])
    }

    @Test func aChangeOfTheClockKeepsThePause() {
        var bench = Bench(Conversion(source: .opus, target: .pcma), Conversion(source: .pcmu, target: .opus))
        let (opus, ulaw) = (Codec.payloads(.opus, 500, count: 2), Codec.payloads(.pcmu, 500, count: 2))
        bench.receive(opus[0], type: 111, sequence: 0, timestamp: 0)
        bench.now += 20_000_000
        bench.receive(opus[1], type: 111, sequence: 1, timestamp: 960)
        bench.now += 2_000_000_000
        bench.receive(ulaw[0], type: 0, sequence: 2, timestamp: 77_000)
        bench.now += 30_000_000
        bench.receive(opus[0], type: 111, sequence: 3, timestamp: 100_000)
        #expect(bench.sent.map(\.header.timestamp) == [0, 160, 96_160, 97_120])
        #expect(bench.sent[2].header.hasMarker)
    }

    @Test(arguments: [30, 60]) func comfortNoiseBecomesSoundWhereItHasNot(_ level: UInt8) {
        var bench = Bench(
            ConversionSet([Conversion(source: .pcmu, target: .l16), Conversion(source: .noise, target: .l16)]))
        bench.receive(Codec.payloads(.pcmu, 500, count: 1)[0], type: 0, sequence: 0, timestamp: 0)
        bench.receive([level], type: 13, sequence: 1, timestamp: 8000)
        #expect(bench.sent.count >= 2)
        #expect(bench.sent.last?.header.payloadType == 120)
        #expect(bench.sent.last?.header.timestamp == 16_000)
        // By then the speech has left the resampler.
        bench.receive([level], type: 13, sequence: 2, timestamp: 12_000)
        let (samples, _) = Codec.sound(.l16, bench.sent.suffix(1).map(\.payload))
        // dBov is below a full square wave.
        let expected = level == 30 ? 1036.0 : 32.8
        #expect(abs(Tone.level(samples[...]) / expected - 1) < 0.6, "\(Tone.level(samples[...]))")
    }

    @Test func otherPayloadTypesTakePartInTheStream() {
        var bench = Bench(
            ConversionSet(
                [Conversion(source: .pcmu, target: .pcma, packetMilliseconds: 10)],
                clockRates: [0: 8000, 8: 8000]))
        let ulaw = Codec.payloads(.pcmu, 500, count: 12)
        let alaw = Codec.payloads(.pcma, 500, count: 12)
        for index in 0..<12 {
            let isPassed = (4..<8).contains(index)
            bench.receive(
                isPassed ? alaw[index] : ulaw[index], type: isPassed ? 8 : 0, sequence: UInt16(index),
                timestamp: UInt32(index * 160))
        }
        #expect(bench.sent.count == 8 + 4 + 8)
        #expect(bench.sent.enumerated().allSatisfy { $1.header.sequenceNumber == UInt16($0) })
        let expected = (0..<8).map { $0 * 80 } + (4..<8).map { $0 * 160 } + (16..<24).map { $0 * 80 }
        #expect(bench.sent.map { Int($0.header.timestamp) } == expected)
        #expect(bench.sent[9].payload == alaw[5])
    }

    @Test func aPacketThatGoesOnKeepsItsExtension() {
        var bench = Bench(Conversion(source: .pcmu, target: .pcma))
        bench.receive([0x90, 96, 0, 9, 0, 0, 0, 5, 0xCA, 0xFE, 0xF0, 0x0D, 0xBE, 0xDE, 0, 1, 0x10, 1, 0, 0, 42])
        #expect(bench.sent[0].header.hasExtension && bench.sent[0].payload == [42])
    }

    @Test func aChangedPlanGoesOnWithItsNumbers() {
        var bench = Bench(Conversion(source: .pcmu, target: .pcma, packetMilliseconds: 10))
        let speech = Codec.payloads(.pcmu, 500, count: 30)
        for index in 0..<10 {
            bench.receive(speech[index], type: 0, sequence: UInt16(index), timestamp: UInt32(index * 160))
        }
        bench.transcoder.update(ConversionSet([Conversion(source: .pcmu, target: .opus)]))
        for index in 10..<20 {
            bench.receive(speech[index], type: 0, sequence: UInt16(index), timestamp: UInt32(index * 160))
        }
        bench.transcoder.update(ConversionSet([], clockRates: [0: 8000]))
        for index in 20..<30 {
            bench.receive(speech[index], type: 0, sequence: UInt16(index), timestamp: UInt32(index * 160))
        }
        #expect(
            bench.sent.map(\.header.payloadType) == Array(repeating: 8, count: 20) + Array(repeating: 111, count: 10)
                + Array(repeating: 0, count: 10))
        #expect(bench.sent.enumerated().allSatisfy { $1.header.sequenceNumber == UInt16($0) })
        #expect(bench.sent[20].header.timestamp == 1600)
        #expect(bench.sent[21].header.timestamp == 1600 + 960)
        #expect(bench.sent[30].header.timestamp == 1600 + 9600)
        #expect(bench.sent[31].header.timestamp == 1600 + 9600 + 160)
    }

    @Test func theOriginOfTimeIsTold() {
        var bench = Bench(Conversion(source: .opus, target: .pcma))
        bench.receive(Codec.payloads(.opus, 500, count: 1)[0], type: 111, sequence: 0, timestamp: 96_000)
        #expect(bench.sent[0].origin.map(96_000 + 48_000) == bench.sent[0].header.timestamp &+ 8000)
        #expect(bench.sent[0].origin.map(96_000 - 4800) == bench.sent[0].header.timestamp &- 800)
    }
}
