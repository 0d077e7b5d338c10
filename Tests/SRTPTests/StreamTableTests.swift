import Testing

@testable import SRTP

@Suite struct StreamTableTests {
    @Test func theStreamUnusedForLongestMakesRoom() {
        var table = StreamTable(capacity: 3, replayWindow: 128)
        for ssrc: UInt32 in 1...3 { table.insert(ssrc).pointee.rtp.record(UInt64(ssrc) * 100) }
        #expect(table.find(1) != nil)
        _ = table.insert(4)
        #expect(table.find(2) == nil)
        for ssrc: UInt32 in [1, 3, 4] { #expect(table.find(ssrc) != nil) }
        #expect(table.retiredPosition(of: 2) == SRTPStreamPosition(ssrc: 2, rtpIndex: 200, rtcpIndex: nil))
    }

    @Test func aReturningStreamGoesOnWhereItStopped() {
        var table = StreamTable(capacity: 1, replayWindow: 128)
        table.insert(1).pointee.rtp.record(500)
        table.find(1)?.pointee.rtcp.record(7)
        _ = table.insert(2)
        let stream = table.insert(1)
        #expect(stream.pointee.rtp.highest == 500)
        #expect(!stream.pointee.rtp.accepts(500))
        #expect(!stream.pointee.rtp.accepts(499))
        #expect(stream.pointee.rtp.accepts(501))
        #expect(!stream.pointee.rtcp.accepts(7))
        #expect(stream.pointee.rtcp.accepts(8))
        #expect(table.retiredPosition(of: 1) == nil)
        #expect(table.positions.count == 2)
    }

    @Test func remembersABoundedNumber() {
        var table = StreamTable(capacity: 2, replayWindow: 64)
        for ssrc: UInt32 in 1...1000 { table.insert(ssrc).pointee.rtp.record(UInt64(ssrc)) }
        #expect(table.positions.count == 2 + StreamTable.retiredLimit)
        #expect(table.positions.map(\.ssrc) == (967...1000).map { $0 })
        #expect(table.retiredPosition(of: 998) == SRTPStreamPosition(ssrc: 998, rtpIndex: 998, rtcpIndex: nil))
    }

    /// What was found last is not found again once its slot is another's.
    @Test func theStreamFoundLastCanMakeRoom() {
        var table = StreamTable(capacity: 1, replayWindow: 128)
        _ = table.insert(1)
        #expect(table.find(1) != nil)
        table.insert(2).pointee.rtp.record(9)
        #expect(table.find(1) == nil)
        #expect(table.find(2)?.pointee.rtp.highest == 9)
        table = StreamTable(capacity: 2, replayWindow: 4096)
        for ssrc: UInt32 in [5, 6] { table.insert(ssrc).pointee.rtcp.record(UInt64(ssrc)) }
        for ssrc: UInt32 in [5, 6, 6, 5] { #expect(table.find(ssrc)?.pointee.rtcp.highest == UInt64(ssrc)) }
    }

    @Test func hasRoomForOneAtLeast() {
        var table = StreamTable(capacity: 0, replayWindow: 128)
        #expect(table.find(0) == nil)
        _ = table.insert(0)
        #expect(table.find(0) != nil)
    }
}
