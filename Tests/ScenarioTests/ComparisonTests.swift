import Bencode
import Testing

/// The comparison sees what it is to see, and nothing else.
@Suite struct ComparisonTests {
    private static let placeholders: [String: Scenario.Placeholder] = [
        "PORT1": .init(pattern: "[0-9]{1,5}", isEven: true), "PORT2": .init(pattern: "[0-9]{1,5}", isEven: false),
        "UFRAG1": .init(pattern: "[A-Za-z0-9+/]{4,256}", isEven: false),
        "FP1": .init(pattern: "[0-9A-F]{2}(?::[0-9A-F]{2}){19}", isEven: false),
    ]

    private func differences(_ expected: BencodeValue, _ actual: BencodeValue) -> Int {
        var comparison = ReplyComparison(TemplateMatcher(ComparisonTests.placeholders))
        comparison.compare(expected, actual)
        return comparison.differences.count
    }

    private func differences(sdp templates: [String], _ lines: [String]) -> Int {
        differences(
            .dictionary(["sdp": .list(templates.map(BencodeValue.text))]),
            .dictionary(["sdp": .text(lines.map { $0 + "\r\n" }.joined())]))
    }

    @Test(arguments: [
        ("m=audio {PORT1} RTP/AVP 0", "m=audio 30000 RTP/AVP 0", true),
        ("m=audio {PORT1} RTP/AVP 0", "m=audio 30001 RTP/AVP 0", false),
        ("m=audio {PORT2} RTP/AVP 0", "m=audio 30001 RTP/AVP 0", true),
        ("m=audio {PORT1} RTP/AVP 0", "m=audio 0 RTP/AVP 0", false),
        ("m=audio {PORT1} RTP/AVP 0", "m=audio 30000 RTP/AVP 8", false),
        ("{PORT1} {PORT1+1}", "30000 30001", true),
        ("{PORT1} {PORT1+1}", "30000 30002", false),
        ("{PORT1} {PORT2}", "30000 30000", false),
        ("a=ice-ufrag:{UFRAG1}", "a=ice-ufrag:abc", false),
        ("a=ice-ufrag:{UFRAG1}", "a=ice-ufrag:abcd", true),
        ("a=ice-ufrag:{UFRAG1}", "a=ice-ufrag:ab-d", false),
        ("{STR} {INT}", "some text -5", false),
        ("{STR} {INT}", "some text 5", true),
        ("a=x:{other}", "a=x:{other}", true),
    ])
    func matches(_ template: String, _ text: String, _ fits: Bool) {
        var matcher = TemplateMatcher(ComparisonTests.placeholders)
        let result = matcher.match(template, text)
        #expect(result == fits)
    }

    @Test func fingerprintsHaveTheirLength() {
        var matcher = TemplateMatcher(ComparisonTests.placeholders)
        let octets = Array(repeating: "AB", count: 20)
        let whole = octets.joined(separator: ":")
        let results = [octets.dropLast().joined(separator: ":"), whole.lowercased(), whole].map {
            matcher.match("{FP1}", $0)
        }
        #expect(results == [false, false, true])
    }

    @Test func bindingsHold() {
        var matcher = TemplateMatcher(ComparisonTests.placeholders)
        let results = [("{PORT1}", "30000"), ("{PORT1}", "30002"), ("{PORT2}", "30000"), ("{PORT1+1}", "30001")].map {
            matcher.match($0.0, $0.1)
        }
        #expect(results == [true, false, false, true])
        #expect(matcher.substitute("x {PORT1} {PORT1+1} {PORT2}") == "x 30000 30001 {PORT2}")
    }

    @Test func attributesComeInAnyOrderAndOtherLinesDoNot() {
        #expect(differences(sdp: ["v=0", "a=x", "a=p {PORT1}"], ["v=0", "a=p 30000", "a=x"]) == 0)
        #expect(differences(sdp: ["v=0", "s=-", "t=0 0"], ["v=0", "t=0 0", "s=-"]) == 1)
        #expect(differences(sdp: ["v=0", "a=x", "a=x"], ["v=0", "a=x"]) == 1)
        #expect(differences(sdp: ["v=0", "a=x"], ["v=0", "a=x", "a=x"]) == 1)
        #expect(differences(sdp: ["v=0", "a=x"], ["v=0", "a=y"]) == 2)
        #expect(differences(sdp: ["v=0", "m=a", "a=x"], ["v=0", "a=x", "m=a"]) == 2)
        #expect(differences(sdp: ["v=0", "a=fmtp:1 a=1;b=2"], ["v=0", "a=fmtp:1 b=2; a=1"]) == 0)
        #expect(differences(sdp: ["v=0", "a=fmtp:1 a=1;b=2"], ["v=0", "a=fmtp:1 b=2"]) == 2)
        // The first candidate of the template fits both lines, the second one only the first.
        #expect(differences(sdp: ["v=0", "a=p {PORT2}", "a=p {PORT1}"], ["v=0", "a=p 30000", "a=p 30001"]) == 0)
    }

    @Test func valuesKeepTheirTypes() {
        #expect(differences("{INT}", 5) == 0)
        #expect(differences("{INT}", "5") == 1)
        #expect(differences(5, "5") == 1)
        #expect(differences("text", "Text") == 1)
        #expect(differences(["a", "b"], ["b", "a"]) == 0)
        #expect(differences([1, 2], [2, 1]) == 2)
        #expect(differences(["a": 1, "b": 2], ["b": 2, "a": 1]) == 0)
        #expect(differences(["a": 1], ["a": 1, "b": 2]) == 1)
        #expect(differences(["a": 1, "b": 2], ["a": 1]) == 1)
        #expect(differences(["{LIST}": ["a": "{INT}"]], [["a": 1], ["a": 2]]) == 0)
        #expect(differences(["{LIST}": ["a": "{INT}"]], [["a": 1], ["b": 2]]) == 2)
    }
}
