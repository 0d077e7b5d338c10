internal import NIOCore
internal import NetTypes

extension TransportAddress {
    /// The address of a socket of one of the two IP families.
    ///
    /// `struct sockaddr_in` (ip(7)) and `struct sockaddr_in6` (ipv6(7)) are read by their layout: their members belong to
    /// a module of the event loops that is not for others to import.
    init?(_ socketAddress: SocketAddress) {
        let address = socketAddress.withSockAddr { pointer, length -> TransportAddress? in
            let bytes = UnsafeRawBufferPointer(start: pointer, count: length)
            switch socketAddress {
            case .v4:
                guard bytes.count >= 8 else { return nil }
                let bits = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
                let port = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
                return TransportAddress(IPAddress(ipv4: bits), port)
            case .v6:
                guard bytes.count >= 24 else { return nil }
                let high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
                let port = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
                return TransportAddress(IPAddress(ipv6High: high, low: low), port)
            case .unixDomainSocket:
                return nil
            }
        }
        guard let address else { return nil }
        self = address
    }

    /// The address as the event loops want it. It can be made of every address; that it throws is their signature.
    func socketAddress() throws -> SocketAddress {
        var packed = ByteBuffer()
        if address.family == .ipv4 {
            packed.writeInteger(UInt32(truncatingIfNeeded: address.low))
        } else {
            packed.writeMultipleIntegers(address.high, address.low)
        }
        return try SocketAddress(packedIPAddress: packed, port: Int(port))
    }
}
