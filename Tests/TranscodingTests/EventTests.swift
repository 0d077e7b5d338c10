import Forwarding
import RTP
import Testing

@testable import Transcoding

/// Events (RFC 4733) one behind the other, with sound between them and without.
@Suite struct EventTests {
    private func event(_ code: UInt8, _ duration: Int, isEnd: Bool = false) -> [UInt8] {
        [code, isEnd ? 0x8A : 0x0A, UInt8(duration >> 8), UInt8(duration & 0xFF)]
    }

    private func duration(_ packet: SentPacket) -> Int { Int(packet.payload[2]) << 8 | Int(packet.payload[3]) }

    /// Digits of 100 ms every 200 ms, at 8000 Hz, three packets each.
    private func send(
        _ digits: Int, to bench: inout Bench, at timestamp: UInt32, sequence: Int, losing lost: Set<Int> = []
    ) {
        for digit in 0..<digits {
            for part in 0..<3 where !lost.contains(digit * 3 + part) {
                bench.receive(
                    event(UInt8(digit), [160, 480, 800][part], isEnd: part == 2), type: 101,
                    sequence: UInt16(sequence + digit * 3 + part), timestamp: timestamp &+ UInt32(digit * 1600),
                    marker: part == 0)
            }
            bench.now += 200_000_000
        }
    }

    /// One time for each digit, and each behind the one before.
    private func times(_ packets: [SentPacket]) -> [UInt32] {
        var times: [UInt8: Set<UInt32>] = [:]
        for packet in packets { times[packet.payload[0], default: []].insert(packet.header.timestamp) }
        #expect(times.values.allSatisfy { $0.count == 1 })
        let ordered = times.sorted { $0.key < $1.key }.compactMap(\.value.first)
        #expect(zip(ordered, ordered.dropFirst()).allSatisfy { Int32(bitPattern: $1 &- $0) > 0 })
        return ordered
    }

    @Test(arguments: [CodedFormat.events, .fastEvents]) func digitsAfterALongPauseAreSeparate(_ target: CodedFormat) {
        var bench = Bench(
            Conversion(source: .pcma, target: target.clockRate == 8000 ? .pcmu : .opus),
            Conversion(source: .events, target: target))
        bench.receive(Codec.payloads(.pcma, 500, count: 1)[0], type: 8, sequence: 0, timestamp: 0)
        bench.forget()
        bench.now += 100_000_000_000
        send(4, to: &bench, at: 800_000, sequence: 1)
        let scale = target.clockRate / 8000
        let expected = (0..<4 as Range<UInt32>).map { (800_000 + $0 * 1600) * scale }
        #expect(times(bench.sent) == expected)
    }

    @Test func digitsOfASenderThatHasBegunAnewAreSeparate() {
        var bench = Bench(Conversion(source: .pcma, target: .pcmu), Conversion(source: .events, target: .events))
        send(1, to: &bench, at: 0, sequence: 1)
        bench.forget()
        bench.now += 1_800_000_000
        send(4, to: &bench, at: 0xF000_0000, sequence: 4)
        // Judged by their arrival: two seconds, less what the first event had lasted.
        let times = times(bench.sent)
        #expect(times.first == 16_800)
        #expect(times == (0..<4 as Range<UInt32>).map { 16_800 + $0 * 1600 })
    }

    @Test func digitsOfAnotherClockWithoutSoundAreSeparate() {
        var bench = Bench(
            ConversionSet([Conversion(source: .opus, target: .pcma)], clockRates: [101: 8000], events: [101]))
        for (index, payload) in Codec.payloads(.opus, 500, count: 5).enumerated() {
            bench.receive(payload, type: 111, sequence: UInt16(index), timestamp: UInt32(index * 960))
        }
        bench.forget()
        send(5, to: &bench, at: 123_456, sequence: 5)
        #expect(times(bench.sent) == (0..<5 as Range<UInt32>).map { 800 + $0 * 1600 })
    }

    @Test func lostPacketsOfAnEventAreNotMadeUp() {
        var bench = Bench(Conversion(source: .pcma, target: .pcmu), Conversion(source: .events, target: .fastEvents))
        bench.receive(Codec.payloads(.pcma, 500, count: 1)[0], type: 8, sequence: 0, timestamp: 0)
        bench.forget()
        // The first of the second digit, the last of the third, and another one.
        send(4, to: &bench, at: 160, sequence: 1, losing: [3, 7, 8])
        bench.wait(nanoseconds: Transcoder.patience)
        #expect(times(bench.sent) == (0..<4 as Range<UInt32>).map { 160 + $0 * 1600 })
        #expect(bench.sent.map(\.header.sequenceNumber) == [1, 2, 3, 5, 6, 7, 10, 11, 12])
        #expect(bench.sent.allSatisfy { $0.header.payloadType == 110 })
    }

    @Test func soundDuringEventsKeepsItsTime() {
        var bench = Bench(Conversion(source: .pcma, target: .pcmu), Conversion(source: .events, target: .fastEvents))
        for (index, payload) in Codec.payloads(.pcma, 500, count: 30).enumerated() {
            bench.receive(payload, type: 8, sequence: UInt16(index * 2), timestamp: UInt32(index * 160))
            let digit = index / 5
            bench.receive(
                event(UInt8(digit), (index % 5 + 1) * 160), type: 101, sequence: UInt16(index * 2 + 1),
                timestamp: UInt32(digit * 800))
        }
        let sound = bench.sent.filter { $0.header.payloadType == 0 }
        #expect(sound.map(\.header.timestamp) == (0..<30).map { $0 * 160 })
        #expect(times(bench.sent.filter { $0.header.payloadType == 110 }) == (0..<6).map { $0 * 800 })
    }

    @Test func aLongEventBecomesSegments() {
        var bench = Bench(Conversion(source: .pcma, target: .opus), Conversion(source: .events, target: .fastEvents))
        for index in 1...20 {
            bench.receive(
                event(5, index * 1600, isEnd: index == 20), type: 101, sequence: UInt16(index), timestamp: 1000,
                marker: index == 1)
        }
        // Four seconds at 48,000 Hz are two whole segments and a part.
        let ends = bench.sent.filter { duration($0) == 0xFFFF }
        #expect(ends.map(\.header.timestamp) == [1000, 1000 + 0xFFFF])
        for packet in bench.sent {
            #expect([1000, 1000 + 0xFFFF, 1000 + 2 * 0xFFFF].contains(packet.header.timestamp))
        }
        let last = bench.sent.last
        let expected: UInt32 = 1000 + 2 * 0xFFFF
        #expect(last?.header.timestamp == expected)
        #expect(last.map(duration) == 32_000 * 6 - 2 * 0xFFFF)
        #expect(bench.sent.map { $0.payload[1] & 0x80 != 0 } == (0..<22).map { $0 == 21 })
        #expect(bench.sent.map(\.header.hasMarker) == (0..<22).map { $0 == 0 })
        #expect(bench.sent.map(\.header.sequenceNumber) == (1...22).map { UInt16($0) })
    }

    @Test func soundBehindAPaddedPacketKeepsItsTime() {
        var bench = Bench(
            Conversion(source: .pcmu, target: .pcma, packetMilliseconds: 60),
            Conversion(source: .events, target: .events))
        let speech = Codec.payloads(.pcmu, 500, count: 100)
        for index in 0..<100 {
            // One frame of an event, again and again, in a packet that is filled up with silence.
            if index % 10 == 4 {
                bench.receive(
                    event(1, 160, isEnd: true), type: 101, sequence: UInt16(index), timestamp: UInt32(index * 160))
            } else {
                bench.receive(speech[index], type: 0, sequence: UInt16(index), timestamp: UInt32(index * 160))
            }
        }
        let events = bench.sent.filter { $0.header.payloadType == 101 }
        let expected = (0..<10 as Range<UInt32>).map { $0 * 1600 + 640 }
        #expect(events.map(\.header.timestamp) == expected)
        guard let sound = bench.sent.last(where: { $0.header.payloadType == 8 }) else {
            Issue.record("no sound")
            return
        }
        // What has come is sent but for a part of a packet, and at its time.
        #expect(abs(Int(sound.header.timestamp) + 480 - 100 * 160) < 480, "\(sound.header.timestamp)")
        #expect(sound.origin.map(99 * 160) == 99 * 160)
    }
}
