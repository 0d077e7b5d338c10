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

    @Test(arguments: ["", "\n", "c-1.pcap", ".pcap\n", "/r/c-1.txt\n", "\u{1}/c-1.pcap\n"])
    func whatIsNoMetadata(_ contents: String) {
        #expect(RecordingFiles.packets(ofMetadata: "x", contents: Array(contents.utf8)) == [])
    }
}
