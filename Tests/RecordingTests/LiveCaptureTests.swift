import CallControl
import Capture
import Foundation
import NetTypes
import Recording
import Synchronization
import Testing

/// A capture of a call with one encrypted side, over real sockets.
@Suite struct LiveCaptureTests {
    /// All of a capture that begins in the middle of the call.
    private func capture(
        of call: RelayedCall, endingWith end: (() throws -> Void)? = nil, _ talk: () throws -> Void
    ) async throws -> [UInt8] {
        let stream = try #require(
            call.controller.withRecordedCall(RelayedCall.callID) { recorded, past in
                try? call.captures.start(recorded, past: past)
            } ?? nil)
        var bytes = await stream.next() ?? []
        while try !records(bytes).contains(where: { $0.comments.contains { $0.hasPrefix("the capture begins") } }) {
            bytes += await stream.next() ?? []
        }
        try talk()
        if let end { try end() } else { try call.delete() }
        for await piece in stream { bytes += piece }
        return bytes
    }

    @Test func itBeginsInThePastAndHasBothSides() async throws {
        let call = try RelayedCall()
        try call.place()
        try call.talk(0..<10)
        let bytes = try await capture(of: call) { try call.talk(10..<30) }
        let all = try records(bytes)

        func payloads(_ interface: String, to destination: UInt16) -> [[UInt8]] {
            all.filter { $0.interfaceName == interface }.compactMap { record in
                guard let datagram = CapturedDatagram(record), datagram.destination.port == destination else {
                    return nil
                }
                return Array(record.frame[datagram.payload])
            }
        }
        let numbers = { (packets: [[UInt8]]) in packets.map { Int($0[2]) << 8 | Int($0[3]) } }
        // Of the past there are the headers of what came in.
        let past = payloads("wire", to: call.secureTarget.port)
        #expect(numbers(past) == Array(0..<30))
        #expect(past[0].count == 12)
        let sources = all.filter { $0.interfaceName == "wire" }.compactMap { CapturedDatagram($0)?.source.address }
        #expect(Set(sources) == [call.plain.address.address])
        #expect(past[20].count == 182)
        #expect(numbers(payloads("wire", to: call.plain.address.port)) == Array(10..<30))
        // In the clear: what the encrypted side sent, and what was sent to it.
        let clear = payloads("clear", to: call.secureTarget.port ^ 0x8000)
        #expect(clear == (10..<30).map { RelayedCall.rtp($0, ssrc: 0xAAAA_0001) })
        let back = payloads("clear", to: call.secure.address.port ^ 0x8000)
        #expect(back == (10..<30).map { RelayedCall.rtp($0, ssrc: 0xBBBB_0002) })
        #expect(payloads("wire", to: call.secure.address.port).map(\.count) == Array(repeating: 182, count: 20))

        let comments = all.flatMap(\.comments)
        for kind in ["offer as received", "offer as sent on", "answer as received", "answer as sent on"] {
            #expect(comments.contains("SDP of the \(kind)"))
        }
        #expect(comments.contains { $0.contains("new plan") })
        #expect(comments.contains { $0.contains("endpoint learned for good") })
        #expect(comments.contains("the capture ends: the call is over"))
        try eventually("the capture is forgotten") { call.captures.count == 0 }
        try check(bytes, with: call)
    }

    /// What the most used reader of such files makes of it, where it is installed.
    private func check(_ bytes: [UInt8], with call: RelayedCall) throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/tshark") else { return }
        let path = NSTemporaryDirectory() + "millrace-capture-\(UUID().uuidString).pcapng"
        try Data(bytes).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/tshark")
        process.arguments = ["-n", "-r", path, "-q", "-z", "rtp,streams"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = Pipe()
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let streams = text.split(separator: "\n").filter { $0.contains("0xAAAA0001") || $0.contains("0xBBBB0002") }
        // Each direction once in the clear; the wire shows them again.
        let clear = streams.filter { line in
            [call.secureTarget.port, call.secure.address.port].contains { line.contains(" \($0 ^ 0x8000) ") }
                && line.contains("g711U")
        }
        #expect(clear.count == 2, "\(text)")
    }

    @Test func itEndsAfterSoManyPackets() async throws {
        let call = try RelayedCall()
        try call.place()
        try call.talk(0..<5)
        let stream = try #require(
            call.controller.withRecordedCall(RelayedCall.callID) { recorded, past in
                try? call.captures.start(recorded, past: past, limits: CaptureLimits(packets: 8))
            } ?? nil)
        var bytes = await stream.next() ?? []
        while try !records(bytes).contains(where: { $0.comments.contains { $0.hasPrefix("the capture begins") } }) {
            bytes += await stream.next() ?? []
        }
        try call.talk(5..<20)
        for await piece in stream { bytes += piece }
        let summary = try #require(stream.summary)
        // Eight, and the five of the past from each side.
        #expect(summary.wire == 18)
        #expect(summary.reason == "as many packets as were wanted")
        #expect(summary.missed == 0)
        #expect(try records(bytes).filter { $0.interfaceName == "wire" }.count == 18)
        try eventually("the capture is forgotten") { call.captures.count == 0 }
    }

    @Test func itsReaderEndsIt() async throws {
        let call = try RelayedCall()
        try call.place()
        let stream = try #require(
            call.controller.withRecordedCall(RelayedCall.callID) { recorded, past in
                try? call.captures.start(recorded, past: past)
            } ?? nil)
        _ = await stream.next()
        #expect(!call.captures.finish(stream.number + 1))
        #expect(call.captures.finish(stream.number))
        var bytes: [UInt8] = []
        for await piece in stream { bytes += piece }
        #expect(stream.summary?.reason == "its reader has ended it")
        try eventually("the capture is forgotten") { call.captures.count == 0 }
    }

    /// What a reader does not take is bounded, counted and said.
    @Test func aSlowReaderLosesPacketsAndIsTold() async throws {
        let call = try RelayedCall()
        try call.place()
        let stream = try #require(
            call.controller.withRecordedCall(RelayedCall.callID) { recorded, past in
                // More than has room, and fewer than come: what is left out is none of them.
                try? call.captures.start(recorded, past: past, limits: CaptureLimits(packets: 40_000))
            } ?? nil)
        // Some 1,300 octets for each packet of the four, in and out, and of the clear copies.
        for round in 0..<220 { try call.talk(UInt16(round * 100)..<UInt16(round * 100 + 100)) }
        try call.delete()
        var count = 0
        var last: [UInt8] = []
        for await piece in stream {
            count += piece.count
            last = piece
        }
        let summary = try #require(stream.summary)
        #expect(summary.missed > 0)
        #expect(summary.wire < 40_000)
        #expect(summary.reason == "the call is over")
        #expect(count < CaptureStream.limit + (2 << 20))
        let text = String(decoding: last, as: UTF8.self)
        #expect(text.contains("packets are missing"))
    }

    @Test func aReaderThatGoesAwayEndsIt() async throws {
        let call = try RelayedCall()
        try call.place()
        let stream = try #require(
            call.controller.withRecordedCall(RelayedCall.callID) { recorded, past in
                try? call.captures.start(recorded, past: past)
            } ?? nil)
        _ = await stream.next()
        #expect(call.captures.count == 1)
        stream.cancel()
        #expect(await stream.next() == nil)
        try eventually("the capture is forgotten") { call.captures.count == 0 }
        try call.talk(0..<3)
    }

    @Test func capturesAreBounded() throws {
        let call = try RelayedCall()
        try call.place()
        let results = try #require(
            call.controller.withRecordedCall(RelayedCall.callID) { recorded, past in
                (0..<20).map { _ in (try? call.captures.start(recorded, past: past)) != nil }
            })
        #expect(results.filter { $0 }.count == CaptureService.limit)
        #expect(call.controller.withRecordedCall("other") { _, _ in true } == nil)
        try call.delete()
        try eventually("all are forgotten") { call.captures.count == 0 }
    }

    /// What an ended capture holds counts until its reader has it, is gone or has had its time.
    @Test func aReaderThatStopsIsGivenUp() async throws {
        let call = try RelayedCall()
        try call.place()
        let streams = try #require(
            call.controller.withRecordedCall(RelayedCall.callID) { recorded, past in
                (0..<3).compactMap { _ in try? call.captures.start(recorded, past: past) }
            })
        try #require(streams.count == 3)
        try call.delete()
        try eventually("the captures end") { streams.allSatisfy { $0.summary != nil } }
        #expect(call.captures.count == 3)
        while await streams[0].next() != nil {}
        try eventually("what was read does not count") { call.captures.count == 2 }
        streams[1].cancel()
        try eventually("what was cancelled does not count") { call.captures.count == 1 }
        call.ahead.nanoseconds.store(3_600_000_000_000, ordering: .relaxed)
        #expect(call.captures.count == 0)
        #expect(await streams[2].next() == nil)
        // Nobody takes what came for the whole.
        #expect(streams[2].summary == nil && streams[0].summary != nil)
    }

    /// A new call of the same name is none of the capture's business, though the file is not closed yet.
    @Test func aNewCallOfTheNameIsNotInTheCapture() async throws {
        let call = try RelayedCall()
        try call.place()
        // The capture ends some turns of the media threads later.
        let bytes = try await capture(
            of: call,
            endingWith: {
                try call.delete()
                try call.place()
            }
        ) {}
        let offers = try records(bytes).flatMap(\.comments).filter { $0 == "SDP of the offer as received" }
        #expect(offers.count == 1)
    }
}
