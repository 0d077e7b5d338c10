import CallControl
import DaemonConfiguration
import Negotiation
import NetTypes
import Testing

@testable import millrace

@Suite struct SubsystemConfigurationTests {
    /// Media is not sent to where requests come in.
    @Test func ownListenersAreKnown() throws {
        let facts = SystemFacts(
            addresses: ["192.0.2.1", "10.0.0.5", "127.0.0.1"].compactMap { text in
                IPAddress(text).map { InterfaceAddress(interface: "eth0", address: $0) }
            }, resolve: { _ in [] }, readFile: { _ in .absent })
        let arguments = [
            "--interface=192.0.2.1!198.51.100.7", "--listen-ng=192.0.2.1:2223", "--listen-ng=2224",
            "--config-file=none",
        ]
        let configuration = try DaemonConfiguration(CommandLineArguments(arguments), facts: facts)
        let listeners = configuration.callControl.rules.ownListeners
        let places = [
            "192.0.2.1:2223", "198.51.100.7:2223", "192.0.2.1:2224", "198.51.100.7:2224", "127.0.0.3:2224",
            // An address that media does not use.
            "10.0.0.5:2224",
        ]
        for text in places {
            #expect(listeners.contains(try #require(TransportAddress(text))), "\(text)")
        }
        for text in ["192.0.2.1:2225", "203.0.113.1:2223", "127.0.0.1:2223"] {
            #expect(!listeners.contains(try #require(TransportAddress(text))), "\(text)")
        }
    }
}
