import LoadGenerator
import Testing

struct MachineLoadTests {
    @Test func busyTimeLeavesIdleAndWaitingOut() {
        let load = MachineLoad(stat: "cpu  10 1 20 1000 500 2 3 4 99 99\ncpu0 1 1\n", ticksPerSecond: 100)
        #expect(load?.busy == 400_000_000)
    }

    @Test(arguments: ["", "cpu", "cpu 1 2 3\n", "cpu0 1 2 3 4 5 6 7 8\n"])
    func unreadable(stat: String) {
        #expect(MachineLoad(stat: stat, ticksPerSecond: 100) == nil)
    }
}
