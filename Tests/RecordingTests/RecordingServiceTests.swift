import Bencode
import Capture
import Forwarding
import Foundation
import NetTypes
import Recording
import TestSupport
import Testing

/// Recordings of calls over real sockets: what is in the files, and where they are.
@Suite struct RecordingServiceTests {
    /// A directory that is removed again.
    private final class Folder {
        let path = NSTemporaryDirectory() + "millrace-recordings-\(UUID().uuidString)"

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func files(_ directory: String) -> [String] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path + "/" + directory)) ?? []
            return names.sorted().map { "\(path)/\(directory)/\($0)" }
        }

        func bytes(_ file: String) throws -> [UInt8] {
            [UInt8](try Data(contentsOf: URL(filePath: file)))
        }
    }

    private func command(_ name: String, _ more: BencodeDictionary = [:]) -> BencodeDictionary {
        var dictionary: BencodeDictionary = ["command": .text(name), "call-id": .text(RelayedCall.callID)]
        dictionary.append(contentsOf: more)
        return dictionary
    }

    @Test func aCallIsRecordedFromItsOffer() throws {
        let folder = Folder()
        let call = try RelayedCall((try RecordingDirectory(folder.path), { _ in }))
        let replies = try call.place(["record-call": "yes", "metadata": "k:v|z:w"])
        let file = try #require(replies[0].first("recordings")?.list?.first?.text)
        #expect(file.hasPrefix("\(folder.path)/pcaps/call%2F1%40example.net-"))
        #expect(replies[1].first("recordings")?.list?.first?.text == file)
        try eventually("the files are there") { folder.files("tmp").count == 1 && folder.files("pcaps") == [file] }
        try call.talk(0..<5)
        let query = try call.request(command("query"))
        #expect(query.first("recording")?.dictionary?.first("call recording") == 1)
        try call.delete()
        try eventually("the recording is complete") { folder.files("metadata").count == 1 }
        #expect(folder.files("tmp").isEmpty)

        let frames = try records(try folder.bytes(file))
        let payloads = frames.compactMap { record in CapturedDatagram(record).map { Array(record.frame[$0.payload]) } }
        let expected = (0..<5 as Range<UInt16>).flatMap {
            [RelayedCall.rtp($0, ssrc: 0xAAAA_0001), RelayedCall.rtp($0, ssrc: 0xBBBB_0002)]
        }
        #expect(payloads == expected)
        #expect(frames.allSatisfy { $0.linkType == .raw })
        let text = String(decoding: try folder.bytes(folder.files("metadata")[0]), as: UTF8.self)
        // A carriage return and a line feed are one character.
        let lines = Array(text.utf8).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        #expect(Array(lines[0..<3]) == [file, "", ""])
        #expect(lines[3].hasPrefix("Timestamp started ms: "))
        #expect(Array(lines[4..<7]) == ["SDP mode: offer", "SDP before RTP packet: 1", ""])
        #expect(lines[7] == "v=0\r")
        #expect(lines.contains("SDP mode: answer"))
        #expect(lines.contains { $0.hasPrefix("call start time: 20") })
        #expect(text.hasSuffix("\n\n\nk:v|z:w\n"))
    }

    @Test func pausesStopsAndASecondRecording() throws {
        let folder = Folder()
        let call = try RelayedCall(
            (
                try RecordingDirectory(folder.path),
                {
                    $0.usesEthernet = true
                    $0.points = .clear
                }
            ))
        let replies = try call.place()
        #expect(replies[0].first("recordings") == nil)
        try call.talk(0..<2)
        #expect(try call.request(command("query")).first("recording") == nil)
        #expect(try call.request(command("stop recording")).first("result") == "ok")

        #expect(try call.request(command("start recording")) == ["result": "ok"])
        try eventually("the files are there") { folder.files("tmp").count == 1 }
        try call.talk(2..<4)
        try eventually("packets were written") { try records(try folder.bytes(folder.files("pcaps")[0])).count >= 8 }
        #expect(try call.request(command("stop recording", ["flags": ["pause"]])) == ["result": "ok"])
        try call.talk(4..<6)
        Thread.sleep(forTimeInterval: 0.1)
        #expect(try call.request(command("start recording", ["metadata": "second"])) == ["result": "ok"])
        try call.talk(6..<8)
        #expect(try call.request(command("stop recording")) == ["result": "ok"])
        try eventually("the recording is complete") { folder.files("metadata").count == 1 }
        let frames = try records(try folder.bytes(folder.files("pcaps")[0]))
        // Both directions, as received and as sent.
        #expect(frames.count == 16)
        #expect(frames.allSatisfy { $0.linkType == .ethernet })
        let text = String(decoding: try folder.bytes(folder.files("metadata")[0]), as: UTF8.self)
        #expect(text.hasSuffix("\n\n\nsecond\n"))

        try call.request(command("start recording", ["recording-file": "own/name.pcap"]))
        try call.talk(8..<9)
        try eventually("the file is there") { folder.files("own") == ["\(folder.path)/own/name.pcap"] }
        try call.request(command("stop recording", ["flags": ["discard-recording"]]))
        try eventually("nothing is left") { folder.files("own").isEmpty && folder.files("tmp").isEmpty }
        #expect(folder.files("metadata").count == 1)

        try call.request(command("start recording", ["output-destination": "/etc/passwd"]))
        try call.delete()
        try eventually("it has another name") { folder.files("metadata").count == 2 }
        #expect(folder.files("pcaps").count == 2)
    }

    @Test func whatCannotBeWrittenIsSaidAndMediaGoesOn() throws {
        let folder = Folder()
        let directory = try RecordingDirectory(folder.path)
        let call = try RelayedCall((directory, { _ in }))
        try FileManager.default.removeItem(atPath: folder.path)
        try Data("file".utf8).write(to: URL(filePath: folder.path))
        try call.place(["record-call": "yes"])
        try call.talk(0..<5)
        try eventually("the log says so") { call.log.entries.contains { $0.message == "recording failed" } }
        try call.delete()
    }
}
