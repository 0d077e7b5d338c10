import CLinuxIO
import Glibc

/// CPU time that all processors of the machine have spent on anything, from /proc/stat.
package struct MachineLoad: Equatable, Sendable {
    /// Nanoseconds in which some processor was busy, was taken by the hypervisor, or served interrupts.
    package let busy: Int64

    /// Reads the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal, in clock ticks. (Guest
    /// time is contained in user and nice.)
    package init?(stat: some StringProtocol, ticksPerSecond: Int) {
        let fields = stat.prefix { $0 != "\n" }.split(separator: " ")
        guard fields.count >= 9, fields[0] == "cpu", ticksPerSecond > 0 else { return nil }
        let ticks = fields[1...8].map { Int64($0) ?? 0 }
        busy = (ticks.reduce(0, +) - ticks[3] - ticks[4]) * (1_000_000_000 / Int64(ticksPerSecond))
    }

    /// Sleeps until all processors together were busy for no more than `share` of one for half a second, or until
    /// `seconds` have passed.
    static func awaitCalm(share: Double, seconds: Double) {
        let end = batch_now() &+ UInt64(max(0, seconds) * 1e9)
        while batch_now() < end {
            guard let before = now() else { return }
            let start = batch_now()
            usleep(500_000)
            guard let after = now() else { return }
            if Double(after.busy - before.busy) <= share * Double(batch_now() &- start) { return }
        }
    }

    /// The load up to now; `nil` when the system does not tell.
    static func now() -> MachineLoad? {
        SystemFile.text("/proc/stat").flatMap { MachineLoad(stat: $0, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK))) }
    }
}
