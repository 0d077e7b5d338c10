import CLinuxIO
public import NetTypes

/// Datagrams of one size, the last one perhaps shorter, that leave one socket for one destination in a single system call
/// (`UDP_SEGMENT`), for loops that keep the datagrams' memory themselves.
public struct DatagramRun: ~Copyable {
    /// Most datagrams in a run.
    public static let limit = Int(LIO_RUN_LIMIT)

    private let run: UnsafeMutablePointer<lio_run>
    private let name: UnsafeMutableRawPointer

    /// Memory for one run, without datagrams.
    public init() {
        run = .allocate(capacity: 1)
        run.initialize(to: lio_run())
        name = .allocate(byteCount: SocketAddress.size, alignment: 16)
    }

    deinit {
        run.deallocate()
        name.deallocate()
    }

    /// How many datagrams the run has.
    public var count: Int { Int(lio_run_count(run)) }

    /// Begins anew with a datagram whose bytes stay where they are until the run was sent.
    public mutating func begin(_ bytes: UnsafeRawPointer, count: Int32, to destination: TransportAddress) {
        let length = SocketAddress.write(destination, to: name)
        lio_run_begin(run, bytes, UInt32(truncatingIfNeeded: max(0, count)), name, length)
    }

    /// Adds a datagram; false when there is no room for it or its size does not fit.
    public mutating func add(_ bytes: UnsafeRawPointer, count: Int32) -> Bool {
        lio_run_add(run, bytes, UInt32(truncatingIfNeeded: max(0, count))) != 0
    }

    /// Sends all or none of the datagrams from the socket `number`, without waiting. A negative `errno` when none.
    public func send(from number: Int32) -> Int {
        Int(lio_run_send(number, run))
    }

    /// Whether an `errno` of a run says that the socket's datagrams have to leave one by one, provided that it is not a
    /// message's about an earlier datagram (``DatagramIO/nextError(from:name:)``).
    public static func isRefused(_ error: Int32) -> Bool { lio_run_is_refused(error) != 0 }
}
