import Forwarding
import NetTypes
import Testing

@testable import DaemonConfiguration

@Suite struct InterfaceTests {
    /// The table of some `--interface` options, as text: `name local!advertised#pool …`.
    private func table(_ interfaces: String..., machine: Machine = Machine()) throws -> InterfaceTable {
        let arguments = ["--listen-ng=2223"] + interfaces.map { "--interface=\($0)" }
        return try DaemonConfiguration(CommandLineArguments(arguments), facts: machine.facts).media.interfaces
    }

    private func text(_ table: InterfaceTable) -> [String] {
        table.interfaces.map { interface in
            interface.name + " "
                + interface.addresses.map { "\($0.address)!\($0.advertised)#\($0.pool.index)" }.joined(separator: " ")
        }
    }

    @Test(
        arguments: [
            (["192.0.2.1"], ["default 192.0.2.1!192.0.2.1#0"]),
            (["pub/192.0.2.1!203.0.113.9"], ["pub 192.0.2.1!203.0.113.9#0"]),
            ([" pub / 192.0.2.1 ! 203.0.113.9 "], ["pub 192.0.2.1!203.0.113.9#0"]),
            (["2001:db8::1"], ["default 2001:db8::1!2001:db8::1#0"]),
            (["a/[2001:db8::1]!2001:db8::2"], ["a 2001:db8::1!2001:db8::2#0"]),
            (
                ["a/10.0.0.1", "b/192.0.2.1", "a/2001:db8::1"],
                ["a 10.0.0.1!10.0.0.1#0 2001:db8::1!2001:db8::1#2", "b 192.0.2.1!192.0.2.1#1"]
            ),
            (["a/10.0.0.1", "b/10.0.0.1!203.0.113.9"], ["a 10.0.0.1!10.0.0.1#0", "b 10.0.0.1!203.0.113.9#0"]),
            (["10.0.0.1", "10.0.0.1"], ["default 10.0.0.1!10.0.0.1#0"]),
            (["eth0"], ["default 192.0.2.1!192.0.2.1#0 2001:db8::1!2001:db8::1#1"]),
            (["x/eth0!203.0.113.9"], ["x 192.0.2.1!203.0.113.9#0"]),
            (["lo"], ["default 127.0.0.1!127.0.0.1#0 ::1!::1#1"]),
            (
                ["any"],
                ["default 192.0.2.1!192.0.2.1#0 2001:db8::1!2001:db8::1#1 10.0.0.1!10.0.0.1#2"]
            ),
            (["relay.example"], ["default 192.0.2.9!192.0.2.9#0"]),
            (["10.0.0.1!relay.example"], ["default 10.0.0.1!192.0.2.9#0"]),
            (["127.0.0.2"], ["default 127.0.0.2!127.0.0.2#0"]),
        ])
    func reads(_ interfaces: [String], _ expected: [String]) throws {
        let arguments = ["--listen-ng=2223"] + interfaces.map { "--interface=\($0)" }
        let configuration = try DaemonConfiguration(CommandLineArguments(arguments), facts: Machine().facts)
        #expect(text(configuration.media.interfaces) == expected)
        #expect(
            configuration.media.interfaces.pools.count == Set(configuration.media.interfaces.pools.map(\.address)).count
        )
    }

    @Test(
        arguments: [
            ("", "is not [NAME/]ADDRESS[!ADVERTISED]", 2),
            ("/192.0.2.1", "is not [NAME/]ADDRESS[!ADVERTISED]", 2),
            ("a/", "is not [NAME/]ADDRESS[!ADVERTISED]", 2),
            ("192.0.2.1!", "is not [NAME/]ADDRESS[!ADVERTISED]", 2),
            ("=x", "is not ALIAS=NAME", 2),
            ("x=", "is not ALIAS=NAME", 2),
            ("x=nowhere", "there is no interface \"nowhere\"", 2),
            ("192.0.2.300", "is neither an address nor a name", 2),
            ("a/b/192.0.2.1", "is neither an address nor a name", 2),
            ("192.0.2.1:5000", "is neither an address nor a name", 2),
            ("0.0.0.0", "is not an address that media can be sent from", 2),
            ("::", "is not an address that media can be sent from", 2),
            ("224.0.0.1", "is not an address that media can be sent from", 2),
            ("192.0.2.1!2001:db8::9", "are not of one address family", 2),
            ("eth7", "is no network interface with an address and does not resolve", 255),
        ] as [(String, String, Int32)])
    func refuses(_ interface: String, _ reason: String, _ status: Int32) throws {
        let error = try #require(Machine().refusal(["--listen-ng=2223", "-i10.0.0.1", "--interface=\(interface)"]))
        #expect(error.description.contains(reason))
        #expect(error.exitStatus == status)
    }

    @Test func anyNeedsAnAddressBesideLoopback() throws {
        let machine = Machine(addresses: [("lo", "127.0.0.1"), ("eth0", "fe80::1")])
        let error = try #require(machine.refusal(["-n2223", "-iany"]))
        #expect(error.description == "--interface: any: this machine has only loopback and link-local addresses")
        #expect(error.exitStatus == 255)
    }

    @Test func aliasesAndGroupsAreFound() throws {
        let table = try table("pub:1/192.0.2.1", "pub:2/10.0.0.1", "priv/127.0.0.1", "out=pub", "in=priv", "one=pub:2")
        #expect(table.roundRobinGroups == ["pub": ["pub:1", "pub:2"]])
        #expect(table.aliases == ["out": "pub", "in": "priv", "one": "pub:2"])
        #expect(table.candidates(named: "pub").map(\.name) == ["pub:1", "pub:2"])
        #expect(table.candidates(named: "out").map(\.name) == ["pub:1", "pub:2"])
        #expect(table.candidates(named: "in").map(\.name) == ["priv"])
        #expect(table.candidates(named: "one").map(\.name) == ["pub:2"])
        #expect(table.candidates(named: "pub:1").map(\.name) == ["pub:1"])
        #expect(table.candidates(named: "nowhere").isEmpty)
        #expect(table.defaultCandidates.map(\.name) == ["pub:1", "pub:2"])
    }

    @Test func withoutAGroupTheFirstInterfaceIsTheDefault() throws {
        let table = try table("priv/10.0.0.1", "pub:1/192.0.2.1")
        #expect(table.defaultCandidates.map(\.name) == ["priv"])
    }

    @Test(arguments: [["a/10.0.0.1", "a=a"], ["a/10.0.0.1", "b=a", "b/192.0.2.1"]])
    func aNameCannotBeInterfaceAndAlias(_ interfaces: [String]) throws {
        let error = try #require(Machine().refusal(["-n2223"] + interfaces.map { "-i\($0)" }))
        #expect(error.description.contains("already and cannot be an"))
    }

    @Test func addressesThatTheMachineLacksAreDoubted() throws {
        let configuration = try Machine().configure("-n2223", "-i203.0.113.77")
        #expect(configuration.warnings == ["--interface: this machine has no address 203.0.113.77 at present"])
    }

    @Test func controlPortsAreNeverHandedOut() throws {
        let configuration = try Machine().configure(
            "-n30001", "-Nlocalhost:30005", "-n2223", "-i10.0.0.1", "-m30000", "-M30010")
        #expect(configuration.media.interfaces.pools.first?.excluded == [30001, 30005])
    }

    /// Chromium sends no connectivity check to port 10080.
    @Test func portsThatBrowsersRefuseAreNeverHandedOut() throws {
        let configuration = try Machine().configure("-n2223", "-i10.0.0.1", "-m10000", "-M20000")
        #expect(configuration.media.interfaces.pools.first?.excluded == [10080])
        let low = try Machine().configure("-n2223", "-i10.0.0.1", "-m5000", "-M6000")
        #expect(low.media.interfaces.pools.first?.excluded == [5060, 5061, 6000])
    }

    @Test func aPoolNeedsTwoPorts() throws {
        let error = try #require(Machine().refusal(["-n30001", "-i10.0.0.1", "-m30000", "-M30001"]))
        #expect(error.description == "ports of 10.0.0.1 30000-30001: fewer than two are left for media")
    }

    @Test func sectionsDefineInterfaces() throws {
        let file = """
            [rtpengine]
            listen-ng = 2223
            interface = legacy/127.0.0.1
            interfaces-config = rtp
            [rtp-pub]
            address = 192.0.2.1
            advertised address = 203.0.113.9
            port-min = 20000
            port-max = 20100
            exclude-ports = 20002; 20003 ;9
            [rtp-second]
            name = pub
            address = 2001:db8::1
            [rtp-out]
            alias = pub
            [rtp-shared]
            address = 192.0.2.1
            advertised = 203.0.113.10
            port-min = 20000
            port-max = 20100
            exclude-ports = 20050
            [other-x]
            address = nonsense
            [rtp]
            address = nonsense
            [rtp-]
            address = nonsense
            """
        let table = try Machine.configure(file: file).media.interfaces
        #expect(
            text(table) == [
                "legacy 127.0.0.1!127.0.0.1#0", "pub 192.0.2.1!203.0.113.9#1 2001:db8::1!2001:db8::1#2",
                "shared 192.0.2.1!203.0.113.10#1",
            ])
        #expect(table.aliases == ["out": "pub"])
        #expect(
            table.pools == [
                PortPoolConfiguration(address: "127.0.0.1", minimum: 30000, maximum: 39999),
                PortPoolConfiguration(
                    address: "192.0.2.1", minimum: 20000, maximum: 20100, excluded: [20002, 20003, 20050]),
                PortPoolConfiguration(address: "2001:db8::1", minimum: 30000, maximum: 39999),
            ])
    }

    @Test(
        arguments: [
            ("name = x", "/etc/rtpengine/rtpengine.conf: [rtp-a]: address is missing"),
            (
                "address = 10.0.0.1\nport-min = 0",
                "/etc/rtpengine/rtpengine.conf:6: port-min: \"0\" is not an integer from 1 to 65535"
            ),
            (
                "address = 10.0.0.1\nport-min = 40000",
                "/etc/rtpengine/rtpengine.conf: [rtp-a]: port-min 40000 is above port-max 39999"
            ),
            (
                "address = 10.0.0.1\nexclude-ports = 1;x",
                "/etc/rtpengine/rtpengine.conf:6: exclude-ports: \"x\" is not an integer from 1 to 65535"
            ),
        ])
    func refusesSections(_ keys: String, _ message: String) {
        let file = "[rtpengine]\nlisten-ng = 2223\ninterfaces-config = rtp\n[rtp-a]\n\(keys)\n"
        #expect(throws: ConfigurationError.usage(message)) { try Machine.configure(file: file) }
    }

    @Test func overlappingRangesAreDoubted() throws {
        let file = """
            [rtpengine]
            listen-ng = 2223
            interfaces-config = rtp
            [rtp-a]
            address = 10.0.0.1
            colour = red
            [rtp-b]
            address = 10.0.0.1
            port-min = 35000
            port-max = 45000
            """
        #expect(
            try Machine.configure(file: file).warnings == [
                "/etc/rtpengine/rtpengine.conf:6: unknown key \"colour\" ignored",
                "ports of 10.0.0.1 35000-45000 overlap with another range of the same address",
            ])
    }
}
