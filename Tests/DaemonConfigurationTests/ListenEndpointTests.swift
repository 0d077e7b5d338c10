import NetTypes
import Testing

@testable import DaemonConfiguration

@Suite struct ListenEndpointTests {
    @Test(
        arguments: [
            ("2223", ["0.0.0.0:2223", "[::]:2223"]),
            ("127.0.0.1:2223", ["127.0.0.1:2223"]),
            ("[::1]:2223", ["[::1]:2223"]),
            ("::1:2223", ["[::1]:2223"]),
            ("localhost:2223", ["[::1]:2223", "127.0.0.1:2223"]),
            ("relay.example:1", ["192.0.2.9:1"]),
            ("0.0.0.0:65535", ["0.0.0.0:65535"]),
        ])
    func reads(_ text: String, _ addresses: [String]) throws {
        let configuration = try Machine().configure("--interface=192.0.2.1", "--listen-ng=\(text)", "-N", text)
        let expected = ListenEndpoint(text: text, addresses: addresses.compactMap { TransportAddress($0) })
        #expect(configuration.control.ngUDP == [expected])
        #expect(configuration.control.ngTCP == [expected])
    }

    @Test(
        arguments: [
            ("0", "is not [HOST:]PORT with a port from 1 to 65535", 2),
            ("65536", "is not [HOST:]PORT with a port from 1 to 65535", 2),
            ("+5", "is not [HOST:]PORT with a port from 1 to 65535", 2),
            ("127.0.0.1", "is not [HOST:]PORT with a port from 1 to 65535", 2),
            ("127.0.0.1:", "is not [HOST:]PORT with a port from 1 to 65535", 2),
            ("host:name", "is not [HOST:]PORT with a port from 1 to 65535", 2),
            (":2223", "is neither an address nor a host name", 2),
            ("127.0.0:2223", "is neither an address nor a host name", 2),
            ("1.2.3.256:2223", "is neither an address nor a host name", 2),
            ("[::1:2223", "is neither an address nor a host name", 2),
            ("[127.0.0.1]:2223", "is neither an address nor a host name", 2),
            ("-x:2223", "is neither an address nor a host name", 2),
            ("nowhere.example:2223", "cannot resolve host name \"nowhere.example\"", 255),
        ] as [(String, String, Int32)])
    func refuses(_ text: String, _ reason: String, _ status: Int32) throws {
        let error = try #require(Machine().refusal(["--interface=192.0.2.1", "--listen-ng=\(text)"]))
        #expect(error.description.hasPrefix("--listen-ng: "))
        #expect(error.description.contains(reason))
        #expect(error.exitStatus == status)
    }

    @Test func theSamePlaceTwiceIsListenedToOnce() throws {
        let configuration = try Machine().configure("-i192.0.2.1", "-n", "127.0.0.1:5", "-n127.0.0.1:5", "-n6")
        #expect(configuration.control.ngUDP.map(\.text) == ["127.0.0.1:5", "6"])
    }
}
