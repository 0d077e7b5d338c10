import Capture
import Replay

/// Capture files: reading ends, every part lies inside of its frame, what is written anew reads the same, and a replay
/// comes to an end that is the same in every run.
enum CaptureProperties {
    static func violation(_ bytes: [UInt8]) -> String? {
        guard var reader = try? CaptureReader(bytes) else { return nil }
        var steps = 0
        while let record = try? reader.next() {
            steps += 1
            if steps > bytes.count { return "more packets than octets" }
            if record.originalCount < record.frame.count { return "a frame is longer than it was" }
            if let datagram = CapturedDatagram(record) {
                guard datagram.payload.lowerBound >= 0, datagram.payload.upperBound <= record.frame.count,
                    datagram.originalCount >= datagram.payload.count
                else { return "a payload is outside of its frame" }
            }
            if record.frame.count < 256, !readsAgain(record) { return "written anew, a packet reads differently" }
        }
        return replaysAlike(bytes) ? nil : "two replays differ"
    }

    private static func replaysAlike(_ bytes: [UInt8]) -> Bool {
        var limits = ReplayLimits()
        limits.calls = 2
        limits.exchanges = 8
        guard let first = try? Replay(bytes, limits: limits), let second = try? Replay(bytes, limits: limits) else {
            return (try? Replay(bytes, limits: limits)) == nil
        }
        return first.calls.map(\.report) == second.calls.map(\.report) && first.notes == second.notes
    }

    private static func readsAgain(_ record: CaptureRecord) -> Bool {
        var writer = PcapngWriter(application: "fuzz")
        let interface = writer.addInterface(name: "i", description: "", linkType: record.linkType)
        writer.addPacket(
            record.frame, originalCount: record.originalCount, interface: interface, nanoseconds: record.nanoseconds)
        guard var reader = try? CaptureReader(writer.bytes), let copy = try? reader.next() else { return false }
        return copy.frame == record.frame && copy.nanoseconds == record.nanoseconds
            && copy.originalCount == record.originalCount
    }
}
