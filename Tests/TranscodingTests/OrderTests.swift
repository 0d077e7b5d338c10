import Forwarding
import RTP
import Testing

@testable import Transcoding

/// Packets that are lost, late, doubled or in the wrong order, and sources that begin anew.
@Suite struct OrderTests {
    /// PCMU that came as `numbers`, 20 ms each.
    private func sent(_ numbers: [Int], to target: CodedFormat = .pcma) -> [SentPacket] {
        var bench = Bench(Conversion(source: .pcmu, target: target))
        let payloads = Codec.payloads(.pcmu, 500, count: (numbers.max() ?? 0) + 1)
        for number in numbers {
            bench.receive(
                payloads[number], type: 0, sequence: UInt16(number), timestamp: UInt32(number * 160))
        }
        return bench.sent
    }

    private func isContinuous(_ packets: [SentPacket], ticks: UInt32 = 160) -> Bool {
        packets.enumerated().allSatisfy { index, packet in
            packet.header.sequenceNumber == UInt16(index) && packet.header.timestamp == UInt32(index) * ticks
        }
    }

    @Test func reorderedPacketsComeOutInOrder() {
        let straight = sent(Array(0..<30)).map(\.payload)
        let mixed = sent([0, 1, 3, 2, 4, 5, 8, 7, 6, 9, 10, 12, 13, 11] + Array(14..<30))
        #expect(mixed.map(\.payload) == straight)
        #expect(isContinuous(mixed))
    }

    @Test func doubledPacketsCountOnce() {
        let straight = sent(Array(0..<20)).map(\.payload)
        #expect(sent(Array(0..<20).flatMap { [$0, $0] }).map(\.payload) == straight)
        #expect(sent([0, 2, 2, 1, 1, 2] + Array(3..<20)).map(\.payload) == straight)
    }

    @Test(arguments: CodedFormat.sounds) func lostPacketsAreMadeUp(_ source: CodedFormat) {
        var bench = Bench(Conversion(source: source, target: .pcma))
        let ticks = source.clockRate / 50
        for (index, payload) in Codec.payloads(source, 500, count: 60).enumerated()
        where ![20, 30, 31, 40, 41, 42, 43].contains(index) {
            bench.receive(
                payload, type: source.payloadType, sequence: UInt16(index), timestamp: UInt32(index) * ticks)
        }
        // Up to a packet is within a resampler or has been rounded off.
        #expect(bench.sent.count == 60 || source.encoding == .l16)
        #expect(isContinuous(bench.sent))
        let (samples, rate) = Codec.sound(.pcma, bench.sent.map(\.payload))
        // The first missing packet sounds like those around it.
        let made = samples[(rate / 50 * 20 + 40)..<(rate / 50 * 21)]
        #expect(Tone.level(made) > 1500, "level \(Tone.level(made))")
    }

    @Test func aLongGapBecomesAStepInTheTimestamps() {
        let packets = sent(Array(0..<10) + Array(60..<70))
        // Ten, five made up, ten.
        #expect(packets.count == 25)
        #expect(packets.enumerated().allSatisfy { $1.header.sequenceNumber == UInt16($0) })
        #expect(packets[14].header.timestamp == 14 * 160)
        #expect(packets[15].header.timestamp == 60 * 160)
        #expect(packets[15].header.hasMarker)
        #expect(packets[15...].dropFirst().allSatisfy { !$0.header.hasMarker })
    }

    @Test func aPauseIsNoLoss() {
        var bench = Bench(Conversion(source: .pcmu, target: .opus))
        for (index, payload) in Codec.payloads(.pcmu, 500, count: 20).enumerated() {
            let pause = index < 10 ? 0 : 8000
            bench.receive(payload, type: 0, sequence: UInt16(index), timestamp: UInt32(index * 160 + pause))
        }
        #expect(bench.sent.count == 20)
        #expect(bench.sent[10].header.timestamp == 10 * 960 + 48_000)
        #expect(bench.sent.map(\.header.hasMarker) == (0..<20).map { $0 == 0 || $0 == 10 })
    }

    @Test func aPauseSendsWhatWasLeftOver() {
        var bench = Bench(Conversion(source: .pcmu, target: .pcma, packetMilliseconds: 30))
        let payloads = Codec.payloads(.pcmu, 500, count: 4)
        bench.receive(payloads[0], type: 0, sequence: 0, timestamp: 0)
        #expect(bench.sent.count == 0)
        bench.receive(payloads[1], type: 0, sequence: 1, timestamp: 8000)
        #expect(bench.sent.count == 1)
        bench.receive(payloads[2], type: 0, sequence: 2, timestamp: 8160)
        #expect(bench.sent.map(\.header.timestamp) == [0, 8000])
    }

    @Test func heldPacketsDoNotWaitForEver() {
        var bench = Bench(Conversion(source: .pcmu, target: .pcma))
        let payloads = Codec.payloads(.pcmu, 500, count: 6)
        for number in [0, 1, 3] {
            bench.receive(payloads[number], type: 0, sequence: UInt16(number), timestamp: UInt32(number * 160))
        }
        #expect(bench.sent.count == 2)
        #expect(bench.transcoder.nextDeadline == bench.now + Transcoder.patience)
        bench.wait(nanoseconds: Transcoder.patience - 1)
        #expect(bench.sent.count == 2)
        bench.wait(nanoseconds: 1)
        #expect(bench.sent.count == 4)
        #expect(bench.transcoder.nextDeadline == nil)
        // Too late.
        bench.receive(payloads[2], type: 0, sequence: 2, timestamp: 320)
        #expect(bench.sent.count == 4 && bench.receipts.last == .late)
        #expect(isContinuous(bench.sent))
    }

    @Test func aSourceThatBeginsAnewIsFollowed() {
        var bench = Bench(Conversion(source: .pcmu, target: .pcma))
        let payloads = Codec.payloads(.pcmu, 500, count: 20)
        for index in 0..<10 {
            bench.receive(payloads[index], type: 0, sequence: UInt16(index), timestamp: UInt32(index * 160))
        }
        for index in 10..<20 {
            bench.receive(
                payloads[index], type: 0, sequence: UInt16(30_000 + index), timestamp: 0xF000_0000 + UInt32(index * 160)
            )
        }
        // The first one might be a stray.
        #expect(bench.sent.count == 19)
        #expect(isContinuous(bench.sent))
    }

    @Test func timestampsThatStandStillAreNoTrouble() {
        var bench = Bench(Conversion(source: .pcmu, target: .pcma))
        for (index, payload) in Codec.payloads(.pcmu, 500, count: 20).enumerated() {
            bench.receive(payload, type: 0, sequence: UInt16(index), timestamp: 77)
        }
        #expect(bench.sent.map(\.header.timestamp) == (0..<20).map { 77 + $0 * 160 })
    }

    @Test func aPayloadThatIsNoneIsRefusedAndMadeUp() {
        var bench = Bench(Conversion(source: .gsm, target: .pcma))
        for (index, payload) in Codec.payloads(.gsm, 500, count: 20).enumerated() {
            bench.receive(
                index == 10 ? Array(payload.dropLast()) : payload, type: 3, sequence: UInt16(index),
                timestamp: UInt32(index * 160))
        }
        #expect(bench.receipts.enumerated().allSatisfy { ($1 == .malformed) == ($0 == 10) })
        #expect(isContinuous(bench.sent) && bench.sent.count == 20)
    }

    @Test func eachPacketWaitsForItsOwnTime() {
        var bench = Bench(Conversion(source: .pcmu, target: .pcma))
        let payloads = Codec.payloads(.pcmu, 500, count: 6)
        let start = bench.now
        for (number, after) in [(0, 0), (2, 0), (4, 40_000_000)] as [(Int, UInt64)] {
            bench.now = start + after
            bench.receive(payloads[number], type: 0, sequence: UInt16(number), timestamp: UInt32(number * 160))
        }
        bench.wait(nanoseconds: Transcoder.patience - 40_000_000)
        // The one made up and that behind it; the next has time left.
        #expect(bench.sent.count == 3)
        #expect(bench.transcoder.nextDeadline == start + 40_000_000 + Transcoder.patience)
        bench.receive(payloads[3], type: 0, sequence: 3, timestamp: 480)
        #expect(bench.sent.count == 5 && bench.transcoder.nextDeadline == nil)
        #expect(isContinuous(bench.sent))
    }

    @Test(arguments: [101, 500, 2999]) func aSourceThatBeginsAnewLowerIsFollowed(_ back: Int) {
        var bench = Bench(Conversion(source: .pcmu, target: .pcma))
        let payloads = Codec.payloads(.pcmu, 500, count: 20)
        for index in 0..<20 {
            let number = 5000 + index - (index < 10 ? 0 : back)
            bench.receive(payloads[index], type: 0, sequence: UInt16(number), timestamp: UInt32(index * 160))
        }
        // The first one behind the step might be a stray; nothing is made up for it.
        #expect(bench.sent.map(\.header.sequenceNumber) == (5000..<5019).map { UInt16($0) })
        #expect(bench.receipts.filter { $0 == .late }.count == 1)
    }

    @Test func aPacketThatIsLateIsNoNewBeginning() {
        var bench = Bench(Conversion(source: .pcmu, target: .pcma))
        let payloads = Codec.payloads(.pcmu, 500, count: 200)
        for index in 0..<150 {
            bench.receive(payloads[index], type: 0, sequence: UInt16(index), timestamp: UInt32(index * 160))
        }
        for index in 60..<70 {
            bench.receive(payloads[index], type: 0, sequence: UInt16(index), timestamp: UInt32(index * 160))
            #expect(bench.receipts.last == .late)
        }
        #expect(isContinuous(bench.sent))
    }
}
