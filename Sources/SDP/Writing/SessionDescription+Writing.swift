extension SessionDescription {
    /// The description as text: all lines in their order, each ended with CRLF. Equal to what was parsed, but for line
    /// ends and the spacing of `m=` lines.
    public func serialized() -> [UInt8] {
        let lineCount = media.reduce(lines.count) { $0 + $1.lines.count + 1 }
        var writer = SDPWriter(reservingCapacity: lineCount * 40)
        writer.append(lines)
        for section in media { writer.append(section) }
        return writer.bytes
    }
}
