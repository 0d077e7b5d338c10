extension IPAddress: CustomStringConvertible {
    /// Reads dotted-quad IPv4 or RFC 4291 §2.2 IPv6 text; `nil` for anything else (host names, brackets, scopes,
    /// leading zeros in IPv4).
    @inlinable
    public init?(_ text: some StringProtocol) {
        self.init(octets: Array(text.utf8)[...])
    }

    /// The same for the text's octets.
    public init?(octets bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty, bytes.count <= 45 else { return nil }
        if bytes.contains(UInt8(ascii: ":")) {
            guard let groups = IPAddress.parseIPv6(Array(bytes)) else { return nil }
            let high = groups[0..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
            let low = groups[4..<8].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
            self.init(ipv6High: high, low: low)
        } else {
            guard let bits = IPAddress.parseIPv4(bytes) else { return nil }
            self.init(ipv4: bits)
        }
    }

    private static func parseIPv4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        var bits: UInt32 = 0
        var (parts, value, digits) = (1, UInt32(0), 0)
        for byte in bytes {
            if byte == UInt8(ascii: ".") {
                guard digits > 0, value <= 255, parts < 4 else { return nil }
                bits = bits << 8 | value
                (parts, value, digits) = (parts + 1, 0, 0)
                continue
            }
            // At most three digits, and no zero before others.
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), digits < 3, digits == 0 || value > 0 else {
                return nil
            }
            value = value * 10 + UInt32(byte - UInt8(ascii: "0"))
            digits += 1
        }
        guard parts == 4, digits > 0, value <= 255 else { return nil }
        return bits << 8 | value
    }

    /// Eight groups, with at most one `::` filled in and an IPv4 tail allowed.
    private static func parseIPv6(_ bytes: [UInt8]) -> [UInt16]? {
        let colon = UInt8(ascii: ":")
        guard let gap = bytes.indices.dropLast().first(where: { bytes[$0] == colon && bytes[$0 + 1] == colon }) else {
            guard let groups = parseGroups(bytes[...]), groups.count == 8 else { return nil }
            return groups
        }
        guard let left = parseGroups(bytes[..<gap], allowsIPv4Tail: false),
            let right = parseGroups(bytes[(gap + 2)...]),
            left.count + right.count <= 7
        else { return nil }
        return left + [UInt16](repeating: 0, count: 8 - left.count - right.count) + right
    }

    private static func parseGroups(_ bytes: ArraySlice<UInt8>, allowsIPv4Tail: Bool = true) -> [UInt16]? {
        guard !bytes.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if allowsIPv4Tail, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let bits = parseIPv4(part) else { return nil }
                groups.append(UInt16(truncatingIfNeeded: bits >> 16))
                groups.append(UInt16(truncatingIfNeeded: bits))
            } else {
                guard (1...4).contains(part.count), part.first != UInt8(ascii: "+"),
                    let value = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
                else { return nil }
                groups.append(value)
            }
        }
        return groups.count <= 8 ? groups : nil
    }

    /// Dotted quad, or the canonical IPv6 text of RFC 5952.
    public var description: String {
        switch family {
        case .ipv4:
            // Octet by octet: addresses are written several times in every SDP.
            return String(unsafeUninitializedCapacity: 15) { text in
                var count = 0
                for shift in [UInt64(24), 16, 8, 0] {
                    let octet = UInt8(truncatingIfNeeded: low >> shift)
                    if shift < 24 { text.append(UInt8(ascii: "."), &count) }
                    if octet >= 100 { text.append(UInt8(ascii: "0") + octet / 100, &count) }
                    if octet >= 10 { text.append(UInt8(ascii: "0") + octet / 10 % 10, &count) }
                    text.append(UInt8(ascii: "0") + octet % 10, &count)
                }
                return count
            }
        case .ipv6:
            if high == 0, low >> 32 == 0xFFFF {
                return "::ffff:\(IPAddress(ipv4: UInt32(truncatingIfNeeded: low)))"
            }
            let groups = [high, low].flatMap { half in
                [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: half >> UInt64($0)) }
            }
            return IPAddress.compress(groups)
        }
    }

    /// RFC 5952 §4.2: the longest run of two or more zero groups, the first of equals, becomes `::`.
    private static func compress(_ groups: [UInt16]) -> String {
        var best = 0..<0
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start > max(best.count, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        func text(_ slice: ArraySlice<UInt16>) -> String {
            slice.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !best.isEmpty else { return text(groups[...]) }
        return text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
    }
}

extension IPAddress.Family {
    /// SDP's `addrtype` (RFC 8866 §9): `IP4` or `IP6`.
    public var sdpAddressType: String {
        switch self {
        case .ipv4: "IP4"
        case .ipv6: "IP6"
        }
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    fileprivate func append(_ octet: UInt8, _ count: inout Int) {
        self[count] = octet
        count += 1
    }
}
