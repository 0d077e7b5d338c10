import CLinuxIO
import Glibc
public import NetTypes

/// A bound UDP socket.
///
/// One of family IPv6 takes no IPv4. What it sends never carries DF: media larger than a hop's MTU gets fragmented
/// rather than lost.
public struct UDPSocket: ~Copyable {
    private let descriptor: FileDescriptor
    /// The family of the local address.
    public let family: IPAddress.Family

    /// Binds `address`; port 0 lets the kernel choose.
    public init(bindingTo address: TransportAddress) throws(SystemError) {
        let family = address.address.family
        let descriptor = FileDescriptor(
            takingOwnershipOf: try SystemError.check(lio_udp_open(family.version), "socket"))
        let number = descriptor.number
        let result = withUnsafeTemporaryAllocation(byteCount: SocketAddress.size, alignment: 8) { memory -> Int32 in
            guard let start = memory.baseAddress else { return -ENOMEM }
            return lio_udp_bind(number, start, SocketAddress.write(address, to: start))
        }
        try SystemError.check(result, "bind")
        self.family = family
        self.descriptor = descriptor
    }

    /// The descriptor's number; valid as long as this value lives.
    public var number: Int32 { descriptor.number }

    /// Gives the descriptor away, unclosed.
    public consuming func release() -> Int32 {
        descriptor.release()
    }

    /// The address the socket is bound to.
    public func localAddress() throws(SystemError) -> TransportAddress {
        var address: TransportAddress?
        let result = withUnsafeTemporaryAllocation(byteCount: SocketAddress.size, alignment: 8) { memory -> Int32 in
            guard let start = memory.baseAddress else { return -ENOMEM }
            let length = lio_udp_local_address(number, start)
            if length > 0 { address = SocketAddress.read(start, length: UInt32(length)) }
            return length
        }
        try SystemError.check(result, "getsockname")
        guard let address else { throw SystemError(code: EAFNOSUPPORT, operation: "getsockname") }
        return address
    }

    /// Sets the TOS or traffic class byte of everything the socket sends.
    public func setTOS(_ tos: UInt8) throws(SystemError) {
        try UDPSocket.setTOS(tos, of: number, family: family)
    }

    /// Sets the TOS or traffic class byte of everything that the socket `number` sends.
    public static func setTOS(_ tos: UInt8, of number: Int32, family: IPAddress.Family) throws(SystemError) {
        try SystemError.check(lio_udp_set_tos(number, family.version, tos), "setsockopt(IP_TOS)")
    }

    /// The TOS or traffic class byte of everything the socket sends.
    public func tos() throws(SystemError) -> UInt8 {
        UInt8(truncatingIfNeeded: try SystemError.check(lio_udp_tos(number, family.version), "getsockopt(IP_TOS)"))
    }

    /// Has the kernel keep what ICMP says of datagrams that the socket has sent, for ``DatagramIO/nextError(from:name:)``,
    /// or not.
    ///
    /// While it does, each message makes one later call on the socket fail without effect, a receipt or a transmission:
    /// the call is to be repeated. Turning it off forgets what was kept.
    public func setErrorReports(_ isOn: Bool) throws(SystemError) {
        try UDPSocket.setErrorReports(isOn, of: number, family: family)
    }

    /// The same for the socket `number`.
    public static func setErrorReports(
        _ isOn: Bool, of number: Int32, family: IPAddress.Family
    ) throws(SystemError) {
        try SystemError.check(lio_udp_report_errors(number, family.version, isOn ? 1 : 0), "setsockopt(IP_RECVERR)")
    }

    /// Asks for `bytes` of kernel memory for waiting packets. The kernel silently clamps it to `net.core.rmem_max`.
    public func setReceiveBuffer(bytes: Int) throws(SystemError) {
        let clamped = Int32(clamping: bytes)
        try SystemError.check(lio_udp_set_receive_buffer(number, clamped), "setsockopt(SO_RCVBUF)")
    }
}
