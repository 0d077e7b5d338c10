internal import NetTypes

extension TransportAddress {
    /// The address as XOR-MAPPED-ADDRESS holds it, or back again (RFC 8489 §14.2): the port is XORed with the upper
    /// half of the cookie, the address with the cookie and, for IPv6, the transaction identifier.
    func xored(with transactionID: STUNTransactionID) -> TransportAddress {
        let port = port ^ UInt16(truncatingIfNeeded: STUNHeader.cookie >> 16)
        switch address.family {
        case .ipv4:
            let bits = UInt32(truncatingIfNeeded: address.low) ^ STUNHeader.cookie
            return TransportAddress(IPAddress(ipv4: bits), port)
        case .ipv6:
            let mask = UInt64(STUNHeader.cookie) << 32 | UInt64(transactionID.high)
            let address = IPAddress(ipv6High: address.high ^ mask, low: address.low ^ transactionID.low)
            return TransportAddress(address, port)
        }
    }
}
