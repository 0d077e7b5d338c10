import CallControl
import CallReports
import Capture
import Diagnosis
import NetTypes
import Replay
import TestSupport
import Testing

/// Recordings of rtpengine: a file of packets, and one of metadata.
@Suite struct RecordingMetadataTests {
    private static let start: UInt64 = 1_790_000_000_000_000_000
    private static let alice = TransportAddress(IPAddress(ipv4: 0x0A00_0001), 4000)
    private static let bob = TransportAddress(IPAddress(ipv4: 0x0A00_0002), 5000)
    private static let moved = TransportAddress(IPAddress(ipv4: 0x0A00_0003), 6000)
    private static let relay = IPAddress(ipv4: 0xC000_0207)

    /// As the recorder writes them: lines end with a line feed, an SDP with an empty line.
    private static func document(
        _ mode: String, milliseconds: String, before packet: Int, port: UInt16, profile: String = "RTP/AVP",
        direction: String = "sendrecv"
    ) -> String {
        """

        Timestamp started ms: \(milliseconds)
        SDP mode: \(mode)
        SDP before RTP packet: \(packet)

        v=0
        o=- 1 1 IN IP4 10.0.0.9
        s=-
        c=IN IP4 192.0.2.7
        t=0 0
        m=audio \(port) \(profile) 0 101
        a=rtpmap:0 PCMU/8000
        a=rtpmap:101 telephone-event/8000
        a=\(direction)
        a=rtcp:\(port + 1)

        """
    }

    private static let path = "/var/spool/rtpengine/pcaps/a%2Fcall%40example.com-98ac0fc22a5d9728.pcap\n\n"
    private static let end =
        "\nTimestamp terminated ms(first monologue): 1790000011000.000\n\ncall start time: x\n\n\nnote"

    private static func metadata(profile: String = "RTP/AVP", further: String = "", end: String = end) -> [UInt8] {
        Array(
            (path + document("offer", milliseconds: "1790000000000.250", before: 1, port: 30_000, profile: profile)
                + document("answer", milliseconds: "1790000000500.000", before: 1, port: 30_010) + further + end).utf8)
    }

    /// What comes to the relay, which is all that it records.
    private static func packets(hasBob: Bool = true, movesBob: Bool = false, seconds: Int = 10) -> [UInt8] {
        var capture = CaptureBuilder()
        for number in 0..<(50 * seconds) {
            let time = start + 1_000_000_000 + UInt64(number) * 20_000_000
            let hasMoved = movesBob && number >= 25 * seconds + 3
            capture.add(
                CaptureBuilder.rtp(number, ssrc: 0xA), from: alice,
                to: TransportAddress(relay, hasMoved ? 30_020 : 30_010), at: time)
            guard hasBob else { continue }
            let from = hasMoved ? moved : bob
            capture.add(
                CaptureBuilder.rtp(number, ssrc: 0xB), from: from, to: TransportAddress(relay, 30_000), at: time + 1_000
            )
        }
        return capture.bytes
    }

    @Test func theCallIsRebuilt() throws {
        let replay = try Replay(Self.packets(), metadata: Self.metadata())
        let call = try #require(replay.calls.first)
        #expect(call.callID == "a/call@example.com")
        #expect(call.requests == 3 && call.packets == 1000)
        #expect(call.startNanoseconds == Self.start + 250_000)
        #expect(call.notes == [])
        #expect(call.explanation?.diagnosis.cause == .healthy)
        #expect(replay.streams.isEmpty)
        let report = try #require(call.report)
        #expect(report.parties.map(\.tag) == ["caller", "callee"])
        #expect(report.parties.map { $0.sections.first?.signalled.endpoint } == [Self.alice, Self.bob])
        #expect(replay.notes.count == 1)
    }

    /// A party that sends nothing is no secret, and neither is it known where it is.
    @Test func whoSendsNothingIsMissed() throws {
        let replay = try Replay(Self.packets(hasBob: false), metadata: Self.metadata())
        let diagnosis = try #require(replay.calls.first?.explanation?.diagnosis)
        #expect(diagnosis.cause == .nothingArrives)
        #expect(diagnosis.directions.map(\.cause).contains(.nothingArrives))
        #expect(replay.notes.contains { $0.contains("callee") })
    }

    /// The callee holds the call: an offer to the caller, with the ports that it has been told.
    @Test func offersOfTheCalleeAreKnownByTheirPorts() throws {
        let hold =
            Self.document("offer", milliseconds: "0.0", before: 501, port: 30_010, direction: "sendonly")
            + Self.document("answer", milliseconds: "0.0", before: 501, port: 30_000, direction: "recvonly")
        let replay = try Replay(Self.packets(), metadata: Self.metadata(further: hold))
        let call = try #require(replay.calls.first)
        #expect(call.requests == 5 && call.notes == [])
        let report = try #require(call.report)
        #expect(report.lastSignalNanoseconds > report.createdNanoseconds + 5_000_000_000)
        #expect(report.parties.map { $0.sections[0].signalled.sends } == [false, true])
        #expect(report.parties.map(\.tag) == ["caller", "callee"])
    }

    /// The callee goes elsewhere with an offer of its own, so that the caller is told another port. Some packets were under
    /// way.
    @Test func aPartyThatMovesIsWhereItSays() throws {
        let move =
            Self.document("offer", milliseconds: "0.0", before: 501, port: 30_020)
            + Self.document("answer", milliseconds: "0.0", before: 501, port: 30_000)
        let replay = try Replay(Self.packets(movesBob: true), metadata: Self.metadata(further: move))
        let call = try #require(replay.calls.first)
        let report = try #require(call.report)
        #expect(report.parties.map { $0.sections.first?.signalled.endpoint } == [Self.alice, Self.moved])
        #expect(call.explanation?.diagnosis.cause == .healthy)
        #expect(replay.notes.contains { $0.contains("several addresses of the callee") })
        #expect(!replay.notes.contains { $0.contains("several addresses of the caller") })
    }

    /// Behind the end stands what the client says of the recording.
    @Test func textOfTheClientIsNoSignalling() throws {
        let text =
            Self.end + "\n" + Self.document("offer", milliseconds: "0.0", before: 501, port: 30_010)
            + "\nTimestamp terminated ms: 1790000001000.000\n"
        let replay = try Replay(Self.packets(), metadata: Self.metadata(end: text))
        #expect(replay.calls.first?.requests == 3)
        #expect(replay.calls.first?.explanation?.diagnosis.cause == .healthy)
    }

    /// Nothing but a line feed ends a line.
    @Test(arguments: [("s=-\n", "s=-\u{2028}\u{2028}\u{85}\u{B}\u{C}x\n"), ("\n", "\r\n")])
    func linesEndWithLineFeeds(_ text: String, _ other: String) throws {
        let metadata = String(decoding: Self.metadata(), as: UTF8.self)
        let changed = String(metadata.split(separator: text, omittingEmptySubsequences: false).joined(separator: other))
        let replay = try Replay(Self.packets(), metadata: Array(changed.utf8))
        #expect(replay.calls.first?.requests == 3)
        #expect(replay.calls.first?.explanation?.diagnosis.cause == .healthy)
    }

    /// A clock that was wrong, or damage, has no call last for years.
    @Test(arguments: ["1000.0", "1789800000000.0", "0.0", "x"])
    func startsLongBeforeAreNotBelieved(_ milliseconds: String) throws {
        let text = String(decoding: Self.metadata(), as: UTF8.self)
            .split(separator: "1790000000000.250", omittingEmptySubsequences: false).joined(separator: milliseconds)
        let call = try #require(try Replay(Self.packets(), metadata: Array(text.utf8)).calls.first)
        #expect(call.startNanoseconds > Self.start)
    }

    /// The client may choose the path of the packets, and what it chooses is no `call-id`.
    @Test(
        arguments: [
            ("/rec/2024-05-01.pcap", "rtpengine-meta-a%2Fb-98ac0fc22a5d9728.txt", "a/b"),
            ("/rec/agent12.pcap", "rtpengine-meta-a-98ac0fc22a5d9728.txt", "a"),
            ("/rec/x.wav", "rtpengine-meta-a-98ac0fc22a5d9728.txt", "a"),
            ("/rec/b-98ac0fc22a5d9728.pcap", "copy.txt", "b"), ("/rec/2024-05-01.pcap", "", nil),
            ("/rec/agent12.pcap", "copy.txt", nil), ("/rec/x.wav", "rtpengine-meta-a.txt", nil),
        ] as [(String, String, String?)])
    func callIDsAreInTheNamesOfFiles(_ path: String, _ name: String, _ callID: String?) throws {
        let text = path + "\n" + String(decoding: Self.metadata(), as: UTF8.self).dropFirst(Self.path.count)
        let replay = try Replay(Self.packets(), metadata: Array(text.utf8), metadataName: name)
        #expect(replay.calls.map(\.callID) == [callID ?? "recording"])
        #expect(replay.notes.contains { $0.contains("call-id is not known") } == (callID == nil))
    }

    /// Many empty lines, and many lines of one SDP.
    @Test(arguments: ["\n", "a\n"])
    func manyLinesAreNoMatter(_ line: String) throws {
        let text = Self.metadata(end: "") + Array("v=0\n".utf8)
        let lines = [[UInt8]](
            repeating: Array(line.utf8), count: (1 << 18) / line.utf8.count)
        let replay = try Replay(Self.packets(seconds: 1), metadata: text + lines.joined())
        #expect(replay.calls.count == (line == "\n" ? 1 : 0))
    }

    @Test func encryptedMediaIsNotReplayed() throws {
        let replay = try Replay(Self.packets(), metadata: Self.metadata(profile: "RTP/SAVP"))
        #expect(replay.calls.isEmpty && replay.streams.count == 2)
        #expect(replay.notes.contains { $0.contains("encrypted") })
    }

    /// Signalling that is in the capture is better than what is made up.
    @Test func signallingOfTheCaptureComesFirst() throws {
        let replay = try Replay(PlainCall().capture(), metadata: Self.metadata())
        #expect(replay.calls.map(\.callID) == ["call-1"] && replay.notes == [])
    }

    @Test func oneCallIsOfInterest() throws {
        #expect(throws: ReplayError.unknownCall("x")) {
            try Replay(Self.packets(), metadata: Self.metadata(), callID: "x")
        }
        #expect(try Replay(Self.packets(), metadata: Self.metadata(), callID: "a/call@example.com").calls.count == 1)
    }

    @Test(arguments: [
        "", "\n", "no path\n\nv=0\n\n", "/x.pcap\n\nv=0\nm=audio\n\n", "/a-b.pcap\n", "/-b.pcap\n\nv=0\n\n",
        "/a%4-b.pcap\n\nSDP before RTP packet: -7\n\nv=0\n\n", "/a-b.pcap\n\nSDP mode: answer\n\nv=0\nm=\nc=\no=\n\n",
        "/a-b.pcap\n\nTimestamp started ms: 99999999999999999999.5\n\nv=0\nm=audio 70000 RTP/AVP 0\n\n",
        "/a-b.pcap\n\nTimestamp started ms: 18446744073708.5555555\n\nv=0\nm=audio x y\n\n",
        "/a-b.pcap\n\nSDP before RTP packet: 9223372036854775807\n\nv=0\nm=audio 1 RTP/AVP 0\n\nTimestamp terminated ms: 18446744073709\n",
    ])
    func strangeMetadataIsNoTrap(_ text: String) throws {
        let replay = try Replay(Self.packets(seconds: 1), metadata: Array(text.utf8))
        #expect(replay.frames == 100)
        #expect(!replay.notes.isEmpty)
    }

    /// Any octets may be changed.
    @Test func damagedMetadataIsNoTrap() throws {
        let packets = Self.packets(seconds: 1)
        let seed = UInt64.random(in: 0...UInt64.max)
        // Before it begins: a trap says nothing of where it was.
        print("damaged metadata of seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var text = Self.metadata()
            for _ in 0..<8 {
                text[Int.random(in: text.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            #expect(try Replay(packets, metadata: text).frames == 100, "seed \(seed)")
        }
    }
}
