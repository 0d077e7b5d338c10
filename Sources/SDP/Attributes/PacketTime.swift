extension MediaDescription {
    /// The value of `a=ptime` (RFC 8866 §6.4) as written.
    public var packetTime: String? { attributeValue(named: "ptime") }

    /// The value of `a=maxptime` (RFC 8866 §6.5) as written.
    public var maximumPacketTime: String? { attributeValue(named: "maxptime") }

    /// `a=ptime` in whole milliseconds; `nil` when it is not a number.
    public var packetTimeMilliseconds: Int? { packetTime.flatMap(PacketTime.wholeMilliseconds) }

    /// `a=maxptime` in whole milliseconds; `nil` when it is not a number.
    public var maximumPacketTimeMilliseconds: Int? { maximumPacketTime.flatMap(PacketTime.wholeMilliseconds) }
}

private enum PacketTime {
    /// The digits before a decimal point.
    static func wholeMilliseconds(_ text: String) -> Int? {
        let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) ?? text.endIndex
        return DecimalText.value(text[..<point], as: UInt16.self).map { Int($0) }
    }
}
