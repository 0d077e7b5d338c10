package import NetTypes
import Testing

@testable import DaemonConfiguration

/// A machine with a few addresses, names and files.
struct Machine {
    var files: [String: String] = [:]
    var names: [String: [String]] = ["localhost": ["::1", "127.0.0.1"], "relay.example": ["192.0.2.9"]]
    var addresses: [(String, String)] = [
        ("lo", "127.0.0.1"), ("lo", "::1"), ("eth0", "192.0.2.1"), ("eth0", "2001:db8::1"), ("eth0", "fe80::1"),
        ("eth1", "10.0.0.1"),
    ]

    var facts: SystemFacts {
        let (names, files) = (names, files)
        return SystemFacts(
            addresses: addresses.compactMap { name, text in
                IPAddress(text).map { InterfaceAddress(interface: name, address: $0) }
            },
            resolve: { name in (names[name] ?? []).compactMap { IPAddress($0) } },
            readFile: { name in files[name].map { .bytes(Array($0.utf8)) } ?? .absent })
    }

    /// The configuration of a command line on this machine.
    func configure(_ arguments: String...) throws -> DaemonConfiguration {
        try DaemonConfiguration(CommandLineArguments(arguments), facts: facts)
    }

    /// The configuration of a file on this machine.
    static func configure(file: String, _ arguments: String...) throws -> DaemonConfiguration {
        let machine = Machine(files: ["/etc/rtpengine/rtpengine.conf": file])
        return try DaemonConfiguration(CommandLineArguments(arguments), facts: machine.facts)
    }

    /// The one line that explains why a command line is refused.
    func refusal(_ arguments: [String]) -> ConfigurationError? {
        do throws(ConfigurationError) {
            _ = try DaemonConfiguration(CommandLineArguments(arguments), facts: facts)
            return nil
        } catch {
            return error
        }
    }
}

extension IPAddress: ExpressibleByStringLiteral {
    /// An address known to be right; a wrong one becomes 255.255.255.255 and fails its test.
    package init(stringLiteral text: String) { self = IPAddress(text) ?? IPAddress(ipv4: .max) }
}
