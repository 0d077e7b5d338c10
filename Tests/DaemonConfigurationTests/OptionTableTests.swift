import Testing

@testable import DaemonConfiguration

@Suite struct OptionTableTests {
    @Test func namesAndLettersAreUnique() {
        let names = OptionTable.all.map(\.name)
        let letters = OptionTable.all.compactMap(\.letter)
        #expect(Set(names).count == names.count)
        #expect(Set(letters).count == letters.count)
    }

    @Test(arguments: OptionTable.all.map(\.name))
    func declarationsAreSound(_ name: String) throws {
        let option = try #require(OptionTable.option(named: name))
        #expect(name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") })
        if let value = option.defaultValue { #expect(option.kind.accepts(value)) }
        #expect(!option.help.isEmpty && option.help.last != "." && option.help.count < 100)
        #expect(!(option.kind == .flag && option.defaultValue != nil))
    }

    /// The letters that rtpengine 10.5 and its development version share.
    @Test(
        arguments: [
            ("h", "help"), ("v", "version"), ("L", "log-level"), ("E", "log-stderr"), ("p", "pidfile"),
            ("f", "foreground"), ("t", "table"), ("F", "no-fallback"), ("i", "interface"),
            ("S", "save-interface-ports"),
            ("k", "subscribe-keyspace"), ("l", "listen-tcp"), ("u", "listen-udp"), ("n", "listen-ng"),
            ("N", "listen-tcp-ng"), ("c", "listen-cli"), ("g", "graphite"), ("G", "graphite-interval"), ("T", "tos"),
            ("o", "timeout"), ("s", "silent-timeout"), ("a", "final-timeout"), ("m", "port-min"), ("M", "port-max"),
            ("r", "redis"), ("w", "redis-write"), ("q", "no-redis-required"), ("y", "redis-delete-async"),
            ("b", "b2b-url"), ("x", "xmlrpc-format"), ("d", "delete-delay"),
        ] as [(Character, String)])
    func lettersAreRTPengines(_ letter: Character, _ name: String) {
        #expect(OptionTable.option(lettered: letter)?.name == name)
    }

    @Test func helpHasEveryOption() {
        let lines = HelpText.options.split(separator: "\n")
        for option in OptionTable.all {
            #expect(
                lines.contains {
                    $0.contains("--\(option.name)=") || $0.contains("--\(option.name) ")
                        || $0.hasSuffix("--\(option.name)")
                })
        }
        #expect(lines.allSatisfy { $0.count <= 160 })
    }
}
