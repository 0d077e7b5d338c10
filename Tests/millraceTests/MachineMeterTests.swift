import Bencode
import Glibc
import Testing

@testable import millrace

@Suite struct MachineMeterTests {
    @Test(arguments: [("0.25 0.10 0.05 1/200 4321\n", 0.25), ("12.5", 12.5)])
    func readsTheLoadAverage(_ text: String, _ load: Double) {
        #expect(MachineMeter.load(text) == load)
    }

    @Test(arguments: ["", "x y", " "])
    func aStrangeLoadAverageIsNone(_ text: String) {
        #expect(MachineMeter.load(text) == nil)
    }

    @Test func readsTheTicksOfAllProcessors() {
        let text = "cpu  10 20 30 400 50 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n"
        #expect(MachineMeter.ticks(text) == MachineMeter.Ticks(busy: 81, total: 531))
    }

    @Test(arguments: ["", "cpu", "cpu 1 2 3", "intr 1 2 3 4 5 6"])
    func strangeTicksAreNone(_ text: String) {
        #expect(MachineMeter.ticks(text) == nil)
    }

    @Test(
        arguments: [
            ((0, 0), (50, 100), 50), ((10, 100), (10, 200), 0), ((10, 100), (110, 200), 100), ((10, 100), (10, 100), 0),
            ((10, 100), (5, 200), 0),
        ] as [((UInt64, UInt64), (UInt64, UInt64), Double)])
    func percentIsTheBusyShare(_ earlier: (UInt64, UInt64), _ later: (UInt64, UInt64), _ percent: Double) {
        let earlier = MachineMeter.Ticks(busy: earlier.0, total: earlier.1)
        let later = MachineMeter.Ticks(busy: later.0, total: later.1)
        #expect(MachineMeter.percent(from: earlier, to: later) == percent)
    }

    private static let kernelKnowsDescriptors = ProcessMeter.knownDescriptors != nil

    /// The kernel's number of descriptors is what one gets by counting. Other tests open and close a few meanwhile, but not
    /// hundreds.
    @Test(.enabled(if: kernelKnowsDescriptors))
    func descriptorsAreCountedEitherWay() throws {
        let opened = (0..<400).map { _ in dup(2) }
        defer { for descriptor in opened { close(descriptor) } }
        #expect(opened.allSatisfy { $0 >= 0 })
        let (known, counted) = (
            try #require(ProcessMeter.knownDescriptors), try #require(ProcessMeter.countedDescriptors)
        )
        #expect(known >= 400 && counted >= 400 && abs(known - counted) < 100)
        #expect(ProcessMeter.measure().first("descriptors")?.integer.map { $0 >= 400 } == true)
    }
}
