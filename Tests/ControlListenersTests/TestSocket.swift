import Glibc
import NetTypes

/// A blocking client socket on loopback. A read that brings nothing for two minutes fails the
/// test instead of hanging it: tests that compute may keep the runtime's threads busy for long.
final class TestSocket {
    enum Kind {
        case datagram
        case stream
    }

    let descriptor: CInt

    init(_ kind: Kind, to address: TransportAddress) throws {
        let type = kind == .datagram ? SOCK_DGRAM : SOCK_STREAM
        descriptor = socket(address.address.family == .ipv4 ? AF_INET : AF_INET6, CInt(type.rawValue), 0)
        var timeout = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var size: CInt = 1 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<CInt>.size))
        // A connected datagram socket takes replies only from the address that it is connected to.
        let result = TestSocket.withAddress(address) { Glibc.connect(descriptor, $0, $1) }
        guard result == 0 else { throw Failure(operation: "connect", code: errno) }
    }

    deinit {
        close(descriptor)
    }

    struct Failure: Error {
        var operation: String
        var code: CInt
    }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        repeat {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            guard count >= 0 else { throw Failure(operation: "send", code: errno) }
            rest = rest.dropFirst(count)
        } while !rest.isEmpty
    }

    /// One datagram, or what one read of a stream brings; empty at its end.
    func receive() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 70_000)
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw Failure(operation: "recv", code: errno) }
        return Array(buffer.prefix(count))
    }

    /// So many bytes of a stream.
    func receive(count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let piece = try receive()
            guard !piece.isEmpty else { throw Failure(operation: "end of stream", code: 0) }
            bytes += piece
        }
        return bytes
    }

    func shutdownOutput() {
        shutdown(descriptor, CInt(SHUT_WR))
    }

    /// Receives a datagram and the TOS byte it came with.
    func receiveTOS() throws -> UInt8 {
        var byte: UInt8 = 0
        var control = [UInt8](repeating: 0, count: 64)
        return try control.withUnsafeMutableBytes { control in
            try withUnsafeMutablePointer(to: &byte) { byte in
                var part = iovec(iov_base: UnsafeMutableRawPointer(byte), iov_len: 1)
                return try withUnsafeMutablePointer(to: &part) { part in
                    var message = msghdr()
                    message.msg_iov = part
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    guard recvmsg(descriptor, &message, 0) >= 0 else {
                        throw Failure(operation: "recvmsg", code: errno)
                    }
                    return control[16]
                }
            }
        }
    }

    func enableTOS() {
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_IP), IP_RECVTOS, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    private static func withAddress(
        _ address: TransportAddress, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        func call<Address>(_ raw: inout Address) -> CInt {
            withUnsafePointer(to: &raw) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<Address>.size))
                }
            }
        }
        switch address.address.family {
        case .ipv4:
            var raw = sockaddr_in()
            raw.sin_family = sa_family_t(AF_INET)
            raw.sin_port = address.port.bigEndian
            raw.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.address.low).bigEndian
            return call(&raw)
        case .ipv6:
            var raw = sockaddr_in6()
            raw.sin6_family = sa_family_t(AF_INET6)
            raw.sin6_port = address.port.bigEndian
            withUnsafeMutableBytes(of: &raw.sin6_addr) { bytes in
                bytes.storeBytes(of: address.address.high.bigEndian, as: UInt64.self)
                bytes.storeBytes(of: address.address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return call(&raw)
        }
    }
}
