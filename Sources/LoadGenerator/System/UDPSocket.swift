import CLinuxIO
import Glibc
import NetTypes

/// A bound, non-blocking UDP socket that is closed with its owner.
struct UDPSocket: ~Copyable {
    let descriptor: Int32
    /// The address and port it is bound to.
    let local: TransportAddress

    /// Binds a socket; port 0 lets the kernel choose.
    init(bind local: TransportAddress, receiveBuffer: Int32 = 0) throws(LoadError) {
        var port: UInt16 = 0
        var address = batch_address(local)
        let result = batch_udp_socket(&address, receiveBuffer, &port)
        guard result >= 0 else { throw .system(call: "socket on \(local)", errno: -result) }
        descriptor = result
        self.local = TransportAddress(local.address, port)
    }

    deinit { close(descriptor) }

    /// Sends one datagram.
    func send(_ octets: [UInt8], to address: TransportAddress) throws(LoadError) {
        var target = batch_address(address)
        let result = batch_send(descriptor, octets, octets.count, 0, 1, &target)
        guard result == 1 else { throw .system(call: "sendto \(address)", errno: -result) }
    }

    /// Takes one datagram that has arrived, from `source` or anyone; `nil` when there is none.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> (length: Int, octets: UnsafeRawBufferPointer)? {
        var datagram = batch_datagram()
        guard batch_receive(descriptor, buffer.baseAddress, buffer.count, 1, &datagram, nil) == 1 else { return nil }
        let length = min(Int(datagram.length), buffer.count)
        return (length, UnsafeRawBufferPointer(rebasing: buffer[..<length]))
    }

    /// Sleeps until a datagram is there or `milliseconds` have passed.
    func wait(milliseconds: Int32) {
        var descriptors = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&descriptors, 1, max(0, milliseconds))
    }
}

extension batch_address {
    init(_ value: TransportAddress) {
        self.init()
        switch value.address.family {
        case .ipv4: batch_address_set_ipv4(&self, UInt32(truncatingIfNeeded: value.address.low), value.port)
        case .ipv6: batch_address_set_ipv6(&self, value.address.high, value.address.low, value.port)
        }
    }
}
