import CLinuxIO
import Glibc

extension IORing {
    /// Whether this process can use an ``IORing`` here, and why not.
    public enum Availability: Equatable, Sendable {
        /// It can. A file table is of use only where the kernel lets go of a removed file while older requests are
        /// still running (Linux 6.13); waits have a minimum since Linux 6.12.
        case available(fileTable: Bool, minimumWait: Bool)
        /// `kernel.io_uring_disabled` is 1 or 2.
        case disabledBySysctl(Int)
        /// A seccomp filter or security module refuses the system call, as container runtimes do by default.
        case notPermitted
        /// The kernel was built without io_uring, or a seccomp filter hides it.
        case notInKernel
        /// The kernel lacks a set-up flag or feature that is used here; Linux 6.1 has them all.
        case kernelTooOld(operation: String)
        /// The kernel does not know an opcode that is used here.
        case missingOperation(Int32)
        /// Any other failure, such as a lack of memory or descriptors.
        case failed(SystemError)

        /// Sorts a failure of the set-up.
        init(_ error: SystemError, disabled sysctl: Int?) {
            switch error.code {
            case ENOSYS: self = .notInKernel
            case EPERM, EACCES:
                if let sysctl, sysctl > 0 {
                    self = .disabledBySysctl(sysctl)
                } else {
                    self = .notPermitted
                }
            case EINVAL, EOPNOTSUPP: self = .kernelTooOld(operation: error.operation)
            default: self = .failed(error)
            }
        }
    }

    /// Tries everything that is used here on a small ring.
    public static func probe() -> Availability {
        do {
            var ring = try IORing(submissions: 8, completions: 16)
            try ring.makeBuffers(count: 8, payload: 64, initial: 0)
            var missing: Int32 = 0
            let known = lio_ring_knows_operations(ring.raw, &missing)
            try SystemError.check(known, "io_uring_register(PROBE)")
            guard known > 0 else { return .missingOperation(missing) }
            try ring.enable()
            return .available(fileTable: lio_ring_releases_files() > 0, minimumWait: ring.hasMinimumWait)
        } catch {
            let text = SystemLimits.readSmallFile("/proc/sys/kernel/io_uring_disabled")
            return Availability(error, disabled: text.flatMap { Int($0.prefix { $0.isNumber }) })
        }
    }
}

extension IORing.Availability: CustomStringConvertible {
    /// A phrase for the operator.
    public var description: String {
        switch self {
        case .available(true, _): "io_uring is available"
        case .available(false, true): "io_uring is available, without a file table (before Linux 6.13)"
        case .available(false, false):
            "io_uring is available, without a file table and gathering of packets (before Linux 6.12)"
        case .disabledBySysctl(let level): "kernel.io_uring_disabled is \(level)"
        case .notPermitted: "io_uring is not permitted here (seccomp filter or security module)"
        case .notInKernel: "the kernel has no io_uring, or a seccomp filter hides it"
        case .kernelTooOld(let operation): "the kernel is too old for \(operation) as used here (Linux 6.1 is needed)"
        case .missingOperation(let number): "the kernel does not know io_uring operation \(number)"
        case .failed(let error): error.description
        }
    }
}
