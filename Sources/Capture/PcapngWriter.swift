/// Writes a capture file with several interfaces and comments (draft-ietf-opsawg-pcapng), little-endian, with
/// nanoseconds. The blocks gather in ``bytes`` until they are taken away; each is complete by itself, so a reader may
/// follow while the file grows.
public struct PcapngWriter: Sendable {
    /// What was written and not taken yet: whole blocks.
    public private(set) var bytes: [UInt8] = []
    /// Interfaces described so far.
    public private(set) var interfaceCount = 0

    /// Which way a packet went, for `epb_flags`.
    public enum Direction: UInt32, Sendable {
        case unknown = 0
        case inbound = 1
        case outbound = 2
    }

    /// Longest text of an option, in octets.
    static let longestText = 65_535

    enum BlockType {
        static let section: UInt32 = 0x0A0D_0D0A
        static let interface: UInt32 = 1
        static let packet: UInt32 = 2
        static let simplePacket: UInt32 = 3
        static let statistics: UInt32 = 5
        static let enhancedPacket: UInt32 = 6
    }

    enum Option {
        static let end: UInt16 = 0
        static let comment: UInt16 = 1
        static let name: UInt16 = 2
        static let description: UInt16 = 3
        static let application: UInt16 = 4
        static let packetFlags: UInt16 = 2
        static let received: UInt16 = 4
        static let dropped: UInt16 = 5
        static let resolution: UInt16 = 9
        static let offset: UInt16 = 14
    }

    static let byteOrderMagic: UInt32 = 0x1A2B_3C4D

    /// Begins a section written by `application`.
    public init(application: String, comment: String? = nil) {
        block(BlockType.section) { body in
            body.appendLittle(Self.byteOrderMagic)
            body.appendLittle(UInt16(1))
            body.appendLittle(UInt16(0))
            // The length of the section is not known.
            body.appendLittle(UInt64.max)
            if let comment { Self.option(Option.comment, comment, to: &body) }
            Self.option(Option.application, application, to: &body)
            Self.endOptions(&body)
        }
    }

    /// Describes an interface whose frames are of `linkType`, and returns its number.
    public mutating func addInterface(name: String, description: String, linkType: LinkType = .raw) -> Int {
        block(BlockType.interface) { body in
            body.appendLittle(linkType.rawValue)
            body.appendLittle(UInt16(0))
            // No limit on the length of frames.
            body.appendLittle(UInt32(0))
            Self.option(Option.name, name, to: &body)
            Self.option(Option.description, description, to: &body)
            Self.option(Option.resolution, [9], to: &body)
            Self.endOptions(&body)
        }
        interfaceCount += 1
        return interfaceCount - 1
    }

    /// Adds a frame seen `nanoseconds` after the epoch on an interface described before.
    ///
    /// - Parameter originalCount: octets that it had on the wire; more than it has now when it was cut short.
    public mutating func addPacket(
        _ frame: [UInt8], originalCount: Int? = nil, interface: Int, nanoseconds: UInt64,
        direction: Direction = .unknown, comments: [String] = []
    ) {
        block(BlockType.enhancedPacket) { body in
            body.appendLittle(UInt32(truncatingIfNeeded: interface))
            body.appendLittle(UInt32(truncatingIfNeeded: nanoseconds >> 32))
            body.appendLittle(UInt32(truncatingIfNeeded: nanoseconds))
            body.appendLittle(UInt32(clamping: frame.count))
            body.appendLittle(UInt32(clamping: max(originalCount ?? 0, frame.count)))
            body += frame
            Self.pad(&body)
            for comment in comments { Self.option(Option.comment, comment, to: &body) }
            if direction != .unknown {
                var flags: [UInt8] = []
                flags.appendLittle(direction.rawValue)
                Self.option(Option.packetFlags, flags, to: &body)
            }
            if !comments.isEmpty || direction != .unknown { Self.endOptions(&body) }
        }
    }

    /// Adds what is known of an interface at `nanoseconds` after the epoch: packets seen, and those of them that were
    /// lost on their way to the file.
    public mutating func addStatistics(
        interface: Int, nanoseconds: UInt64, received: UInt64, dropped: UInt64, comment: String? = nil
    ) {
        block(BlockType.statistics) { body in
            body.appendLittle(UInt32(truncatingIfNeeded: interface))
            body.appendLittle(UInt32(truncatingIfNeeded: nanoseconds >> 32))
            body.appendLittle(UInt32(truncatingIfNeeded: nanoseconds))
            if let comment { Self.option(Option.comment, comment, to: &body) }
            for (code, value) in [(Option.received, received), (Option.dropped, dropped)] {
                var number: [UInt8] = []
                number.appendLittle(value)
                Self.option(code, number, to: &body)
            }
            Self.endOptions(&body)
        }
    }

    /// Hands out all blocks and begins with none.
    public mutating func take() -> [UInt8] {
        let taken = bytes
        bytes = []
        return taken
    }

    /// Appends a block around what `fill` writes.
    private mutating func block(_ type: UInt32, _ fill: (inout [UInt8]) -> Void) {
        let start = bytes.count
        bytes.appendLittle(type)
        bytes.appendLittle(UInt32(0))
        fill(&bytes)
        let length = UInt32(clamping: bytes.count - start + 4)
        for place in 0..<4 { bytes[start + 4 + place] = UInt8(truncatingIfNeeded: length >> UInt32(8 * place)) }
        bytes.appendLittle(length)
    }

    private static func option(_ code: UInt16, _ text: String, to body: inout [UInt8]) {
        var octets = Array(text.utf8.prefix(longestText))
        // Not in the middle of a character.
        if text.utf8.count > longestText {
            while let last = octets.last, last & 0xC0 == 0x80 { octets.removeLast() }
            octets.removeLast()
        }
        option(code, octets, to: &body)
    }

    private static func option(_ code: UInt16, _ value: [UInt8], to body: inout [UInt8]) {
        body.appendLittle(code)
        body.appendLittle(UInt16(value.count))
        body += value
        pad(&body, from: value.count)
    }

    private static func endOptions(_ body: inout [UInt8]) {
        body.appendLittle(UInt32(0))
    }

    /// All blocks and their parts are multiples of four octets.
    private static func pad(_ body: inout [UInt8]) { pad(&body, from: body.count) }

    private static func pad(_ body: inout [UInt8], from count: Int) {
        for _ in 0..<((4 - count % 4) % 4) { body.append(0) }
    }
}
