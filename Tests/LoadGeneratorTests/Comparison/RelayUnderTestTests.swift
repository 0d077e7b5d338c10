import LoadGenerator
import Testing

struct RelayUnderTestTests {
    @Test(arguments: [
        ("rtpengine --config-file=none", "rtpengine", "rtpengine --config-file=none"),
        ("/usr/bin/rtpengine -x=1", "rtpengine", "/usr/bin/rtpengine -x=1"),
        ("old=/opt/old/relay --a=b", "old", "/opt/old/relay --a=b"),
        ("v1.2=relay", "v1.2", "relay"), ("'a b/c d' -x", "c d", "'a b/c d' -x"),
    ])
    func commands(text: String, name: String, command: String) {
        #expect(RelayUnderTest(text) == RelayUnderTest(name: name, kind: .command(command)))
    }

    @Test func nullBound() {
        #expect(RelayUnderTest("null")?.kind == .nullBound)
    }

    @Test(arguments: ["", "  ", "name=", "name='x", "'x"])
    func noCommand(text: String) {
        #expect(RelayUnderTest(text) == nil)
    }
}
