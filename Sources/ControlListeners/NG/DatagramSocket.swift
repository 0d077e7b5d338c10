internal import Glibc
internal import NIOCore
internal import NetTypes
internal import Synchronization

/// A bound UDP socket that the event loop reads and that any thread may send through.
///
/// Sending is done here and not by the event loop because a reply must leave from the address the request came to
/// (ng-protocol §1.1), which for a socket on a wildcard address takes a control message that the event loop does not
/// offer. The socket is one file description with two descriptors, one for each side.
final class DatagramSocket: Sendable {
    /// Where a datagram came in.
    struct Arrival: Sendable {
        /// The address it was sent to.
        var address: IPAddress
        /// The interface, which a link-local address needs.
        var interface: Int32
    }

    /// The address and port that it got.
    let local: TransportAddress
    /// `nil` once closed.
    private let descriptor: Mutex<CInt?>

    private init(descriptor: CInt, local: TransportAddress) {
        self.descriptor = Mutex(descriptor)
        self.local = local
    }

    deinit {
        close()
    }

    /// Opens and binds; the second value is the descriptor for the event loop, which owns it from then on.
    static func bind(_ address: TransportAddress, tos: UInt8) throws(ControlListenerError) -> (DatagramSocket, CInt) {
        let family = address.address.family == .ipv4 ? AF_INET : AF_INET6
        let kind = CInt(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw .bind(address, errno: errno, operation: "socket") }
        do throws(ControlListenerError) {
            try configure(descriptor, address, tos: tos)
            let bound = try? address.socketAddress().withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) }
            guard bound == 0 else { throw ControlListenerError.bind(address, errno: errno, operation: "bind") }
            let forEventLoop = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            guard forEventLoop >= 0 else { throw ControlListenerError.bind(address, errno: errno, operation: "fcntl") }
            let local = TransportAddress(address.address, localPort(of: descriptor) ?? address.port)
            return (DatagramSocket(descriptor: descriptor, local: local), forEventLoop)
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    private static func configure(
        _ descriptor: CInt, _ address: TransportAddress, tos: UInt8
    ) throws(ControlListenerError) {
        func set(_ level: Int, _ option: CInt, _ value: CInt, _ name: String) throws(ControlListenerError) {
            var value = value
            let size = socklen_t(MemoryLayout<CInt>.size)
            guard setsockopt(descriptor, CInt(level), option, &value, size) == 0 else {
                throw .bind(address, errno: errno, operation: name)
            }
        }
        switch address.address.family {
        case .ipv4:
            try set(Int(IPPROTO_IP), IP_TOS, CInt(tos), "IP_TOS")
        case .ipv6:
            // The IPv4 wildcard address has a socket of its own.
            try set(Int(IPPROTO_IPV6), IPV6_V6ONLY, 1, "IPV6_V6ONLY")
            try set(Int(IPPROTO_IPV6), IPV6_TCLASS, CInt(tos), "IPV6_TCLASS")
        }
        // Room for a burst of requests and for replies of the largest size; the kernel cuts it to what it allows.
        try set(Int(SOL_SOCKET), SO_RCVBUF, 4 << 20, "SO_RCVBUF")
        try set(Int(SOL_SOCKET), SO_SNDBUF, 1 << 20, "SO_SNDBUF")
    }

    private static func localPort(of descriptor: CInt) -> UInt16? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getsockname(descriptor, address, &length) == 0 else { return nil }
                // The port has the same place in both families.
                return UInt16(bigEndian: UnsafeRawPointer(address).loadUnaligned(fromByteOffset: 2, as: UInt16.self))
            }
        }
    }

    /// Sends one datagram, from the address at which the request arrived if that is known. Returns 0 or an `errno`;
    /// never waits.
    func send(_ bytes: [UInt8], to client: SocketAddress, as arrival: Arrival?) -> CInt {
        descriptor.withLock { descriptor in
            guard let descriptor else { return EBADF }
            return client.withSockAddr { name, length in
                bytes.withUnsafeBytes { payload in
                    DatagramSocket.send(descriptor, payload, UnsafeRawPointer(name), length, arrival)
                }
            }
        }
    }

    private static func send(
        _ descriptor: CInt, _ payload: UnsafeRawBufferPointer, _ name: UnsafeRawPointer, _ nameLength: Int,
        _ arrival: Arrival?
    ) -> CInt {
        withUnsafeTemporaryAllocation(byteCount: PacketInfo.capacity, alignment: 16) { control in
            var part = iovec(iov_base: UnsafeMutableRawPointer(mutating: payload.baseAddress), iov_len: payload.count)
            return withUnsafeMutablePointer(to: &part) { part in
                var message = msghdr()
                message.msg_name = UnsafeMutableRawPointer(mutating: name)
                message.msg_namelen = socklen_t(nameLength)
                message.msg_iov = part
                message.msg_iovlen = 1
                if let arrival {
                    message.msg_controllen = PacketInfo.write(arrival, to: control)
                    message.msg_control = control.baseAddress
                }
                while sendmsg(descriptor, &message, CInt(MSG_DONTWAIT | MSG_NOSIGNAL)) < 0 {
                    guard errno == EINTR else { return errno }
                }
                return 0
            }
        }
    }

    /// Gives the descriptor back; later sends fail.
    func close() {
        descriptor.withLock { descriptor in
            if let open = descriptor { _ = Glibc.close(open) }
            descriptor = nil
        }
    }
}

/// The control message that picks a datagram's source address: `struct cmsghdr` and `struct in_pktinfo` (ip(7)) or
/// `struct in6_pktinfo` (RFC 3542 §6.2), laid out by hand because `CMSG_DATA` and its like are macros.
private enum PacketInfo {
    private static let headerSize = 16
    static let capacity = 64

    /// Writes the message and returns its length with padding.
    static func write(_ arrival: DatagramSocket.Arrival, to control: UnsafeMutableRawBufferPointer) -> Int {
        control.initializeMemory(as: UInt8.self, repeating: 0)
        switch arrival.address.family {
        case .ipv4:
            writeHeader(level: CInt(IPPROTO_IP), type: IP_PKTINFO, size: 12, to: control)
            // ipi_ifindex stays 0; ipi_spec_dst is the source address.
            let address = UInt32(truncatingIfNeeded: arrival.address.low).bigEndian
            control.storeBytes(of: address, toByteOffset: headerSize + 4, as: UInt32.self)
        case .ipv6:
            writeHeader(level: CInt(IPPROTO_IPV6), type: IPV6_PKTINFO, size: 20, to: control)
            control.storeBytes(of: arrival.address.high.bigEndian, toByteOffset: headerSize, as: UInt64.self)
            control.storeBytes(of: arrival.address.low.bigEndian, toByteOffset: headerSize + 8, as: UInt64.self)
            let interface = arrival.address.isLinkLocalIPv6 ? arrival.interface : 0
            control.storeBytes(of: interface, toByteOffset: headerSize + 16, as: Int32.self)
        }
        return arrival.address.family == .ipv4 ? 32 : 40
    }

    private static func writeHeader(level: CInt, type: CInt, size: Int, to control: UnsafeMutableRawBufferPointer) {
        control.storeBytes(of: headerSize + size, as: Int.self)
        control.storeBytes(of: level, toByteOffset: 8, as: CInt.self)
        control.storeBytes(of: type, toByteOffset: 12, as: CInt.self)
    }
}
