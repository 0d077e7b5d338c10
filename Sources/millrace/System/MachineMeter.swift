import CallControl
import DaemonConfiguration

/// Measures how busy the machine is, from the kernel's files in /proc.
struct MachineMeter {
    /// Clock ticks of all processors since the start of the machine.
    struct Ticks: Equatable {
        var busy: UInt64
        var total: UInt64
    }

    private var last: Ticks?

    /// The load average, and the use of the processors since the last call; 0 for what cannot be read.
    mutating func measure() -> MachineLoad {
        let load = Self.text("/proc/loadavg").flatMap(Self.load) ?? 0
        let ticks = Self.text("/proc/stat").flatMap(Self.ticks)
        defer { last = ticks }
        guard let ticks, let last else { return MachineLoad(load: load, cpuPercent: 0) }
        return MachineLoad(load: load, cpuPercent: Self.percent(from: last, to: ticks))
    }

    /// The average of the last minute in the text of /proc/loadavg.
    static func load(_ text: String) -> Double? { text.split(separator: " ").first.flatMap { Double($0) } }

    /// The sums in the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal (proc(5)).
    static func ticks(_ text: String) -> Ticks? {
        guard let line = text.split(separator: "\n").first else { return nil }
        let words = line.split(separator: " ")
        let numbers = words.dropFirst().prefix(8).compactMap { UInt64($0) }
        guard words.first == "cpu", numbers.count >= 5 else { return nil }
        let total = numbers.reduce(0, &+)
        return Ticks(busy: total &- numbers[3] &- numbers[4], total: total)
    }

    /// The busy share of the ticks between two readings, 0…100.
    static func percent(from earlier: Ticks, to later: Ticks) -> Double {
        guard later.total > earlier.total, later.busy >= earlier.busy else { return 0 }
        return min(100, Double(later.busy - earlier.busy) / Double(later.total - earlier.total) * 100)
    }

    private static func text(_ file: String) -> String? {
        guard case .bytes(let bytes) = readWholeFile(file) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
