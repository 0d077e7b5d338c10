import CLinuxIO
public import NetTypes

extension IORing {
    /// A file as requests name it: a place in the ring's table, or a descriptor.
    public struct File: BitwiseCopyable {
        let number: Int32
        let flags: UInt8

        /// The file at `index` of the table.
        public static func registered(_ index: UInt32) -> File {
            File(number: Int32(truncatingIfNeeded: index), flags: UInt8(LIO_SQE_FIXED_FILE))
        }

        /// An open descriptor.
        public static func descriptor(_ number: Int32) -> File {
            File(number: number, flags: 0)
        }
    }

    /// Queues the receipt of all datagrams from now on, each a completion with a provided buffer
    /// (``datagram(of:)``). A completion without ``Completion/hasMore`` ends it: after an error, after an empty
    /// datagram, or with `ENOBUFS` when the buffers ran out.
    ///
    /// All functions that queue return false, without effect, when the submission queue is full.
    public mutating func receive(from file: File, token: UInt64) -> Bool {
        guard let entry = lio_ring_next(raw) else { return false }
        entry.pointee.opcode = UInt8(LIO_OP_RECVMSG)
        entry.pointee.flags = file.flags | UInt8(LIO_SQE_BUFFER_SELECT)
        entry.pointee.ioprio = UInt16(LIO_RECEIVE_MULTISHOT)
        entry.pointee.fd = file.number
        entry.pointee.address = UInt64(UInt(bitPattern: receiveHeader))
        entry.pointee.length = 1
        entry.pointee.buffer_group = ReceiveBuffers.group
        entry.pointee.user_data = token
        return true
    }

    /// Queues a datagram. It is sent by the next submit without waiting; only a failure has a completion.
    /// The bytes must stay as they are until then.
    public mutating func send(
        _ bytes: UnsafeRawPointer, count: Int32, from file: File, to destination: TransportAddress, token: UInt64
    ) -> Bool {
        guard let entry = lio_ring_next(raw) else { return false }
        let name = names + Int(lio_ring_index(raw, entry)) &* SocketAddress.size
        entry.pointee.opcode = UInt8(LIO_OP_SEND)
        entry.pointee.flags = file.flags | UInt8(LIO_SQE_SKIP_SUCCESS)
        entry.pointee.fd = file.number
        entry.pointee.address = UInt64(UInt(bitPattern: bytes))
        entry.pointee.length = UInt32(truncatingIfNeeded: count)
        entry.pointee.op_flags = UInt32(LIO_SEND_FLAGS)
        entry.pointee.offset = UInt64(UInt(bitPattern: name))
        entry.pointee.address_length = UInt16(truncatingIfNeeded: SocketAddress.write(destination, to: name))
        entry.pointee.user_data = token
        sendRuns.last = entry
        sendRuns.lastRun = nil
        return true
    }

    /// A datagram that the kernel has refused to send.
    public struct RefusedDatagram: BitwiseCopyable {
        fileprivate let entry: lio_sqe

        /// Number of bytes.
        public var count: Int32 { Int32(truncatingIfNeeded: entry.length) }

        /// Sends it once more from the socket `number`, without the ring.
        ///
        /// - Returns: The number of bytes sent or a negative `errno`.
        public func sendAgain(from number: Int32) -> Int {
            lio_udp_send_again(
                number, entry.address, Int(entry.length), entry.offset, UInt32(entry.address_length))
        }
    }

    /// The place in the queue that the next request gets: a name for it that no other request of its submission has.
    public var nextPlace: UInt16 { UInt16(truncatingIfNeeded: lio_ring_next_place(raw)) }

    /// The datagram of the last submission that was queued at `place` as `token`; `nil` when there is none.
    /// Valid until something is queued, and as long as the datagram's bytes stay as they are.
    public func refusedDatagram(_ token: UInt64, at place: UInt16) -> RefusedDatagram? {
        lio_ring_submitted_send(raw, UInt32(place), token).map { RefusedDatagram(entry: $0.pointee) }
    }

    /// Queues the reading of an ``EventFD``'s 8 bytes to `memory`, which must live until the completion.
    public mutating func read(_ number: Int32, into memory: UnsafeMutablePointer<UInt64>, token: UInt64) -> Bool {
        guard let entry = lio_ring_next(raw) else { return false }
        entry.pointee.opcode = UInt8(LIO_OP_READ)
        entry.pointee.fd = number
        entry.pointee.address = UInt64(UInt(bitPattern: memory))
        entry.pointee.length = 8
        entry.pointee.offset = UInt64.max
        entry.pointee.user_data = token
        return true
    }

    /// Queues the end of the request named `target`, which then completes with `ECANCELED`; only a failure of this
    /// has a completion of its own.
    public mutating func cancel(_ target: UInt64, token: UInt64) -> Bool {
        guard let entry = lio_ring_next(raw) else { return false }
        entry.pointee.opcode = UInt8(LIO_OP_ASYNC_CANCEL)
        entry.pointee.flags = UInt8(LIO_SQE_SKIP_SUCCESS)
        entry.pointee.fd = -1
        entry.pointee.address = target
        entry.pointee.user_data = token
        return true
    }
}
