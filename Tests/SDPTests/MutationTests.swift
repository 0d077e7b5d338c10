import SDP
import Testing

/// Calls every reader on a text. What can be read must be written so that it reads the same again.
func exercise(_ bytes: [UInt8]) {
    if let parsed = try? SessionDescription.parse(bytes) { exercise(parsed) }
    if let parsed = try? SessionDescription.parseFragment(bytes) { exercise(parsed) }
}

private func exercise(_ parsed: SessionDescription) {
    let written = parsed.serialized()
    // CRLF may have made a text of only LF longer than allowed.
    if written.count <= SDPLimits.default.totalBytes {
        #expect((try? SessionDescription.parseFragment(written)) == parsed)
    }
    try? parsed.validateForRelay()
    exercise(
        MediaDescription(mediaType: "audio", port: 1, transport: "RTP/AVP", formats: [], lines: parsed.lines))
    for section in parsed.media {
        exercise(section)
        _ = (section.transportKind, section.payloadTypes)
    }
    _ = (parsed.groups, parsed.direction, parsed.iceOptions, parsed.extensionMaps, parsed.origin?.text)
}

private func exercise(_ section: MediaDescription) {
    for attribute in section.attributes { #expect(Attribute(attribute.text) == attribute) }
    for map in section.rtpMaps { #expect(RTPMap(map.text) == map) }
    for format in section.formatParameters { #expect(FormatParameters(format.text) == format) }
    for feedback in section.rtcpFeedback { #expect(RTCPFeedback(feedback.text) == feedback) }
    for candidate in section.iceCandidates { #expect(ICECandidate(candidate.text) == candidate) }
    for fingerprint in section.fingerprints { #expect(Fingerprint(fingerprint.text) == fingerprint) }
    for map in section.extensionMaps { #expect(ExtensionMap(map.text) == map) }
    for crypto in section.cryptoAttributes { #expect(CryptoAttribute(crypto.text) == crypto) }
    for bandwidth in section.bandwidths { #expect(Bandwidth(bandwidth.text) == bandwidth) }
    if let rtcp = section.rtcp { #expect(RTCPAttribute(rtcp.text) == rtcp) }
    _ = (section.formatAttributes, section.setup, section.mid, section.packetTimeMilliseconds, section.direction)
}

@Suite struct MutationTests {
    /// Pieces that matter to the grammar.
    static let tokens = [
        "\r\n", "\n", "\r", "=", ":", " ", "/", "m=", "a=", "c=", "o=", "v=0", "IN IP4 ", "65535", "99999999999", "-1",
        "\u{0}",
        "a=rtpmap:", "a=candidate:", "a=fingerprint:", "a=extmap:", "typ", "*", "é",
    ].map { Array($0.utf8) }

    @Test(arguments: 0..<8)
    func mutatedDescriptions(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let seeds = ReceivedDescriptionsTests.all.map { Array($0.sdp.utf8) }.filter { $0.count < 4_000 }
        try #require(!seeds.isEmpty)
        for _ in 0..<400 {
            var bytes = seeds[Int.random(in: seeds.indices, using: &generator)]
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                mutate(&bytes, using: &generator)
            }
            exercise(bytes)
        }
    }

    @Test func everyTruncation() throws {
        let longest = try #require(ReceivedDescriptionsTests.all.first { $0.name.hasPrefix("webrtc-") })
        let bytes = Array(longest.sdp.utf8)
        for length in 0..<bytes.count { exercise(Array(bytes[..<length])) }
    }

    @Test(arguments: 0..<4)
    func noise(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed &+ 1_000)
        for _ in 0..<500 {
            var bytes = Array("v=0\n".utf8)
            for _ in 0..<Int.random(in: 0...30, using: &generator) {
                if Bool.random(using: &generator) {
                    bytes += MutationTests.tokens[Int.random(in: MutationTests.tokens.indices, using: &generator)]
                } else {
                    bytes.append(UInt8.random(in: 0...255, using: &generator))
                }
            }
            exercise(bytes)
        }
    }

    /// The largest texts that the limits allow, in shapes that would hurt a reader that is not linear.
    @Test func hostileShapes() {
        let size = SDPLimits.default.totalBytes
        for unit in [
            "\r\n", "a=\n", "m=a 1 b\n", "a=rtpmap:0 x/1\n", "a=candidate:1 1 UDP 1 1 1 typ host a b\n", " ", "=",
            "a=group: ",
        ] {
            let start = Array("v=0\nm=audio 1 RTP/AVP 0\n".utf8)
            let body = Array(unit.utf8)
            exercise(start + Array(repeatElement(body, count: (size - start.count) / body.count).joined()))
            exercise(start + Array("a=extmap:1 ".utf8) + Array(repeating: body[0], count: 10_000))
        }
    }

    private func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: index)
        case 2:
            bytes.insert(
                contentsOf: MutationTests.tokens[Int.random(in: MutationTests.tokens.indices, using: &generator)],
                at: index)
        case 3: bytes.removeSubrange(index..<min(index + Int.random(in: 0..<40, using: &generator), bytes.count))
        default: bytes.insert(contentsOf: bytes[index...].prefix(Int.random(in: 0..<80, using: &generator)), at: index)
        }
    }
}
