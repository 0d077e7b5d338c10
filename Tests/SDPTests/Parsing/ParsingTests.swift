import NetTypes
import SDP
import Testing

@Suite struct ParsingTests {
    static let minimal = ["v=0", "o=- 1 1 IN IP4 10.1.1.1", "s=-", "c=IN IP4 10.1.1.1", "t=0 0"]

    // MARK: What is read

    @Test func fieldsOfADescription() throws {
        let parsed = try description([
            "v=0", "o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1", "s=Call", "c=IN IP6 2001:db8::2", "t=0 0",
            "a=recvonly", "m=audio 49170/2 RTP/AVP 0 8", "c=IN IP4 192.0.2.1", "a=ptime:20", "m=image 0 udptl t38",
        ])
        #expect(
            parsed.origin
                == Origin(
                    username: "jdoe", sessionID: "3724394400", version: "3724394405",
                    location: "IN IP4 198.51.100.1"))
        #expect(parsed.origin?.text == "jdoe 3724394400 3724394405 IN IP4 198.51.100.1")
        #expect(parsed.connection?.address.description == "2001:db8::2")
        #expect(parsed.lines.map(\.value).last == "recvonly")
        try #require(parsed.media.count == 2)
        let audio = parsed.media[0]
        #expect(audio.mediaType == "audio")
        #expect(audio.port == 49170)
        #expect(audio.portCount == 2)
        #expect(audio.transport == "RTP/AVP")
        #expect(audio.formats == ["0", "8"])
        #expect(audio.connection?.address == IPAddress("192.0.2.1"))
        #expect(audio.lines == [Line(UInt8(ascii: "c"), "IN IP4 192.0.2.1"), Line(UInt8(ascii: "a"), "ptime:20")])
        #expect(parsed.media[1].port == 0)
        #expect(parsed.media[1].connection == nil)
        #expect(parsed.media[1].portCount == nil)
    }

    @Test(arguments: [
        // LF, CRLF, both in one text, no end of the last line, empty lines at the end.
        "v=0\nt=0 0\nm=audio 4000 RTP/AVP 0\na=sendrecv\n",
        "v=0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n",
        "v=0\r\nt=0 0\nm=audio 4000 RTP/AVP 0\r\na=sendrecv",
        "v=0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r",
        "v=0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n\r\n\n\r\n",
        "v=0\nt=0 0\nm=audio  4000   RTP/AVP 0 \na=sendrecv\n\n",
    ])
    func lineEndsAndSpacing(_ input: String) throws {
        let parsed = try SessionDescription.parse(Array(input.utf8))
        #expect(text(parsed.serialized()) == "v=0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n")
    }

    @Test(arguments: ["", "\r\n", "\n\n"])
    func emptyTexts(_ input: String) throws {
        let parsed = try SessionDescription.parse(Array(input.utf8))
        #expect(parsed == SessionDescription(lines: [], origin: nil, connection: nil, media: []))
        #expect(parsed.serialized().isEmpty)
    }

    @Test(arguments: [
        ["v=0"],
        ["v=0", "c=IN IP4 10.1.1.1", "m=audio 4000 RTP/AVP 0"],
        ["v=0", "s=", "a=", "a=:", "b=", "m=audio 0 RTP/AVP"],
        ["v=0", "o=- -1 99999999999999999999999 IN IP6 ::", "c=in ip4 0.0.0.0"],
        ["v=0", "i=x", "u=x", "e=x", "p=x", "r=x", "z=x", "k=x", "t=0 0", "t=1 1", "b=AS:1"],
        ["v=0", "m=weird 65535/65535 FOO/BAR * ? #"],
        ["v=0", "m=audio 1 RTP/AVP 0", "i=x", "s=x", "t=x", "v=1", "k=x"],
    ])
    func tolerated(_ lines: [String]) throws {
        #expect(try description(lines).serialized() == bytes(lines))
    }

    @Test func octetsSurvive() throws {
        var input = Array("v=0\r\ns=".utf8)
        input += (1...255).map { UInt8($0) }.filter { $0 != 10 && $0 != 13 }
        input += Array("\r\nm=audio 1 RTP/AVP 0\r\na=note:".utf8) + [0xFF, 0xC3, 0x28, 0x80] + Array("\r\n".utf8)
        #expect(try SessionDescription.parse(input).serialized() == input)
    }

    @Test func trailingBlankLinesCanBeRefused() throws {
        let plain = bytes(ParsingTests.minimal)
        #expect(throws: Never.self) { try SessionDescription.parse(plain, trailingBlankLines: .rejected) }
        #expect(throws: SDPError.malformed(line: 6, expected: .noBlankLine)) {
            try SessionDescription.parse(plain + Array("\r\n".utf8), trailingBlankLines: .rejected)
        }
    }

    /// What stands behind an empty line is no longer the description, as behind the part of a multipart body.
    @Test(arguments: ["\r\n--boundary--\r\n", "\r\na=inactive\r\n", "\n\nm=x", "\u{0}", "\r\n\u{0}", "a=sendrecv\u{0}"])
    func whatStandsBehindTheEnd(_ rest: String) throws {
        let minimal = bytes(ParsingTests.minimal + ["m=audio 4000 RTP/AVP 0"])
        let parsed = try SessionDescription.parse(minimal + Array(rest.utf8))
        #expect(parsed.serialized() == minimal + (rest.hasPrefix("a=") ? bytes(["a=sendrecv"]) : []))
    }

    @Test(arguments: ["\r\nv=0\r\nm=audio 1 RTP/AVP 0\r\n", "v=0\r\n\r\nm=audio 1 RTP/AVP 0\r\n"])
    func emptyLinesAboveTheSections(_ text: String) {
        guard case .malformed(_, .noBlankLine)? = parseError(text) else {
            Issue.record("accepted")
            return
        }
    }

    @Test(arguments: ["\r\nx", "\u{0}\u{0}", "\u{0}\r\n"])
    func whatIsStillRefused(_ rest: String) throws {
        #expect(throws: SDPError.self) {
            try SessionDescription.parse(
                bytes(ParsingTests.minimal) + Array(rest.utf8), trailingBlankLines: .rejected)
        }
    }

    /// An origin is taken whole or not at all.
    @Test func wordsOfAnOrigin() {
        func origin(_ words: Int) -> String {
            "v=0\r\no=" + String(repeating: "a ", count: words) + "1 1 IN IP4 10.1.1.1\r\n"
        }
        #expect(parseError(origin(27)) == nil)
        #expect(parseError(origin(28)) == .malformed(line: 2, expected: .origin))
        // The address would be cut off and the rest would do.
        let behind = "v=0\r\no=- 1 1 IN IP4 10.1.1.1" + String(repeating: " a", count: 27) + "\r\n"
        #expect(parseError(behind) == .malformed(line: 2, expected: .origin))
    }

    @Test func fragments() throws {
        let lines = [
            "a=ice-ufrag:8hhY", "a=ice-pwd:asd88fgpdd777uzjYhagZg", "m=audio 9 RTP/AVP 0", "a=mid:1",
            "a=candidate:1 1 UDP 1 192.0.2.1 1 typ host", "a=end-of-candidates",
        ]
        #expect(throws: SDPError.malformed(line: 1, expected: .version)) { try description(lines) }
        let parsed = try SessionDescription.parseFragment(bytes(lines))
        #expect(parsed.iceCredentials?.usernameFragment == "8hhY")
        #expect(parsed.media.first?.mid == "1")
        #expect(parsed.media.first?.iceCandidates.count == 1)
        #expect(throws: SDPError.malformed(line: 1, expected: .typeAndEqualsSign)) {
            try SessionDescription.parseFragment(Array("candidate".utf8), limits: .default)
        }
    }

    // MARK: What is refused

    /// A line put behind ``minimal`` (as line 6) and what it lacks.
    static let malformedLines: [(String, SDPError.Expectation)] = [
        ("junk line", .typeAndEqualsSign), ("a", .typeAndEqualsSign), ("=", .typeAndEqualsSign),
        (" a=x", .typeAndEqualsSign), ("a =x", .typeAndEqualsSign), ("ab=x", .typeAndEqualsSign),
        ("x=foo", .knownType), ("A=foo", .knownType), ("==", .knownType), ("\u{01}=x", .knownType),
        ("a=x\ry", .plainOctets), ("a=x\r\ry", .plainOctets), ("a=x\u{0}", .plainOctets),
        ("m=", .media), ("m=audio", .media), ("m=audio 4000", .media),
        ("m=audio x RTP/AVP 0", .port), ("m=audio 70000 RTP/AVP 0", .port), ("m=audio 65536 RTP/AVP 0", .port),
        ("m=audio -1 RTP/AVP 0", .port), ("m=audio +1 RTP/AVP 0", .port), ("m=audio 000001 RTP/AVP 0", .port),
        ("m=audio /2 RTP/AVP 0", .port), ("m=audio 4000/ RTP/AVP 0", .portCount),
        ("m=audio 4000/0 RTP/AVP 0", .portCount), ("m=audio 4000/x RTP/AVP 0", .portCount),
        ("m=audio 4000/99999 RTP/AVP 0", .portCount), ("m=audio 4000/1/1 RTP/AVP 0", .portCount),
        ("m=audio\t4000\tRTP/AVP\t0", .media), ("o=- 1 1 IN IP4 10.1.1.1", .singleOrigin),
        ("c=IN IP4 10.1.1.1", .singleConnectionData),
        ("m=audio 1 RTP/AVP 0\r\no=- 1 1 IN IP4 10.1.1.1", .singleOrigin),
        ("m=audio 1 RTP/AVP 0\r\nc=IN IP4 1.1.1.1\r\nc=IN IP4 1.1.1.1", .singleConnectionData),
    ]

    @Test(arguments: malformedLines)
    func malformedLine(_ line: String, _ expected: SDPError.Expectation) throws {
        let text = ParsingTests.minimal.map { $0 + "\r\n" }.joined() + line + "\r\n"
        let error = try #require(parseError(text))
        guard case .malformed(let number, let found) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(found == expected)
        #expect(number >= 6)
        #expect(!error.isIncomplete)
    }

    @Test(arguments: [
        "garbage", "v=1", "v=", "v=00", "v=0 ", "V=0", "v", "o=- 1 1 IN IP4 10.1.1.1\r\nv=0", " v=0", "a=x",
    ])
    func firstLine(_ text: String) {
        #expect(parseError(text) == .malformed(line: 1, expected: .version))
    }

    @Test(arguments: [
        ("", SDPError.Expectation.connectionData), ("IN", .connectionData), ("IN IP4", .connectionData),
        ("IN IP4 10.1.1.1 x", .connectionData), ("TN RFC2543 123", .networkType), ("IN IP5 10.1.1.1", .addressType),
        ("IN RFC2543 123", .addressType), ("IN IP4 bad", .address), ("IN IP4 host.example.com", .address),
        ("IN IP4 ::1", .address), ("IN IP6 10.1.1.1", .address), ("IN IP4 10.1.1.256", .address),
        ("IN IP4 10.1.1.1.", .address), ("IN IP6 fe80::1%eth0", .address), ("IN IP6 [::1]", .address),
        ("IN IP4 224.2.36.42/127", .unicastAddress), ("IN IP4 224.2.1.1/127/3", .unicastAddress),
        ("IN IP6 ff15::101/3", .unicastAddress), ("IN IP4 10.1.1.1/24", .unicastAddress),
        ("IN IP4 239.1.1.1", .unicastAddress), ("IN IP6 ff02::1", .unicastAddress),
    ])
    func connectionData(_ value: String, _ expected: SDPError.Expectation) {
        #expect(parseError("v=0\r\nc=\(value)\r\n") == .malformed(line: 2, expected: expected))
        #expect(
            parseError("v=0\nm=audio 1 RTP/AVP 0\nc=\(value)\n") == .malformed(line: 3, expected: expected))
    }

    @Test(arguments: [
        "", "- 1 1 IN", "- 1 1 IN IP4", "- 1 1 1", "-", "IN IP4 10.1.1.1", "1 IN IP4 10.1.1.1",
    ])
    func unusableOrigin(_ value: String) {
        #expect(parseError("v=0\r\no=\(value)\r\n") == .malformed(line: 2, expected: .origin))
    }

    @Test(arguments: [
        ("- 1 1 IN IP4 host.example.com", "- 1 1 IN IP4 host.example.com"),
        ("- 1 1 IN IP6 10.1.1.1", "- 1 1 IN IP6 10.1.1.1"), ("- 1 1 in ip4 10.1.1.1", "- 1 1 in ip4 10.1.1.1"),
        ("Some Phone 1 2 IN IP4 10.1.1.1", "Some Phone 1 2 IN IP4 10.1.1.1"),
        (" 1 2 IN IP4 10.1.1.1", "- 1 2 IN IP4 10.1.1.1"), ("- 1 2 IN IP4 10.1.1.1 more", "- 1 2 IN IP4 10.1.1.1"),
        ("- 1  2 XX IP4 10.1.1.1", "- 1 2 XX IP4 10.1.1.1"),
    ])
    func unusualOrigin(_ value: String, _ text: String) throws {
        #expect(try description(["v=0", "o=" + value]).origin?.text == text)
    }

    // MARK: Limits

    @Test func totalBytes() {
        let text = "v=0\r\n"
        #expect(parseError(text, limits: SDPLimits(totalBytes: 5)) == nil)
        #expect(parseError(text, limits: SDPLimits(totalBytes: 4)) == .limitExceeded(.totalBytes, line: 1))
    }

    @Test func lineLength() {
        let limits = SDPLimits(lineLength: 10)
        #expect(parseError("v=0\r\na=12345678\r\n", limits: limits) == nil)
        #expect(parseError("v=0\r\na=123456789", limits: limits) == .limitExceeded(.lineLength, line: 2))
    }

    @Test func linesPerSection() {
        let limits = SDPLimits(linesPerSection: 2)
        #expect(parseError("v=0\na=x\nm=audio 1 RTP/AVP 0\na=x\na=x\nm=audio 1 RTP/AVP 0", limits: limits) == nil)
        #expect(parseError("v=0\na=x\na=x", limits: limits) == .limitExceeded(.linesPerSection, line: 3))
        #expect(
            parseError("v=0\nm=audio 1 RTP/AVP 0\na=x\na=x\na=x\n", limits: limits)
                == .limitExceeded(.linesPerSection, line: 5))
    }

    @Test func mediaSections() {
        let limits = SDPLimits(mediaSections: 2)
        let line = "m=audio 1 RTP/AVP 0\n"
        #expect(parseError("v=0\n" + line + line, limits: limits) == nil)
        #expect(parseError("v=0\n" + line + line + line, limits: limits) == .limitExceeded(.mediaSections, line: 4))
        #expect(
            parseError("v=0\n" + line, limits: SDPLimits(mediaSections: 0)) == .limitExceeded(.mediaSections, line: 2))
    }

    @Test func formatsPerSection() {
        let limits = SDPLimits(formatsPerSection: 3)
        #expect(parseError("v=0\nm=audio 1 RTP/AVP 0 1 2\n", limits: limits) == nil)
        #expect(
            parseError("v=0\nm=audio 1 RTP/AVP 0 1 2 3\n", limits: limits)
                == .limitExceeded(.formatsPerSection, line: 2))
    }

    @Test func errorsDescribeThemselves() {
        #expect(parseError("v=0\nx=1").map(String.init(describing:)) == "line 2: expected knownType")
        #expect(SDPError.limitExceeded(.lineLength, line: 3).description == "line 3: more than the allowed lineLength")
        #expect(
            SDPError.incomplete(section: 1, .payloadType("x")).description == "media section 1: payload type \"x\"")
        #expect(
            SDPError.incomplete(section: 0, .connectionData).description == "media section 0: no connection data")
    }
}
