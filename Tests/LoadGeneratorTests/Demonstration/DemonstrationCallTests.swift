import LoadGenerator
import NetTypes
import Testing

struct DemonstrationCallTests {
    private func run(_ relay: FakeRelay) throws -> (report: DemonstrationReport, seconds: [DemonstrationSecond]) {
        defer { relay.stop() }
        var options = DemonstrationOptions(control: relay.address)
        options.endsAddress = .init(ipv4: 0x7F00_0001)
        options.duration = 1
        options.isCallerBrowser = false
        var seconds: [DemonstrationSecond] = []
        let report = try DemonstrationCall(options) { seconds.append($0) }.run()
        return (report, seconds)
    }

    @Test func aRelayThatRelaysIsGood() throws {
        let relay = FakeRelay(.relays)
        let (report, seconds) = try run(relay)
        #expect(report.isGood)
        #expect(report.callerToCallee.count.sent == 50)
        #expect(report.calleeToCaller.share > 0.97)
        #expect(seconds.map(\.number) == [1])
        #expect(relay.commands == ["offer", "answer", "delete"])
    }

    @Test func silenceIsBad() throws {
        let report = try run(FakeRelay(.isSilent)).report
        #expect(!report.isGood)
        #expect(report.callerToCallee.count.lost == 50)
        #expect(report.callerToCallee.share == 0)
    }

    @Test func theWrongToneIsBad() throws {
        let report = try run(FakeRelay(.echoes)).report
        #expect(!report.isGood)
        #expect(report.calleeToCaller.count.received == 50)
        #expect(report.calleeToCaller.share < 0.01)
    }

    @Test func lossIsBad() throws {
        let report = try run(FakeRelay(.losesEveryTenth)).report
        #expect(!report.isGood)
        #expect(report.callerToCallee.count.lost + report.calleeToCaller.count.lost == 10)
        #expect(report.text.hasSuffix("The call was NOT good.\n"))
    }

    @Test func aRefusedCallIsReported() throws {
        #expect(throws: LoadError.control(.refused(command: "offer", reason: "Ran out of ports"))) {
            _ = try run(FakeRelay(.refusesCalls))
        }
    }
}
