import LoadGenerator
import Testing

struct BrowserAnswerTests {
    @Test func whatCountsIsRead() throws {
        let answer = BrowserAnswer(
            "v=0\r\nm=audio 30000 UDP/TLS/RTP/SAVPF 0\r\na=setup:active\r\n"
                + "a=fingerprint:sha-1 " + Array(repeating: "0A", count: 20).joined(separator: ":") + "\r\n"
                + "a=ice-ufrag:abcd\r\na=ice-pwd:secret\r\na=candidate:f 1 UDP 7 127.0.0.1 30000 typ host\r\n")
        #expect(answer.isActive)
        #expect(
            answer.fingerprint.map { "\($0)" } == "sha-1 " + Array(repeating: "0A", count: 20).joined(separator: ":"))
        #expect(answer.usernameFragment == "abcd")
        #expect(answer.password == "secret")
        #expect(answer.candidates == [["f", "1", "UDP", "7", "127.0.0.1", "30000", "typ", "host"]])
    }

    @Test(arguments: ["", "m=audio 9 RTP/AVP 0\r\n", "a=fingerprint:sha-1 0A\r\na=candidate:\r\na=setup:passive"])
    func whatIsMissingStaysAway(text: String) {
        let answer = BrowserAnswer(text)
        #expect(answer.fingerprint == nil && !answer.isActive && answer.usernameFragment.isEmpty)
    }
}
