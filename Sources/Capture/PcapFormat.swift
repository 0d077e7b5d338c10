/// The classic capture file (draft-ietf-opsawg-pcap), in little-endian order with microseconds.
public enum PcapFormat {
    /// Octets of a frame that are kept at most, as the file header says.
    public static let snapLength = 65_535

    /// What a file of frames of one link type begins with.
    public static func header(_ linkType: LinkType) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittle(UInt32(0xA1B2_C3D4))
        bytes.appendLittle(UInt16(2))
        bytes.appendLittle(UInt16(4))
        bytes.appendLittle(UInt64(0))
        bytes.appendLittle(UInt32(snapLength))
        bytes.appendLittle(UInt32(linkType.rawValue))
        return bytes
    }

    /// Appends one frame, captured `nanoseconds` after the epoch.
    ///
    /// - Parameter originalCount: octets that it had on the wire; more than it has now when it was cut short.
    public static func append(
        _ frame: [UInt8], originalCount: Int? = nil, nanoseconds: UInt64, to bytes: inout [UInt8]
    ) {
        let kept = min(frame.count, snapLength)
        bytes.appendLittle(UInt32(truncatingIfNeeded: nanoseconds / 1_000_000_000))
        bytes.appendLittle(UInt32(nanoseconds % 1_000_000_000 / 1_000))
        bytes.appendLittle(UInt32(kept))
        bytes.appendLittle(UInt32(clamping: max(originalCount ?? 0, frame.count)))
        bytes += frame[..<kept]
    }
}
