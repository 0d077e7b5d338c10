import CallControl
import CallReports
import Capture
import Diagnosis
import Forwarding
import NetTypes
import Replay
import Testing

/// Captures of other programs.
@Suite struct ReplayTests {
    private func streams(_ call: CallReplay) -> [UInt32: StreamStatistics] {
        let all = (call.report?.parties ?? []).flatMap(\.sections).flatMap(\.ports).compactMap(\.counters)
        return Dictionary(all.flatMap(\.ingress).map { ($0.ssrc, $0) }) { first, _ in first }
    }

    private func only(_ replay: Replay) throws -> CallReplay {
        try #require(replay.calls.count == 1)
        return replay.calls[0]
    }

    @Test(arguments: CaptureBuilder.Link.all.indices)
    func everyLinkTypeIsRead(_ index: Int) throws {
        let replay = try Replay(PlainCall().capture(CaptureBuilder.Link.all[index]))
        let call = try only(replay)
        #expect(call.callID == "call-1")
        #expect(call.requests == 3)
        #expect(call.packets == 1000)
        #expect(call.durationNanoseconds == 11_000_000_000)
        #expect(call.notes.isEmpty)
        let streams = streams(call)
        #expect(streams[0xA]?.packets == 500)
        #expect(streams[0xB]?.packets == 500)
        #expect(streams[0xA]?.jitter == 0)
        #expect(call.explanation?.diagnosis.cause == .healthy)
        // The relay's ports have the addresses of the capture.
        let local = Set((call.report?.parties ?? []).flatMap(\.sections).flatMap(\.ports).map { "\($0.local)" })
        #expect(local == ["192.0.2.7:30000", "192.0.2.7:30001", "192.0.2.7:30002", "192.0.2.7:30003"])
        #expect(replay.streams.isEmpty)
    }

    @Test func everyRunGivesTheSame() throws {
        let bytes = PlainCall(seconds: 30, lost: [7, 8, 9, 400]).capture()
        let (first, second) = (try Replay(bytes), try Replay(bytes))
        #expect(try only(first).report == only(second).report)
        #expect(try only(first).explanation?.diagnosis == only(second).explanation?.diagnosis)
        #expect(streams(try only(first))[0xA]?.lost == 4)
        #expect(streams(try only(first))[0xA]?.skips == 2)
    }

    @Test func aRelayBehindATranslatorIsFound() throws {
        let call = try only(
            try Replay(PlainCall(advertised: "203.0.113.9", local: IPAddress(ipv4: 0x0A09_0909)).capture()))
        #expect(call.packets == 1000)
        #expect(streams(call)[0xA]?.packets == 500)
    }

    @Test func headersAreEnough() throws {
        let call = try only(try Replay(PlainCall(lost: [3]).capture(snapLength: 48)))
        #expect(streams(call)[0xA]?.packets == 499)
        #expect(streams(call)[0xA]?.lost == 1)
        #expect(streams(call)[0xA]?.bytes == 499 * 172)
    }

    @Test func withoutADeleteTheCallIsJudgedAtTheEnd() throws {
        var plain = PlainCall()
        plain.endsWithDelete = false
        let call = try only(try Replay(plain.capture()))
        #expect(call.requests == 2)
        #expect(call.explanation?.diagnosis.cause == .healthy)
    }

    @Test func aSilentPartyIsNamed() throws {
        let call = try only(try Replay(PlainCall(seconds: 20, lost: Set(0..<1000)).capture()))
        let diagnosis = try #require(call.explanation?.diagnosis)
        #expect(diagnosis.severity == .fault)
        #expect(diagnosis.directions.first { $0.from.tag == "a" }?.cause == .nothingArrives)
        #expect(diagnosis.directions.first { $0.from.tag == "b" }?.cause != .nothingArrives)
    }

    /// Bob's host says that nobody listens: the capture has it as ICMP.
    @Test func anUnreachablePartyIsNamed() throws {
        var plain = PlainCall(seconds: 20)
        plain.isBobGone = true
        let diagnosis = try #require(try only(try Replay(plain.capture())).explanation?.diagnosis)
        #expect(diagnosis.directions.first { $0.from.tag == "a" }?.cause == .unreachable)
    }

    @Test func withoutRepliesThatIsSaid() throws {
        var plain = PlainCall()
        plain.hasReplies = false
        let call = try only(try Replay(plain.capture()))
        #expect(call.packets == 0)
        #expect(call.notes.contains { $0.contains("no replies") })
    }

    @Test func manyCallsHaveABound() throws {
        var capture = CaptureBuilder()
        for number in 0..<5 {
            var call = PlainCall(callID: "call-\(number)", seconds: 1)
            call.ports = (UInt16(30_000 + 10 * number), UInt16(30_002 + 10 * number))
            call.start += UInt64(number) * 3_000_000_000
            call.write(to: &capture)
        }
        var limits = ReplayLimits()
        limits.calls = 3
        let some = try Replay(capture.bytes, limits: limits)
        #expect(some.calls.map(\.callID) == ["call-0", "call-1", "call-2"])
        #expect(some.callsLeftOut == 2)
        let one = try Replay(capture.bytes, callID: "call-4", limits: limits)
        #expect(one.calls.map(\.callID) == ["call-4"])
        #expect(one.calls[0].packets == 100)
        #expect(throws: ReplayError.unknownCall("call-9")) { try Replay(capture.bytes, callID: "call-9") }
    }

    @Test func streamsWithoutSignallingAreListed() throws {
        var capture = CaptureBuilder()
        let ends = [(0x0A00_0001, 4000), (0x0A00_0002, 5000)].map {
            TransportAddress(IPAddress(ipv4: $0.0), UInt16($0.1))
        }
        for number in 0..<200 where number % 10 != 3 {
            capture.add(
                CaptureBuilder.rtp(number, ssrc: 7), from: ends[0], to: ends[1], at: UInt64(number) * 20_000_000)
        }
        capture.add(CaptureBuilder.rtp(0, ssrc: 9), from: ends[1], to: ends[0], at: 5_000_000_000)
        let replay = try Replay(capture.bytes)
        #expect(replay.calls.isEmpty)
        try #require(replay.streams.count == 1)
        let stream = replay.streams[0]
        #expect(stream.source == ends[0] && stream.destination == ends[1])
        #expect(stream.encodingName == "PCMU")
        #expect(stream.statistics.packets == 180)
        #expect(stream.statistics.lost == 19 || stream.statistics.lost == 20)
        #expect(stream.statistics.jitter == 0)
    }

    @Test func whatIsNoCaptureIsRefused() {
        #expect(throws: ReplayError.unreadable(.unknownFormat)) {
            try Replay(Array("no capture at all, is it now".utf8))
        }
        #expect(throws: ReplayError.unreadable(.unknownFormat)) { try Replay([]) }
        var limits = ReplayLimits()
        limits.frames = 10
        #expect(throws: ReplayError.tooManyFrames(limit: 10)) { try Replay(PlainCall().capture(), limits: limits) }
    }

    @Test func whatIsWholeOfADamagedFileIsReplayed() throws {
        let bytes = PlainCall().capture()
        let half = try Replay(Array(bytes.prefix(bytes.count / 2 + 1)))
        #expect(half.notes == ["the file ends in the middle of a frame"])
        #expect(half.calls.count == 1)
        var broken = bytes
        // The length of a block near the end.
        for place in (bytes.count - 4)..<bytes.count { broken[place] = 0xFF }
        let replay = try Replay(broken)
        #expect(replay.notes.contains { $0.contains("damaged at octet") })
        #expect(replay.calls.count == 1)
    }

    /// A clock that jumps must not keep the replay busy.
    @Test func anEndlessCallIsCutOff() throws {
        var capture = CaptureBuilder()
        var call = PlainCall(seconds: 1)
        call.endsWithDelete = false
        call.write(to: &capture)
        capture.add(
            CaptureBuilder.rtp(50, ssrc: 0xA), from: TransportAddress(IPAddress(ipv4: 0x0A00_0001), 4000),
            to: TransportAddress(IPAddress(ipv4: 0xC000_0207), 30_002), at: UInt64.max - 5)
        let replay = try only(try Replay(capture.bytes))
        #expect(replay.notes.contains { $0.contains("longer than a day") })
        #expect(replay.packets == 100)
        // An hour behind the last packet, which comes 1.98 s after the beginning.
        #expect(replay.durationNanoseconds / 1_000_000_000 == 3601)
    }

    /// Calls in the last seconds that a time stamp can name.
    @Test func theEndOfTimeIsNoTrap() throws {
        let bytes = PlainCall.atTheEndOfTime
        let replay = try Replay(bytes)
        #expect(replay.calls.map(\.packets) == [100, 0])
        #expect(replay.calls[0].notes.contains { $0.contains("belongs to call second") })
    }

    /// A file that goes on behind the call shows that nothing came, and that nothing came any more.
    @Test(arguments: [0, 10])
    func silenceUpToTheEndOfTheFileCounts(_ seconds: Int) throws {
        var capture = CaptureBuilder()
        var plain = PlainCall(seconds: seconds)
        plain.endsWithDelete = false
        plain.write(to: &capture)
        capture.addOther(at: plain.start + 60_000_000_000)
        let call = try only(try Replay(capture.bytes))
        #expect(call.durationNanoseconds == 60_000_000_000)
        #expect(call.packets == 100 * seconds)
        let cause = try #require(call.explanation?.diagnosis.cause)
        #expect(cause != .tooEarly && cause != .healthy)
    }

    /// Messages of ICMP long before the call are of others, and no time of the plane.
    @Test func whatCameBeforeTheCallIsNotItsOwn() throws {
        var capture = CaptureBuilder()
        let ends = (
            TransportAddress(IPAddress(ipv4: 0xC000_0207), 30_000), TransportAddress(IPAddress(ipv4: 0x0A00_0002), 5000)
        )
        let packet = CaptureBuilder.rtp(1, ssrc: 0xC)
        capture.add(packet, from: ends.1, to: ends.0, at: 1)
        capture.addRefusal(of: packet, from: ends.0, to: ends.1, at: PlainCall.start - 3_000_000_000_000)
        PlainCall().write(to: &capture)
        let call = try only(try Replay(capture.bytes))
        #expect(call.durationNanoseconds == 11_000_000_000)
        #expect(call.packets == 1000)
        #expect(call.explanation?.diagnosis.cause == .healthy)
    }

    /// Two calls, one after the other, on the same ports, and a stream there when both are over.
    @Test func portsThatAreUsedAgainAreKeptApart() throws {
        var capture = CaptureBuilder()
        let first = PlainCall(callID: "first")
        first.write(to: &capture)
        var second = PlainCall(callID: "second", seconds: 5)
        second.start += 60_000_000_000
        second.write(to: &capture)
        for number in 0..<50 {
            capture.add(
                CaptureBuilder.rtp(number, ssrc: 0xD), from: TransportAddress(IPAddress(ipv4: 0x0A00_0009), 7000),
                to: TransportAddress(IPAddress(ipv4: 0xC000_0207), 30_000),
                at: first.start + 120_000_000_000 + UInt64(number) * 20_000_000)
        }
        let replay = try Replay(capture.bytes)
        #expect(replay.calls.map(\.packets) == [1000, 500])
        #expect(replay.calls.allSatisfy { $0.explanation?.diagnosis.cause == .healthy })
        #expect(replay.streams.map(\.statistics.ssrc) == [0xD])
    }

    /// The first call has no end in the capture: it ends where its ports belong to the second one.
    @Test func aCallWithoutEndDoesNotTakeThePacketsOfTheNext() throws {
        var capture = CaptureBuilder()
        var first = PlainCall(callID: "first")
        first.endsWithDelete = false
        first.write(to: &capture)
        var second = PlainCall(callID: "second", seconds: 5)
        second.start += 60_000_000_000
        second.write(to: &capture)
        let replay = try Replay(capture.bytes)
        #expect(replay.calls.map(\.packets) == [1000, 500])
        #expect(replay.calls.allSatisfy { $0.explanation?.diagnosis.cause == .healthy })
        #expect(replay.calls[0].durationNanoseconds < 15_000_000_000)
        #expect(replay.calls[0].notes.contains { $0.contains("belongs to call second") })
        #expect(replay.streams.isEmpty)
        // The same when it is the only call of interest.
        let alone = try Replay(capture.bytes, callID: "first")
        #expect(alone.calls.map(\.packets) == [1000])
    }

    /// A port that a call has given back while it goes on may belong to another one.
    @Test(arguments: [0, 5])
    func aPortThatWasGivenBackIsNoEnd(_ delay: Int64) throws {
        var capture = CaptureBuilder()
        var first = PlainCall(callID: "first", seconds: 30)
        first.endsWithDelete = false
        first.viaBranch = "one"
        first.write(to: &capture)
        // The other branch rings and is given up.
        first.addBranch("two", port: 30_010, at: first.start + 100_000_000, to: &capture)
        first.deleteBranch("two", delay: delay, at: first.start + 600_000_000, to: &capture)
        var second = PlainCall(callID: "second", ports: (30_010, 30_012), seconds: 5)
        second.start += 10_000_000_000
        second.write(to: &capture)
        let replay = try Replay(capture.bytes)
        #expect(replay.calls.map(\.packets) == [3000, 500])
        #expect(replay.calls.allSatisfy { $0.notes.isEmpty }, "\(replay.calls.flatMap(\.notes))")
        // Not given back, it is.
        capture = CaptureBuilder()
        first.write(to: &capture)
        first.addBranch("two", port: 30_010, at: first.start + 100_000_000, to: &capture)
        second.write(to: &capture)
        #expect(try Replay(capture.bytes).calls[0].notes.contains { $0.contains("belongs to call second") })
    }

    /// A client counts its cookies from the beginning when it starts anew.
    @Test func aCookieMayBeUsedAgainLater() throws {
        var capture = CaptureBuilder()
        PlainCall(callID: "first", seconds: 1).write(to: &capture)
        capture.cookies = 0
        // Repeated at once.
        PlainCall(callID: "other", seconds: 0, endsWithDelete: false).write(to: &capture)
        capture.cookies = 0
        var later = PlainCall(callID: "later", ports: (30_010, 30_012), seconds: 1)
        later.start += 60_000_000_000
        later.write(to: &capture)
        #expect(try Replay(capture.bytes).calls.map(\.callID) == ["first", "later"])
    }

    /// A port that the capture does not show is not put where one is that it does.
    @Test func unknownPortsAreNotThoseThatAreTaken() throws {
        var plain = PlainCall()
        plain.ports = (60_002, 60_004)
        plain.hasReplyToAnswer = false
        let call = try only(try Replay(plain.capture()))
        let local = (call.report?.parties ?? []).flatMap(\.sections).flatMap(\.ports).map { "\($0.local)" }
        #expect(Set(local).count == 4 && local.count == 4)
        #expect(streams(call)[0xB]?.packets == 500)
    }

    @Test func incompleteFragmentsAreOtherFrames() throws {
        var capture = CaptureBuilder()
        PlainCall(seconds: 1).write(to: &capture)
        var whole = try Replay(capture.bytes).otherFrames
        #expect(whole == 0)
        capture.addFragment(at: PlainCall.start + 1)
        whole = try Replay(capture.bytes).otherFrames
        #expect(whole == 1)
    }
}
