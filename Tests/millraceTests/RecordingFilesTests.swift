import DaemonConfiguration
import Glibc
import Testing

@testable import millrace

/// Where the two files of a recording are.
@Suite struct RecordingFilesTests {
    @Test func metadataOfPackets() {
        #expect(
            RecordingFiles.metadata(ofPackets: "/r/pcaps/c-1.pcap")
                == ["/r/pcaps/../metadata/rtpengine-meta-c-1.txt", "/r/pcaps/rtpengine-meta-c-1.txt"])
        #expect(
            RecordingFiles.metadata(ofPackets: "c-1.pcap")
                == ["../metadata/rtpengine-meta-c-1.txt", "rtpengine-meta-c-1.txt"])
        #expect(RecordingFiles.metadata(ofPackets: "/r/c-1.pcapng") == [])
    }

    @Test func packetsOfMetadata() {
        let contents = Array("/r/pcaps/c-1.pcap\n\nmore".utf8)
        #expect(
            RecordingFiles.packets(ofMetadata: "m/x.txt", contents: contents)
                == ["m/../pcaps/c-1.pcap", "m/c-1.pcap", "/r/pcaps/c-1.pcap"])
    }

    /// The client may choose the path.
    @Test func packetsOfAnyName() {
        #expect(
            RecordingFiles.packets(ofMetadata: "m/rtpengine-meta-c-1.txt", contents: Array("/r/x.wav\n".utf8))
                == ["m/../pcaps/x.wav", "m/x.wav", "/r/x.wav"])
    }

    /// What is there and cannot be read is not passed over, and a FIFO is not waited for.
    @Test func whatIsThereIsTold() throws {
        var template = Array("/tmp/millrace-recording-XXXXXX".utf8CString)
        let directory = String(cString: try #require(mkdtemp(&template)))
        let (fifo, large, absent) = (directory + "/fifo", directory + "/large", directory + "/absent")
        defer {
            for path in [fifo, large] { unlink(path) }
            rmdir(directory)
        }
        #expect(mkfifo(fifo, 0o600) == 0)
        let descriptor = open(large, O_WRONLY | O_CREAT, 0o600)
        #expect(write(descriptor, "12345", 5) == 5)
        close(descriptor)
        #expect(RecordingFiles.first(of: [absent, absent], limit: 4) == nil)
        for path in [fifo, large, directory] {
            let found = RecordingFiles.first(of: [absent, path], limit: 4)
            #expect(found?.path == path)
            guard case .unreadable? = found?.contents else {
                Issue.record("\(path) is read")
                continue
            }
        }
        guard case .bytes(let bytes)? = RecordingFiles.first(of: [large, fifo], limit: 5)?.contents else {
            Issue.record("not read")
            return
        }
        #expect(bytes == Array("12345".utf8))
    }

    @Test(arguments: ["", "\n", "c-1.pcap", ".pcap\n", "/r/c-1.txt\n", "\u{1}/c-1.pcap\n"])
    func whatIsNoMetadata(_ contents: String) {
        #expect(RecordingFiles.packets(ofMetadata: "x", contents: Array(contents.utf8)) == [])
    }
}
