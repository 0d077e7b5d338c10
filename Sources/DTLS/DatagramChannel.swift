internal import COpenSSL

/// What libssl reads from and writes to: a BIO of our own, in which one read or write is one datagram. A memory BIO
/// would run them together.
struct DatagramChannel: ~Copyable {
    /// More than the longest flight in the smallest datagrams; the rest counts as lost on the way.
    static let outboundLimit = 128

    struct State {
        /// The datagram that is being handled, until it is read.
        var inbound: UnsafeRawBufferPointer?
        var outbound: [[UInt8]] = []
        var maximumDatagramLength: Int
        /// Microseconds.
        var initialTimeout: UInt32
        /// Microseconds.
        var longestTimeout: UInt32
    }

    let state: UnsafeMutablePointer<State>
    let bio: OpaquePointer

    init(_ configuration: DTLSConfiguration) throws(DTLSError) {
        ERR_clear_error()
        guard let method = Self.method, let bio = BIO_new(method) else { throw .library(.draining()) }
        state = .allocate(capacity: 1)
        state.initialize(
            to: State(
                maximumDatagramLength: configuration.maximumDatagramLength,
                initialTimeout: Self.microseconds(configuration.initialTimeout),
                longestTimeout: Self.microseconds(configuration.longestTimeout)))
        self.bio = bio
        BIO_set_data(bio, state)
        BIO_set_init(bio, 1)
    }

    /// The SSL that has the BIO must be gone by then.
    deinit {
        BIO_free(bio)
        state.deinitialize(count: 1)
        state.deallocate()
    }

    private static func microseconds(_ duration: Duration) -> UInt32 {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, seconds < 3600 else { return 3_600_000_000 }
        return UInt32(seconds) * 1_000_000 + UInt32(max(0, attoseconds) / 1_000_000_000_000)
    }

    /// The channel behind a BIO.
    static func state(of bio: OpaquePointer?) -> UnsafeMutablePointer<State>? {
        BIO_get_data(bio)?.assumingMemoryBound(to: State.self)
    }

    /// How long to wait for the answer to a flight: libssl asks with 0 for a new one, and with the last wait when
    /// it was in vain.
    static func timeout(after last: UInt32, of ssl: OpaquePointer?) -> UInt32 {
        guard let state = state(of: SSL_get_rbio(ssl)) else { return 1_000_000 }
        guard last > 0 else { return state.pointee.initialTimeout }
        return min(last.multipliedReportingOverflow(by: 2).partialValue, state.pointee.longestTimeout)
    }

    /// One for the process, as type numbers of BIOs are scarce. Made once and only read.
    nonisolated(unsafe) private static let method: OpaquePointer? = makeMethod()

    private static func makeMethod() -> OpaquePointer? {
        let number = BIO_get_new_index()
        guard number > 0, let method = BIO_meth_new(number | BIO_TYPE_SOURCE_SINK, "datagrams") else { return nil }
        let isComplete =
            BIO_meth_set_read(method, { DatagramChannel.read($0, $1, $2) }) == 1
            && BIO_meth_set_write(method, { DatagramChannel.write($0, $1, $2) }) == 1
            && BIO_meth_set_ctrl(method, { bio, command, _, _ in DatagramChannel.control(bio, command) }) == 1
        return isComplete ? method : nil
    }

    private static func read(_ bio: OpaquePointer?, _ buffer: UnsafeMutablePointer<CChar>?, _ length: Int32) -> Int32 {
        let retry = BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY
        BIO_clear_flags(bio, retry)
        guard let state = state(of: bio), let buffer, length > 0, let datagram = state.pointee.inbound,
            let start = datagram.baseAddress
        else {
            BIO_set_flags(bio, retry)
            return -1
        }
        state.pointee.inbound = nil
        let count = min(datagram.count, Int(length))
        UnsafeMutableRawPointer(buffer).copyMemory(from: start, byteCount: count)
        return Int32(count)
    }

    private static func write(_ bio: OpaquePointer?, _ buffer: UnsafePointer<CChar>?, _ length: Int32) -> Int32 {
        guard let state = state(of: bio), let buffer, length > 0 else { return -1 }
        if state.pointee.outbound.count < outboundLimit {
            state.pointee.outbound.append(Array(UnsafeRawBufferPointer(start: buffer, count: Int(length))))
        }
        return length
    }

    private static func control(_ bio: OpaquePointer?, _ command: Int32) -> Int {
        switch command {
        case BIO_CTRL_FLUSH: 1
        case BIO_CTRL_DGRAM_QUERY_MTU, BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
            state(of: bio)?.pointee.maximumDatagramLength ?? 0
        // IPv4 and UDP; the shortest length that libssl takes is 256 octets less this.
        case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD: 28
        default: 0
        }
    }
}
