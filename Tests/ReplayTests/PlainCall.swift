import Bencode
import NetTypes
import Replay
import TestSupport

/// A plain call as a capture shows it: Alice at 10.0.0.1:4000, Bob at 10.0.0.2:5000, each of whom sends a packet every
/// 20 ms, and a relay.
struct PlainCall {
    static let start: UInt64 = 1_790_000_000_000_000_000
    private static let alice = TransportAddress(IPAddress(ipv4: 0x0A00_0001), 4000)
    private static let bob = TransportAddress(IPAddress(ipv4: 0x0A00_0002), 5000)

    var callID = "call-1"
    /// What parties are told of the relay's address.
    var advertised = "192.0.2.7"
    /// What it is bound to.
    var local = IPAddress(ipv4: 0xC000_0207)
    /// Ports for Bob and for Alice.
    var ports: (bob: UInt16, alice: UInt16) = (30_000, 30_002)
    var seconds = 10
    /// Packets of Alice that never came.
    var lost: Set<Int> = []
    var endsWithDelete = true
    var hasReplies = true
    var hasReplyToAnswer = true
    var start = PlainCall.start
    /// Of the offer and the answer; empty for none.
    var viaBranch = ""
    /// Bob sends nothing, and his host refuses what it gets.
    var isBobGone = false

    private func reply(_ port: UInt16, isThere: Bool = true) -> BencodeDictionary {
        hasReplies && isThere
            ? ["result": "ok", "sdp": .text(Body.audio(at: advertised, port: port, formats: "0").text)]
            : ["result": "ok"]
    }

    private var branch: BencodeDictionary { viaBranch.isEmpty ? [:] : ["via-branch": .text(viaBranch)] }

    /// The offer to one more branch, for which the relay opens `port`.
    func addBranch(_ name: String, port: UInt16, at time: UInt64, to capture: inout CaptureBuilder) {
        capture.add(
            [
                "command": "offer", "call-id": .text(callID), "from-tag": "a", "via-branch": .text(name),
                "sdp": .text(Body.audio(at: "10.0.0.1", port: 4000, formats: "0").text),
            ], reply(port), at: time)
    }

    func deleteBranch(_ name: String, delay: Int64, at time: UInt64, to capture: inout CaptureBuilder) {
        capture.add(
            [
                "command": "delete", "call-id": .text(callID), "from-tag": "a", "via-branch": .text(name),
                "delete-delay": .integer(delay),
            ], ["result": "ok"], at: time)
    }

    func write(to capture: inout CaptureBuilder) {
        var offer: BencodeDictionary = [
            "command": "offer", "call-id": .text(callID), "from-tag": "a",
            "sdp": .text(Body.audio(at: "10.0.0.1", port: 4000, formats: "0").text),
        ]
        offer.append(contentsOf: branch)
        capture.add(offer, reply(ports.bob), at: start)
        var answer: BencodeDictionary = [
            "command": "answer", "call-id": .text(callID), "from-tag": "a", "to-tag": "b",
            "sdp": .text(Body.audio(at: "10.0.0.2", port: 5000, formats: "0").text),
        ]
        answer.append(contentsOf: branch)
        capture.add(answer, reply(ports.alice, isThere: hasReplyToAnswer), at: start + 500_000_000)
        let media = start + 1_000_000_000
        let (forAlice, forBob) = (TransportAddress(local, ports.alice), TransportAddress(local, ports.bob))
        for number in 0..<(50 * seconds) {
            let time = media + UInt64(number) * 20_000_000
            if !lost.contains(number) {
                let packet = CaptureBuilder.rtp(number, ssrc: 0xA)
                capture.add(packet, from: Self.alice, to: forAlice, at: time)
                capture.add(packet, from: forBob, to: Self.bob, at: time + 50_000)
                if isBobGone { capture.addRefusal(of: packet, from: forBob, to: Self.bob, at: time + 60_000) }
            }
            if isBobGone { continue }
            let packet = CaptureBuilder.rtp(number, ssrc: 0xB)
            capture.add(packet, from: Self.bob, to: forBob, at: time + 1_000_000)
            capture.add(packet, from: forAlice, to: Self.alice, at: time + 1_050_000)
        }
        guard endsWithDelete else { return }
        capture.add(
            ["command": "delete", "call-id": .text(callID), "from-tag": "a"], ["result": "ok"],
            at: media + UInt64(seconds) * 1_000_000_000)
    }

    /// Two calls without an end, the second of which has a port of the first, a few seconds before the end of time.
    static var atTheEndOfTime: [UInt8] {
        var capture = CaptureBuilder()
        var first = PlainCall(callID: "first", seconds: 1, endsWithDelete: false)
        first.start = .max - 3_500_000_000
        first.write(to: &capture)
        var second = PlainCall(callID: "second", seconds: 0, endsWithDelete: false)
        second.start = first.start + 2_400_000_000
        second.write(to: &capture)
        return capture.bytes
    }

    /// The capture of this call alone.
    func capture(_ link: CaptureBuilder.Link = .raw, snapLength: Int = .max) -> [UInt8] {
        var capture = CaptureBuilder(link)
        capture.snapLength = snapLength
        write(to: &capture)
        return capture.bytes
    }
}
