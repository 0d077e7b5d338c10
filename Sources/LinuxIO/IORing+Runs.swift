import CLinuxIO
import Glibc
public import NetTypes

/// Sends of a ring that carry several datagrams each, and the memory that the kernel reads them from.
struct SendRuns: ~Copyable {
    /// Runs between two submits. What does not fit leaves as single datagrams.
    static let capacity = 64

    let runs: UnsafeMutablePointer<lio_run>
    /// The tokens of the runs' first datagrams.
    let tokens: UnsafeMutablePointer<UInt64>
    /// Runs in use; their numbers are ``first`` and those that follow.
    var count = 0
    /// Number of the first one: no two runs have the same, so that late news of one is not taken for another's.
    var first: UInt64 = 0
    /// The send queued last, if a datagram may still be joined to it.
    var last: UnsafeMutablePointer<lio_sqe>?
    /// The run that the last send is, if it is one.
    var lastRun: UnsafeMutablePointer<lio_run>?

    init() {
        runs = .allocate(capacity: Self.capacity)
        tokens = .allocate(capacity: Self.capacity)
    }

    deinit {
        runs.deallocate()
        tokens.deallocate()
    }
}

/// Runs: datagrams of one size, the last one perhaps shorter, from one socket to one destination.
extension IORing {
    /// Joins a datagram to the send queued last, which must be of the same socket and to the same destination. False,
    /// without effect, when there is none any more, or when the run has no room for it.
    ///
    /// - Parameter token: the upper bits of the token with which the run completes, should it fail; the others are its
    ///   number.
    public mutating func join(_ bytes: UnsafeRawPointer, count: Int32, token: UInt64) -> Bool {
        guard let entry = sendRuns.last else { return false }
        let length = UInt32(truncatingIfNeeded: count)
        if let run = sendRuns.lastRun { return lio_run_add(run, bytes, length) != 0 }
        guard sendRuns.count < SendRuns.capacity, length > 0, length <= entry.pointee.length,
            entry.pointee.length + length <= UInt32(LIO_RUN_BYTES),
            let first = UnsafeRawPointer(bitPattern: UInt(entry.pointee.address)),
            let name = UnsafeRawPointer(bitPattern: UInt(entry.pointee.offset))
        else { return false }
        let run = sendRuns.runs + sendRuns.count
        lio_run_begin(run, first, entry.pointee.length, name, UInt32(entry.pointee.address_length))
        guard lio_run_add(run, bytes, length) != 0 else { return false }
        sendRuns.tokens[sendRuns.count] = entry.pointee.user_data
        entry.pointee.opcode = UInt8(LIO_OP_SENDMSG)
        entry.pointee.address = UInt64(UInt(bitPattern: run))
        entry.pointee.length = 1
        entry.pointee.offset = 0
        entry.pointee.address_length = 0
        entry.pointee.user_data = token | (sendRuns.first &+ UInt64(sendRuns.count))
        sendRuns.lastRun = run
        sendRuns.count &+= 1
        return true
    }

    /// Whether some runs have not been forgotten yet.
    public var hasRuns: Bool { sendRuns.count > 0 }

    /// How many datagrams the run of this number has, and the token that its first one was queued with; `nil` for one
    /// that was forgotten.
    public func run(_ number: UInt64) -> (count: Int, token: UInt64)? {
        let place = number &- sendRuns.first
        guard place < UInt64(sendRuns.count) else { return nil }
        return (Int(lio_run_count(sendRuns.runs + Int(place))), sendRuns.tokens[Int(place)])
    }

    /// Where a run goes.
    public func destination(ofRun number: UInt64) -> TransportAddress? {
        let place = number &- sendRuns.first
        guard place < UInt64(sendRuns.count) else { return nil }
        let message = sendRuns.runs[Int(place)].message
        return message.msg_name.flatMap { SocketAddress.read($0, length: message.msg_namelen) }
    }

    /// A datagram of a run; `index` is below its count.
    public func datagram(_ index: Int, ofRun number: UInt64) -> UnsafeRawBufferPointer {
        let place = number &- sendRuns.first
        precondition(place < UInt64(sendRuns.count), "no such run")
        let run = sendRuns.runs + Int(place)
        precondition(index >= 0 && index < Int(lio_run_count(run)), "no such datagram")
        return UnsafeRawBufferPointer(lio_run_part(run, UInt32(truncatingIfNeeded: index)))
    }

    /// Forgets all runs: they were sent, and what failed has been dealt with.
    public mutating func forgetRuns() {
        sendRuns.first &+= UInt64(sendRuns.count)
        sendRuns.count = 0
        sendRuns.last = nil
        sendRuns.lastRun = nil
    }
}

extension UnsafeRawBufferPointer {
    fileprivate init(_ part: iovec) {
        self.init(start: part.iov_base, count: part.iov_len)
    }
}
