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

    private let second: UInt64 = 1_000_000_000

    private func receive(
        _ engine: TranscodingEngine, _ sequence: UInt16, ssrc: UInt32, slot: UInt32 = 1, at now: UInt64
    )
        -> TranscodingEngine.Receipt
    {
        packet(sequence, ssrc: ssrc).withUnsafeBytes { engine.receive($0, on: port(slot), now: now) }
    }

    private func number(_ engine: TranscodingEngine) -> UInt16? {
        engine.batch.count > 0 ? RTPHeader(UnsafeRawBufferPointer(engine.batch[0]))?.sequenceNumber : nil
    }

    @Test func moreSourcesThanThereMayBeDoNotThrowOutEachOther() {
        let engine = TranscodingEngine()
        engine.install(set, for: port(1))
        for sequence in 0..<100 as Range<UInt16> {
            let now = second + UInt64(sequence) * 20_000_000
            for ssrc in 1...5 as ClosedRange<UInt32> {
                let receipt = receive(engine, sequence, ssrc: ssrc, at: now)
                #expect(receipt == (ssrc < 5 ? .transcoder(.taken) : .full))
                if ssrc < 5 { #expect(number(engine) == sequence) }
            }
        }
        #expect(engine.streamCount == TranscodingEngine.streamsPerPort)
        engine.remove(port(1))
        #expect(engine.streamCount == 0)
        #expect(receive(engine, 1, ssrc: 1, at: 0) == .unknownPort)
    }

    @Test func anIdleStreamMakesRoomAndGoesOnWithItsNumbers() {
        let engine = TranscodingEngine()
        engine.install(ConversionSet([Conversion(source: .pcmu, target: .pcma, packetMilliseconds: 10)]), for: port(1))
        for ssrc in 1...4 as ClosedRange<UInt32> {
            for sequence in 0..<10 as Range<UInt16> {
                _ = receive(engine, sequence, ssrc: ssrc, at: second * UInt64(ssrc))
            }
        }
        #expect(receive(engine, 0, ssrc: 5, at: second + TranscodingEngine.idleTime) == .full)
        #expect(receive(engine, 0, ssrc: 5, at: second + TranscodingEngine.idleTime + 1) == .transcoder(.taken))
        #expect(receive(engine, 0, ssrc: 1, at: 7 * second) == .full)
        // The first one had sent twenty packets for its ten.
        let later = 2 * second + TranscodingEngine.idleTime + 1
        #expect(receive(engine, 10, ssrc: 1, at: later) == .transcoder(.taken))
        #expect(number(engine) == 20)
        // Six seconds have passed.
        let time = RTPHeader(UnsafeRawBufferPointer(engine.batch[0]))?.timestamp
        let expected: UInt32 = 9 * 160 + 6 * 8000
        #expect(time == expected)
    }

    @Test func deadStreamsAreGivenUp() {
        let engine = TranscodingEngine(limit: 2)
        for slot in 0..<3 as Range<UInt32> { engine.install(set, for: port(slot)) }
        #expect(receive(engine, 1, ssrc: 1, slot: 0, at: 0) == .transcoder(.taken))
        #expect(receive(engine, 1, ssrc: 1, slot: 1, at: second) == .transcoder(.taken))
        #expect(receive(engine, 1, ssrc: 1, slot: 2, at: TranscodingEngine.lifetime) == .full)
        #expect(receive(engine, 1, ssrc: 1, slot: 2, at: TranscodingEngine.lifetime + second) == .transcoder(.taken))
        #expect(engine.streamCount == 2)
    }

    @Test func aGapThatClosesLeavesNoDeadline() {
        let engine = TranscodingEngine()
        engine.install(set, for: port(1))
        for sequence in [1, 3] as [UInt16] { _ = receive(engine, sequence, ssrc: 1, at: second) }
        for sequence in [1, 3] as [UInt16] { _ = receive(engine, sequence, ssrc: 2, at: second + 5) }
        #expect(engine.nextDeadline == second + Transcoder.patience)
        _ = receive(engine, 2, ssrc: 1, at: second + 6)
        #expect(engine.nextDeadline == second + 5 + Transcoder.patience)
        engine.remove(port(1))
        #expect(engine.nextDeadline == nil)
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
