import Foundation
import Testing

@testable import Recording

@Suite struct RecordingPartsTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00"), (1_709_210_096_999_999, "2024-02-29T12:34:56"),
            (1_795_253_322_145_191, "2026-11-21T09:28:42"), (4_107_542_399_000_000, "2100-02-28T23:59:59"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00"),
        ] as [(Int64, String)])
    func dates(microseconds: Int64, text: String) {
        #expect(TimeText.date(microseconds) == text)
    }

    @Test func milliseconds() {
        #expect(TimeText.milliseconds(1_795_253_322_145_019) == "1795253322145.019")
        #expect(TimeText.milliseconds(0) == "0.000")
    }

    @Test func pathsStayBelowTheDirectory() throws {
        let base = NSTemporaryDirectory() + "millrace-parts-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: base) }
        let directory = try RecordingDirectory(base + "/")
        #expect(directory.path == base)
        #expect(directory.inside("a/b.pcap") == base + "/a/b.pcap")
        #expect(directory.inside(base + "/x") == base + "/x")
        for path in [
            "", "/", base, base + "/", "/etc/passwd", "../x", "a/../../x", base + "/../etc/x", base + "x/y", "a\0b",
        ] {
            #expect(directory.inside(path) == nil, "\(path)")
        }
        let names = directory.names(callID: "a/../b c", random: 0xAB, file: "../../x", directory: nil)
        #expect(names.packets == base + "/pcaps/a%2F..%2Fb%20c-00000000000000ab.pcap")
        #expect(names.metadata == base + "/metadata/rtpengine-meta-a%2F..%2Fb%20c-00000000000000ab.txt")
    }

    @Test func longCallIDsAreCut() {
        #expect(RecordingDirectory.escape(String(repeating: "/", count: 1000)).utf8.count < 210)
    }
}
