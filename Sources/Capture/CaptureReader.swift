/// Reads capture files of both formats, either byte order, microseconds or nanoseconds (draft-ietf-opsawg-pcap,
/// draft-ietf-opsawg-pcapng). Blocks that are not packets are passed over.
public struct CaptureReader: Sendable {
    /// Octets of a block at most: what is longer is no packet of ours or of a network.
    public static let longestBlock = 1 << 24
    /// Interfaces of a section at most.
    static let mostInterfaces = 4096

    /// The file ends in the middle of a packet, as one does whose writer was stopped. What was whole has been read.
    public private(set) var isTruncated = false
    /// The program that wrote the present section, if it says so.
    public private(set) var application: String?

    private enum Format {
        case pcap(nanosecondUnits: UInt64, LinkType)
        case pcapng
    }

    struct Interface: Sendable {
        var linkType: LinkType
        var snapLength: UInt32
        var name: String?
        var resolution = TimeResolution()
    }

    private let bytes: [UInt8]
    private var offset: Int
    private var order = ByteOrder.little
    private var format: Format
    private var interfaces: [Interface] = []

    /// A reader at the beginning of the file `bytes`.
    public init(_ bytes: [UInt8]) throws(CaptureError) {
        self.bytes = bytes
        guard bytes.count >= 24 else { throw .unknownFormat }
        let magic = ByteOrder.little.uint32(bytes, at: 0)
        if magic == PcapngWriter.BlockType.section {
            format = .pcapng
            offset = 0
            return
        }
        let unit: UInt64
        switch magic {
        case 0xA1B2_C3D4: (order, unit) = (.little, 1_000)
        case 0xD4C3_B2A1: (order, unit) = (.big, 1_000)
        case 0xA1B2_3C4D: (order, unit) = (.little, 1)
        case 0x4D3C_B2A1: (order, unit) = (.big, 1)
        default: throw .unknownFormat
        }
        let (major, minor) = (order.uint16(bytes, at: 4), order.uint16(bytes, at: 6))
        guard major == 2 else { throw .unsupportedVersion(major: major, minor: minor) }
        // The upper half says how long the check sum of frames is.
        let linkType = LinkType(rawValue: UInt16(truncatingIfNeeded: order.uint32(bytes, at: 20)))
        format = .pcap(nanosecondUnits: unit, linkType)
        offset = 24
    }

    /// The next frame; `nil` at the end of the file.
    public mutating func next() throws(CaptureError) -> CaptureRecord? {
        switch format {
        case .pcap(let unit, let linkType): return try nextPcap(unit, linkType)
        case .pcapng:
            while offset < bytes.count {
                guard let block = try nextBlock() else { return nil }
                if let record = try record(of: block) { return record }
            }
            return nil
        }
    }

    private mutating func nextPcap(_ unit: UInt64, _ linkType: LinkType) throws(CaptureError) -> CaptureRecord? {
        guard offset < bytes.count else { return nil }
        guard bytes.count - offset >= 16 else { return endEarly() }
        let count = Int(order.uint32(bytes, at: offset + 8))
        guard count <= Self.longestBlock else { throw .malformed(offset: offset) }
        guard bytes.count - offset - 16 >= count else { return endEarly() }
        let seconds = UInt64(order.uint32(bytes, at: offset)) * 1_000_000_000
        let fraction = UInt64(order.uint32(bytes, at: offset + 4)) * unit
        let original = Int(order.uint32(bytes, at: offset + 12))
        let frame = Array(bytes[(offset + 16)..<(offset + 16 + count)])
        offset += 16 + count
        return CaptureRecord(
            nanoseconds: seconds + fraction, interface: 0, interfaceName: nil, linkType: linkType, frame: frame,
            originalCount: max(original, count), comments: [])
    }

    private mutating func endEarly() -> CaptureRecord? {
        isTruncated = true
        offset = bytes.count
        return nil
    }

    // MARK: - Blocks

    private struct Block {
        var type: UInt32
        /// What stands between the two lengths.
        var body: Range<Int>
    }

    /// The next block of the file; `nil` when the file ends before it does.
    private mutating func nextBlock() throws(CaptureError) -> Block? {
        let start = offset
        guard bytes.count - start >= 12 else {
            _ = endEarly()
            return nil
        }
        // Reads the same in either order.
        if ByteOrder.little.uint32(bytes, at: start) == PcapngWriter.BlockType.section {
            switch ByteOrder.little.uint32(bytes, at: start + 8) {
            case PcapngWriter.byteOrderMagic: order = .little
            case PcapngWriter.byteOrderMagic.byteSwapped: order = .big
            default: throw .malformed(offset: start)
            }
            interfaces = []
        }
        let length = Int(order.uint32(bytes, at: start + 4))
        guard length >= 12, length % 4 == 0, length <= Self.longestBlock else { throw .malformed(offset: start) }
        guard bytes.count - start >= length else {
            _ = endEarly()
            return nil
        }
        guard Int(order.uint32(bytes, at: start + length - 4)) == length else { throw .malformed(offset: start) }
        offset = start + length
        return Block(type: order.uint32(bytes, at: start), body: (start + 8)..<(start + length - 4))
    }

    private mutating func record(of block: Block) throws(CaptureError) -> CaptureRecord? {
        switch block.type {
        case PcapngWriter.BlockType.section:
            try beginSection(block.body)
        case PcapngWriter.BlockType.interface:
            try addInterface(block.body)
        case PcapngWriter.BlockType.enhancedPacket:
            return try packet(block.body, interface: { Int(order.uint32(bytes, at: $0)) })
        case PcapngWriter.BlockType.packet:
            // The obsolete block has 16 bits of interface, and a count of drops behind them.
            return try packet(block.body, interface: { Int(order.uint16(bytes, at: $0)) })
        case PcapngWriter.BlockType.simplePacket:
            return try simplePacket(block.body)
        default: break
        }
        return nil
    }

    private mutating func beginSection(_ body: Range<Int>) throws(CaptureError) {
        guard body.count >= 16 else { throw .malformed(offset: body.lowerBound) }
        let (major, minor) = (
            order.uint16(bytes, at: body.lowerBound + 4), order.uint16(bytes, at: body.lowerBound + 6)
        )
        guard major == 1 else { throw .unsupportedVersion(major: major, minor: minor) }
        application = options((body.lowerBound + 16)..<body.upperBound)
            .first { $0.code == PcapngWriter.Option.application }
            .map { String(decoding: bytes[$0.value], as: UTF8.self) }
    }

    private mutating func addInterface(_ body: Range<Int>) throws(CaptureError) {
        guard body.count >= 8, interfaces.count < Self.mostInterfaces else {
            throw .malformed(offset: body.lowerBound)
        }
        var interface = Interface(
            linkType: LinkType(rawValue: order.uint16(bytes, at: body.lowerBound)),
            snapLength: order.uint32(bytes, at: body.lowerBound + 4))
        for (code, value) in options((body.lowerBound + 8)..<body.upperBound) {
            switch (code, value.count) {
            case (PcapngWriter.Option.name, _): interface.name = String(decoding: bytes[value], as: UTF8.self)
            case (PcapngWriter.Option.resolution, 1): interface.resolution.code = bytes[value.lowerBound]
            case (PcapngWriter.Option.offset, 8):
                interface.resolution.offsetSeconds = Int64(bitPattern: order.uint64(bytes, at: value.lowerBound))
            default: break
            }
        }
        interfaces.append(interface)
    }

    private func packet(_ body: Range<Int>, interface number: (Int) -> Int) throws(CaptureError) -> CaptureRecord {
        let start = body.lowerBound
        guard body.count >= 20 else { throw .malformed(offset: start) }
        let index = number(start)
        guard interfaces.indices.contains(index) else { throw .unknownInterface(offset: start) }
        let count = Int(order.uint32(bytes, at: start + 12))
        guard count <= body.count - 20 else { throw .malformed(offset: start) }
        let ticks = UInt64(order.uint32(bytes, at: start + 4)) << 32 | UInt64(order.uint32(bytes, at: start + 8))
        let padded = (count + 3) & ~3
        let comments = options(min(start + 20 + padded, body.upperBound)..<body.upperBound)
            .filter { $0.code == PcapngWriter.Option.comment }
            .map { String(decoding: bytes[$0.value], as: UTF8.self) }
        return CaptureRecord(
            nanoseconds: interfaces[index].resolution.nanoseconds(ticks), interface: index,
            interfaceName: interfaces[index].name, linkType: interfaces[index].linkType,
            frame: Array(bytes[(start + 20)..<(start + 20 + count)]),
            originalCount: max(Int(order.uint32(bytes, at: start + 16)), count), comments: comments)
    }

    private func simplePacket(_ body: Range<Int>) throws(CaptureError) -> CaptureRecord {
        guard body.count >= 4 else { throw .malformed(offset: body.lowerBound) }
        guard let interface = interfaces.first else { throw .unknownInterface(offset: body.lowerBound) }
        let original = Int(order.uint32(bytes, at: body.lowerBound))
        let limit = interface.snapLength == 0 ? Int.max : Int(interface.snapLength)
        let count = min(original, limit, body.count - 4)
        return CaptureRecord(
            nanoseconds: 0, interface: 0, interfaceName: interface.name, linkType: interface.linkType,
            frame: Array(bytes[(body.lowerBound + 4)..<(body.lowerBound + 4 + count)]),
            originalCount: original, comments: [])
    }

    /// The options in `range`, up to the first one that does not fit.
    private func options(_ range: Range<Int>) -> [(code: UInt16, value: Range<Int>)] {
        var found: [(code: UInt16, value: Range<Int>)] = []
        var place = range.lowerBound
        while range.upperBound - place >= 4 {
            let (code, count) = (order.uint16(bytes, at: place), Int(order.uint16(bytes, at: place + 2)))
            guard code != PcapngWriter.Option.end, range.upperBound - place - 4 >= count else { break }
            found.append((code, (place + 4)..<(place + 4 + count)))
            place = min(place + 4 + (count + 3) & ~3, range.upperBound)
        }
        return found
    }
}
