import CLinuxIO

/// Limits that the system sets to this process.
public enum SystemLimits {
    /// Raises the soft limit of open descriptors to the hard limit, and returns it, at most 2^20.
    public static func raiseDescriptorLimit() throws(SystemError) -> Int {
        Int(try SystemError.check(lio_raise_descriptor_limit(), "getrlimit(RLIMIT_NOFILE)"))
    }

    /// The ports from which the kernel picks for sockets bound to none; `nil` when it does not say.
    public static func ephemeralPorts() -> ClosedRange<UInt16>? {
        parsePortRange(readSmallFile("/proc/sys/net/ipv4/ip_local_port_range"))
    }

    /// Two numbers with blanks around them.
    static func parsePortRange(_ text: String?) -> ClosedRange<UInt16>? {
        guard let numbers = text?.split(whereSeparator: \.isWhitespace), numbers.count == 2,
            let first = UInt16(numbers[0]), let last = UInt16(numbers[1]), first <= last
        else { return nil }
        return first...last
    }

    /// The first 256 bytes of a file; `nil` when it cannot be read.
    static func readSmallFile(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { bytes in
            let count = lio_read_file(path, bytes.baseAddress, bytes.count)
            guard count >= 0 else { return nil }
            return String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
        }
    }
}
