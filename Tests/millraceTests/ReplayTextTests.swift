import Replay
import Testing

@testable import millrace

@Suite struct ReplayTextTests {
    /// A call-id comes from the network, and its escapes are undone.
    @Test func namesOfFilesSteerNoTerminal() throws {
        let empty: [UInt8] =
            [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + [UInt8](repeating: 0, count: 9) + [16, 0, 0, 101, 0, 0, 0]
        let metadata = "/r/x.pcap\n\nSDP mode: offer\n\nv=0\nm=audio 30000 RTP/SAVP 0\n\n"
        let replay = try Replay(
            empty, metadata: Array(metadata.utf8), metadataName: "rtpengine-meta-a%1B[2Jb-0123456789abcdef.txt")
        #expect(replay.notes.contains { $0.contains("a\u{1B}[2Jb") })
        let text = ReplayText.text(replay)
        #expect(text.contains("call a?[2Jb, whose media was encrypted"))
        #expect(!text.contains("\u{1B}"))
    }
}
