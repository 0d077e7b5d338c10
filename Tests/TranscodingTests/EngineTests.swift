import Forwarding
import RTP
import Testing

@testable import Transcoding

/// Ports and streams of a thread.
@Suite struct EngineTests {
    private func packet(_ sequence: UInt16, ssrc: UInt32) -> [UInt8] {
        let header = RTPHeader(
            payloadType: 0, sequenceNumber: sequence, timestamp: UInt32(sequence) * 160, ssrc: ssrc)
        var packet = [UInt8](repeating: 0, count: 12) + [UInt8](repeating: 0xFF, count: 160)
        _ = packet.withUnsafeMutableBytes { header.write(to: $0) }
        return packet
    }

    private func port(_ slot: UInt32, _ generation: UInt16 = 1) -> LocalPortID {
        LocalPortID(worker: 0, slot: slot, generation: generation)
    }

    private let set = ConversionSet([Conversion(source: .pcmu, target: .pcma)])

    @Test func eachSourceIsAStreamOfItsOwn() {
        let engine = TranscodingEngine()
        engine.install(set, for: port(1))
        for sequence in 0..<5 {
            for ssrc in [1, 2] as [UInt32] {
                let receipt = packet(UInt16(sequence * 2), ssrc: ssrc).withUnsafeBytes {
                    engine.receive($0, on: port(1), now: 0)
                }
                #expect(receipt == .transcoder(.taken))
            }
        }
        #expect(engine.streamCount == 2)
    }

    @Test func theOldestStreamMakesRoom() {
        let engine = TranscodingEngine()
        engine.install(set, for: port(1))
        for ssrc in 0..<100 as Range<UInt32> {
            _ = packet(1, ssrc: ssrc).withUnsafeBytes { engine.receive($0, on: port(1), now: UInt64(ssrc)) }
        }
        #expect(engine.streamCount == TranscodingEngine.streamsPerPort)
        engine.remove(port(1))
        #expect(engine.streamCount == 0)
        let receipt = packet(1, ssrc: 1).withUnsafeBytes { engine.receive($0, on: port(1), now: 0) }
        #expect(receipt == .unknownPort)
    }

    @Test func allStreamsTogetherAreLimited() {
        let engine = TranscodingEngine(limit: 2)
        var receipts: [TranscodingEngine.Receipt] = []
        for slot in 0..<3 as Range<UInt32> {
            engine.install(set, for: port(slot))
            receipts.append(packet(1, ssrc: 1).withUnsafeBytes { engine.receive($0, on: port(slot), now: 0) })
        }
        #expect(receipts == [.transcoder(.taken), .transcoder(.taken), .full])
        engine.remove(port(0))
        #expect(packet(1, ssrc: 1).withUnsafeBytes { engine.receive($0, on: port(2), now: 0) } == .transcoder(.taken))
    }

    @Test func anotherOwnerOfASlotIsAnotherPort() {
        let engine = TranscodingEngine()
        engine.install(set, for: port(1, 1))
        engine.install(set, for: port(1, 2))
        _ = packet(1, ssrc: 1).withUnsafeBytes { engine.receive($0, on: port(1, 1), now: 0) }
        engine.remove(port(1, 1))
        #expect(engine.streamCount == 0)
        #expect(
            packet(1, ssrc: 1).withUnsafeBytes { engine.receive($0, on: port(1, 2), now: 0) } == .transcoder(.taken))
    }

    @Test func heldPacketsOfAllStreamsAreGivenUpInTime() {
        let engine = TranscodingEngine()
        for slot in 0..<2 as Range<UInt32> {
            engine.install(set, for: port(slot))
            for sequence in [1, 3] as [UInt16] {
                _ = packet(sequence, ssrc: 1).withUnsafeBytes { engine.receive($0, on: port(slot), now: UInt64(slot)) }
            }
        }
        #expect(engine.nextDeadline == Transcoder.patience)
        var counts: [LocalPortID: Int] = [:]
        engine.deadlineReached(now: Transcoder.patience) { counts[$0] = engine.batch.count }
        #expect(counts == [port(0): 2])
        #expect(engine.nextDeadline == Transcoder.patience + 1)
        engine.deadlineReached(now: Transcoder.patience + 1) { counts[$0] = engine.batch.count }
        #expect(counts == [port(0): 2, port(1): 2])
        #expect(engine.nextDeadline == nil)
    }
}
