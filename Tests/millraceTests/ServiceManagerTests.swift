import Testing

@testable import millrace

@Suite struct ServiceManagerTests {
    @Test(arguments: [
        nil, "", "relative", "/nowhere/socket", "@", "@nobody-listens-here", "/" + String(repeating: "x", count: 200),
    ])
    func aManagerThatCannotBeReachedIsNotTold(_ name: String?) {
        #expect(!ServiceManager(socketName: name).notify("READY=1"))
    }
}
