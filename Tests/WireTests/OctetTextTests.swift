import Testing
import Wire

@Suite struct OctetTextTests {
    @Test(
        arguments: [[], [0x41], Array(0...0x7F), Array(0...0xFF), [0xFF], Array(repeating: 0xE9, count: 40)]
            as [[UInt8]])
    func octetsSurvive(_ octets: [UInt8]) {
        let text = String(octets: octets)
        #expect(text.unicodeScalars.map(\.value) == octets.map(UInt32.init))
        #expect(text.octets == octets)
        #expect(text.octetCount == octets.count)
        #expect(String(octets: octets.lazy.map { $0 }) == text)
        #expect(octets.withUnsafeBytes { String(octets: $0) } == text)
        var output: [UInt8] = [1]
        text.appendOctets(to: &output)
        #expect(output == [1] + octets)
    }

    @Test func scalarsThatNoOctetHasAreUTF8() {
        #expect("é€".octets == [0xE9, 0xE2, 0x82, 0xAC])
        #expect("é€".octetCount == 4)
    }

    @Test(
        arguments: [
            ("a:b", "a", "b"), ("a:b:c", "a", "b:c"), (":", "", ""), ("a:", "a", ""), (":b", "", "b"),
            ("é:\u{FF}", "é", "\u{FF}"),
            (String(repeating: "x", count: 40) + ":y", String(repeating: "x", count: 40), "y"),
        ])
    func splitsAtTheFirst(_ text: String, _ head: String, _ tail: String) throws {
        let parts = try #require(text.split(atFirst: UInt8(ascii: ":")))
        #expect(parts == (head, tail))
    }

    @Test(arguments: ["", "abc", "é"])
    func splitsNothingWithoutSeparator(_ text: String) {
        #expect(text.split(atFirst: UInt8(ascii: ":")) == nil)
    }

    @Test(arguments: [0, 9, 10, 99, 100, -1, -10, Int64.max, Int64.min])
    func numbersAreDecimal(_ number: Int64) {
        var output: [UInt8] = [0x20]
        output.append(decimal: number)
        #expect(String(octets: output) == " \(number)")
    }

    @Test func theGreatestNumbers() {
        var output: [UInt8] = []
        output.append(decimal: UInt64.max)
        output.append(decimal: UInt8.max)
        #expect(String(octets: output) == "18446744073709551615255")
    }

    @Test(
        arguments: [
            ("", "", true), ("OPUS", "opus", true), ("opus", "opuS", true), ("opus", "opu", false), ("[", "{", false),
            ("@", "`", false), ("é", "É", false), ("telephone-event/8000", "Telephone-Event/8000", true),
        ])
    func lettersOfEitherCaseAreAlike(_ one: String, _ other: String, _ isEqual: Bool) {
        #expect(one.equalsIgnoringASCIICase(other) == isEqual)
        #expect(Substring(one).equalsIgnoringASCIICase(Substring(other)) == isEqual)
        #expect(other.equalsIgnoringASCIICase(Substring(one)) == isEqual)
    }
}
