import Bencode
import DaemonConfiguration
import Glibc

/// Measures this process.
enum ProcessMeter {
    /// When the process began to measure itself, in seconds since the epoch.
    private static let start: Int64 = Int64(time(nil))

    /// CPU time, memory, descriptors and start, for the metrics of the process.
    static func measure() -> BencodeDictionary {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        let hundredths = (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 10_000
        let cpu = seconds * 100 + hundredths
        let rest = String(cpu % 100)
        var section: BencodeDictionary = [
            "cpu seconds": .text("\(cpu / 100).\(rest.count < 2 ? "0" : "")\(rest)"), "start seconds": .integer(start),
        ]
        if let bytes = residentBytes { section.append("resident bytes", .integer(bytes)) }
        if let count = descriptorCount { section.append("descriptors", .integer(count)) }
        return section
    }

    /// The second number of /proc/self/statm, in pages (proc(5)).
    private static var residentBytes: Int64? {
        guard case .bytes(let bytes) = readWholeFile("/proc/self/statm") else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard words.count > 1, let pages = Int64(words[1]) else { return nil }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static var descriptorCount: Int64? { knownDescriptors ?? countedDescriptors }

    /// Since Linux 6.2 the size of the directory, which takes no look at each of thousands of descriptors; `nil` before.
    static var knownDescriptors: Int64? {
        var status = stat()
        return stat("/proc/self/fd", &status) == 0 && status.st_size > 0 ? Int64(status.st_size) : nil
    }

    /// The same on any Linux.
    static var countedDescriptors: Int64? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count: Int64 = 0
        while readdir(directory) != nil { count += 1 }
        // Without `.`, `..`, and the descriptor of the directory itself.
        return count - 3
    }
}
