import ICE
import STUN
import Testing

@Suite struct CredentialTests {
    @Test func freshCredentialsHaveTheirLengthAndAlphabet() {
        var generator = SeededGenerator(3)
        var seen = Set<String>()
        var characters = Set<Character>()
        for _ in 0..<200 {
            let credentials = ICECredentials(using: &generator)
            #expect(credentials.usernameFragment.utf8.count == 8)
            #expect(credentials.password.utf8.count == 26)
            #expect((credentials.usernameFragment + credentials.password).allSatisfy(isICECharacter))
            seen.insert(credentials.usernameFragment)
            seen.insert(credentials.password)
            characters.formUnion(credentials.password)
        }
        #expect(seen.count == 400)
        #expect(characters.count == 64)
    }

    @Test(arguments: [
        ("zTfS", "D+9lRjttyuRyU+xWaEyqPMnD", true),
        ("a", "b", true),
        ("odd-chars_=.", "pass:word", true),
        (String(repeating: "u", count: 256), String(repeating: "p", count: 256), true),
        ("", "password", false),
        ("user", "", false),
        (String(repeating: "u", count: 257), "p", false),
        ("u", String(repeating: "p", count: 257), false),
        ("us er", "p", false),
        ("us:er", "p", false),
        ("user", "p\r\n", false),
        ("usér", "p", false),
    ])
    func ofThePeer(_ fragment: String, _ password: String, _ expected: Bool) {
        #expect((ICECredentials(usernameFragment: fragment, password: password) != nil) == expected)
    }

    @Test func passwordsDoNotShow() throws {
        let credentials = try #require(ICECredentials(usernameFragment: "user", password: "secret"))
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(text.contains("user"))
            #expect(!text.contains("secret"))
        }
    }

    /// The longest credentials that a peer may have still fit into what the agent promises to send at most.
    @Test func theLongestCredentialsFit() throws {
        let fragment = String(repeating: "u", count: 256)
        let credentials = try #require(ICECredentials(usernameFragment: fragment, password: fragment))
        let peer = Peer(["2001:db8::1"], role: .controlling)
        peer.agent.restart(credentials, now: second)
        peer.agent.setRemote(credentials, isLite: false, now: second)
        peer.addCandidates(peer.candidates, now: second)
        let sent = peer.drain(now: second)
        #expect(sent.count == 1)
        #expect(sent.first?.bytes.count ?? 0 <= ICELimits.transmittedBytes)
        #expect(sent.first?.read { $0.username?.count } == 513)
    }
}
