import CLinuxIO
import Glibc
package import NetTypes

/// What can be seen of a process from outside.
package struct ProcessProbe: Sendable {
    /// The process id.
    let process: Int32

    /// CPU time of all its threads in nanoseconds; `nil` when it has ended.
    var processorTime: Int64? {
        let time = batch_process_cpu_time(process)
        return time < 0 ? nil : time
    }

    /// Resident memory in bytes (`VmRSS`); `nil` when it has ended.
    var residentBytes: Int? {
        guard let status = SystemFile.text("/proc/\(process)/status") else { return nil }
        return ProcessProbe.residentBytes(status: status)
    }

    /// Open descriptors; `nil` when it has ended or may not be looked at.
    var descriptors: Int? { SystemFile.entryCount("/proc/\(process)/fd") }

    /// `VmRSS` out of the text of /proc/PID/status.
    package static func residentBytes(status: String) -> Int? {
        for line in status.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
                .map { $0 * 1024 }
        }
        return nil
    }

    /// UDP sockets bound to `address` with a port in `ports`, of any process; `nil` when the system does not tell.
    static func boundPorts(on address: IPAddress, in ports: ClosedRange<UInt16>) -> Int? {
        let path = address.family == .ipv4 ? "/proc/net/udp" : "/proc/net/udp6"
        return SystemFile.text(path).map { boundPorts(table: $0, on: address, in: ports) }
    }

    /// Counts the rows of a /proc/net/udp or udp6 table with that local address.
    package static func boundPorts(table: String, on address: IPAddress, in ports: ClosedRange<UInt16>) -> Int {
        let wanted = hexadecimal(address)
        return table.split(separator: "\n").dropFirst().reduce(0) { count, line in
            let fields = line.split(separator: " ", maxSplits: 2)
            guard fields.count > 1, let colon = fields[1].firstIndex(of: ":"), fields[1][..<colon] == wanted,
                let port = UInt16(fields[1][fields[1].index(after: colon)...], radix: 16), ports.contains(port)
            else { return count }
            return count + 1
        }
    }

    /// An address as /proc/net prints it: words of four octets, each as a number of the processor's byte order.
    private static func hexadecimal(_ address: IPAddress) -> String {
        let words: [UInt64] =
            address.family == .ipv4
            ? [address.low]
            : [address.high >> 32, address.high & 0xFFFF_FFFF, address.low >> 32, address.low & 0xFFFF_FFFF]
        return words.map { word in
            let text = String(UInt32(truncatingIfNeeded: word).bigEndian, radix: 16, uppercase: true)
            return String(repeating: "0", count: 8 - text.count) + text
        }.joined()
    }
}
