import CLinuxIO
import Glibc
public import NetTypes

/// Receiving and sending single datagrams without waiting, for loops that keep their memory themselves.
public enum DatagramIO {
    /// Receives one datagram from the socket `number` into `buffer`, and its source into the ``SocketAddress/size``
    /// bytes at `name`.
    ///
    /// - Returns: The datagram's whole length, above the buffer's size when it was cut, or a negative `errno`;
    ///   `EAGAIN` when nothing waits. `nameLength` is set to the length of the source address.
    public static func receive(
        from number: Int32, into buffer: UnsafeMutableRawBufferPointer, name: UnsafeMutableRawPointer,
        nameLength: inout UInt32
    ) -> Int {
        lio_udp_receive(number, buffer.baseAddress, buffer.count, name, &nameLength)
    }

    /// Sends one datagram from the socket `number`; `name` is ``SocketAddress/size`` bytes of working memory.
    ///
    /// - Returns: The number of bytes sent or a negative `errno`.
    public static func send(
        from number: Int32, bytes: UnsafeRawPointer, count: Int32, to destination: TransportAddress,
        name: UnsafeMutableRawPointer
    ) -> Int {
        let length = SocketAddress.write(destination, to: name)
        return lio_udp_send(number, bytes, Int(max(0, count)), name, length)
    }

    /// Whether a transmission may have failed with `error` because of an earlier datagram: then it is to be repeated.
    ///
    /// A full socket buffer or queue, too little memory and a packet filter concern the datagram itself, and would stop it
    /// again.
    public static func mayBeAboutAnother(_ error: Int32) -> Bool {
        switch error {
        case EAGAIN, ENOBUFS, ENOMEM, EPERM: false
        default: true
        }
    }

    /// What ICMP said of a datagram.
    public struct NetworkError: BitwiseCopyable {
        /// The `errno` that it comes to: `ECONNREFUSED` for "port unreachable".
        public var code: Int32
        /// Where the datagram went; `nil` for an address of another family.
        public var destination: TransportAddress?
    }

    /// Takes the oldest message that the kernel keeps for the socket `number`; `nil` when there is none. `name` is
    /// ``SocketAddress/size`` bytes of working memory.
    public static func nextError(from number: Int32, name: UnsafeMutableRawPointer) -> NetworkError? {
        var code: Int32 = 0
        let length = lio_udp_next_error(number, name, &code)
        guard length >= 0 else { return nil }
        return NetworkError(code: code, destination: SocketAddress.read(name, length: UInt32(length)))
    }

    /// Throws away what waits on the sockets `first` and `second`: datagrams, and what ICMP has said. Where nothing waits
    /// that takes one system call.
    ///
    /// - Parameter limit: of what is thrown away of each socket. The usual one is more than the kernel keeps, whose memory
    ///   for a socket is limited; a flood must not keep us here.
    /// - Returns: Whether something waited.
    @discardableResult
    public static func discard(from first: Int32, and second: Int32? = nil, limit: Int32 = 4096) -> Bool {
        let numbers = (first, second ?? -1)
        return withUnsafeBytes(of: numbers) { bytes in
            lio_udp_discard(
                bytes.baseAddress?.assumingMemoryBound(to: Int32.self), second == nil ? 1 : 2, limit) > 0
        }
    }
}
