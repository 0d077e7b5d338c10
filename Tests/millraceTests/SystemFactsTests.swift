import DaemonConfiguration
import NetTypes
import Testing

@testable import millrace

@Suite struct SystemFactsTests {
    private let facts = SystemFacts.ofThisMachine()

    @Test func loopbackIsFound() throws {
        let loopback = try #require(facts.addresses.first { $0.address == IPAddress("127.0.0.1") })
        #expect(loopback.interface == "lo")
    }

    @Test func localhostResolvesToLoopback() {
        let addresses = facts.resolve("localhost")
        #expect(!addresses.isEmpty && addresses.allSatisfy(\.isLoopback))
    }

    @Test func numericNamesResolveToThemselves() {
        #expect(facts.resolve("2001:db8::1:2") == [IPAddress("2001:db8::1:2")])
        #expect(facts.resolve("192.0.2.7") == [IPAddress("192.0.2.7")])
    }

    @Test func namesThatCannotExistResolveToNothing() {
        #expect(facts.resolve("no-such-host.invalid").isEmpty)
    }

    @Test func filesAreReadWhole() {
        guard case .bytes(let bytes) = facts.readFile("/proc/self/stat") else {
            Issue.record("cannot read a file that is there")
            return
        }
        #expect(bytes.last == UInt8(ascii: "\n"))
        #expect(facts.readFile("/nowhere/file") == .absent)
        #expect(facts.readFile("/") == .unreadable("Is a directory"))
    }
}
