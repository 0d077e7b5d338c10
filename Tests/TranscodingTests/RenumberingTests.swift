import Forwarding
import RTP
import Testing

@testable import Transcoding

/// Conversions that change nothing but the number of a payload type.
@Suite struct RenumberingTests {
    private let opus = CodedFormat(payloadType: 96, encoding: .opus, clockRate: 48_000, channels: 2)
    private let events = CodedFormat(payloadType: 97, encoding: .telephoneEvent, clockRate: 48_000)

    @Test(arguments: [10, 20, 60]) func payloadsPassAsTheyAre(_ milliseconds: Int) {
        var bench = Bench(
            Conversion(source: .opus, target: opus), Conversion(source: .fastEvents, target: events))
        let payloads = Codec.payloads(.opus, 500, count: 12, milliseconds: milliseconds)
        // One is lost, one doubled, two come in the wrong order: that is the receiver's business.
        let order = [0, 1, 3, 3, 5, 4, 6, 7]
        for index in order {
            bench.receive(
                payloads[index], type: 111, sequence: 65_533 &+ UInt16(index),
                timestamp: 77 + UInt32(index * milliseconds * 48), marker: index == 5)
        }
        bench.receive([5, 0x0A, 3, 0xC0], type: 110, sequence: 65_533 &+ 8, timestamp: 99_000, marker: true)
        #expect(bench.receipts.allSatisfy { $0 == .taken })
        #expect(bench.sent.dropLast().map(\.payload) == order.map { payloads[$0] })
        #expect(bench.sent.dropLast().map(\.header.sequenceNumber) == order.map { 65_533 &+ UInt16($0) })
        let times = order.map { 77 + UInt32($0 * milliseconds * 48) }
        #expect(bench.sent.dropLast().map(\.header.timestamp) == times)
        #expect(bench.sent.dropLast().map(\.header.hasMarker) == order.map { $0 == 5 })
        #expect(bench.sent.map(\.header.payloadType) == [UInt8](repeating: 96, count: 8) + [97])
        #expect(bench.sent.last?.header.timestamp == 99_000 && bench.sent.last?.payload == [5, 0x0A, 3, 0xC0])
        #expect(bench.transcoder.nextDeadline == nil)
    }

    @Test func parametersMakeNoDifference() {
        var other = opus
        other.parameters = "useinbandfec=0;stereo=1"
        var bench = Bench(Conversion(source: .opus, target: other, packetMilliseconds: 60))
        bench.receive([1, 2, 3], type: 111, sequence: 1, timestamp: 2)
        #expect(bench.sent.map(\.payload) == [[1, 2, 3]] && bench.sent[0].header.payloadType == 96)
    }

    @Test func aFormatToItselfIsMadeAnew() {
        var bench = Bench(Conversion(source: .opus, target: .opus, packetMilliseconds: 40))
        for (index, payload) in Codec.payloads(.opus, 500, count: 10).enumerated() {
            bench.receive(payload, type: 111, sequence: UInt16(index), timestamp: UInt32(index * 960))
        }
        #expect(bench.sent.map(\.header.timestamp) == [0, 1920, 3840, 5760, 7680])
    }

    @Test func besideSoundThatIsConvertedALossStaysOne() {
        var bench = Bench(
            Conversion(source: .opus, target: opus), Conversion(source: .pcmu, target: opus, packetMilliseconds: 10))
        let fast = Codec.payloads(.opus, 500, count: 20)
        for index in 0..<10 where index != 5 {
            bench.receive(fast[index], type: 111, sequence: UInt16(index), timestamp: UInt32(index * 960))
        }
        bench.now += Transcoder.patience
        #expect(bench.sent.map(\.header.sequenceNumber) == [0, 1, 2, 3, 4, 6, 7, 8, 9])
        let times = [0, 1, 2, 3, 4, 6, 7, 8, 9].map { UInt32($0 * 960) }
        #expect(bench.sent.map(\.header.timestamp) == times)
        #expect(bench.sent.map(\.payload) == (0..<10).filter { $0 != 5 }.map { fast[$0] })
        for (index, payload) in Codec.payloads(.pcmu, 500, count: 3).enumerated() {
            bench.receive(payload, type: 0, sequence: UInt16(10 + index), timestamp: UInt32(5000 + index * 160))
        }
        #expect(bench.sent.suffix(6).map(\.header.sequenceNumber) == [10, 11, 12, 13, 14, 15])
        bench.receive(fast[13], type: 111, sequence: 13, timestamp: 13 * 960)
        #expect(bench.sent.last?.header.sequenceNumber == 16 && bench.sent.last?.payload == fast[13])
    }

    @Test func plansChangeInTheMiddle() {
        var bench = Bench(Conversion(source: .pcmu, target: .pcma, packetMilliseconds: 10))
        let ulaw = Codec.payloads(.pcmu, 500, count: 40)
        func receive(_ range: Range<Int>, _ bench: inout Bench) {
            for index in range {
                bench.receive(ulaw[index], type: 0, sequence: UInt16(index), timestamp: UInt32(index * 160))
            }
        }
        receive(0..<10, &bench)
        var other = CodedFormat.pcmu
        other.payloadType = 100
        bench.transcoder.update(ConversionSet([Conversion(source: .pcmu, target: other)]))
        receive(10..<15, &bench)
        receive(16..<20, &bench)
        bench.transcoder.update(ConversionSet([Conversion(source: .pcmu, target: .pcma)]))
        receive(20..<30, &bench)
        let numbers = Array(0..<25) + Array(26..<40)
        #expect(bench.sent.map { Int($0.header.sequenceNumber) } == numbers)
        let times = (0..<20).map { $0 * 80 } + (10..<15).map { $0 * 160 } + (16..<30).map { $0 * 160 }
        #expect(bench.sent.map { Int($0.header.timestamp) } == times)
    }
}
