import Bencode
import Capture
import NetTypes

/// Writes captures as other programs make them.
struct CaptureBuilder {
    /// What stands in front of the IP header, and its link type.
    struct Link {
        var type: LinkType
        var header: [UInt8]

        static let raw = Link(type: .raw, header: [])
        static let all: [Link] = [
            .raw, Link(type: .ethernet, header: [UInt8](repeating: 2, count: 12) + [0x08, 0x00]),
            // 802.1Q
            Link(type: .ethernet, header: [UInt8](repeating: 2, count: 12) + [0x81, 0, 0, 5, 0x08, 0x00]),
            Link(type: .linuxCooked, header: [UInt8](repeating: 0, count: 14) + [0x08, 0x00]),
            Link(type: .linuxCooked2, header: [0x08, 0x00] + [UInt8](repeating: 0, count: 18)),
            Link(type: .null, header: [2, 0, 0, 0]),
        ]
    }

    static let proxy = TransportAddress(IPAddress(ipv4: 0x7F00_0001), 40_000)
    static let relay = TransportAddress(IPAddress(ipv4: 0x7F00_0001), 2223)

    var link = Link.raw
    /// Octets of a frame that are kept.
    var snapLength = Int.max
    private var writer = PcapngWriter(application: "a test")
    private var hasInterface = false
    /// The next cookie has the number behind this one.
    var cookies = 0

    init(_ link: Link = .raw) { self.link = link }

    var bytes: [UInt8] { writer.bytes }

    /// A UDP datagram at `nanoseconds` since the epoch.
    mutating func add(
        _ payload: [UInt8], from source: TransportAddress, to destination: TransportAddress, at nanoseconds: UInt64
    ) {
        if !hasInterface { _ = writer.addInterface(name: "any", description: "", linkType: link.type) }
        hasInterface = true
        let frame = link.header + DatagramFrame.make(from: source, to: destination, payload: payload).bytes
        writer.addPacket(
            Array(frame.prefix(snapLength)), originalCount: frame.count, interface: 0, nanoseconds: nanoseconds)
    }

    /// What ICMP says of a datagram to a port on which nobody listens.
    mutating func addRefusal(
        of payload: [UInt8], from source: TransportAddress, to destination: TransportAddress, at nanoseconds: UInt64
    ) {
        let quoted = DatagramFrame.make(from: source, to: destination, payload: payload).bytes.prefix(28)
        var frame = DatagramFrame.make(from: destination, to: source, payload: [UInt8](quoted)).bytes
        // ICMP in place of UDP: destination unreachable, port unreachable.
        frame[9] = 1
        frame.replaceSubrange(20..<28, with: [3, 3, 0, 0, 0, 0, 0, 0])
        writer.addPacket(link.header + frame, interface: 0, nanoseconds: nanoseconds)
    }

    /// A frame of something else.
    mutating func addOther(at nanoseconds: UInt64) {
        writer.addPacket(link.header + [0x45, 0, 0, 20], interface: 0, nanoseconds: nanoseconds)
    }

    /// The first fragment of a packet of which no other was captured.
    mutating func addFragment(at nanoseconds: UInt64) {
        var frame = DatagramFrame.make(from: Self.proxy, to: Self.relay, payload: [UInt8](repeating: 0, count: 64))
            .bytes
        frame[6] = 0x20
        writer.addPacket(link.header + frame, interface: 0, nanoseconds: nanoseconds)
    }

    /// A request and its reply, a millisecond later.
    mutating func add(_ request: BencodeDictionary, _ reply: BencodeDictionary, at nanoseconds: UInt64) {
        cookies += 1
        for (dictionary, from, to, time) in [
            (request, Self.proxy, Self.relay, nanoseconds), (reply, Self.relay, Self.proxy, nanoseconds + 1_000_000),
        ] {
            var message = Array("cookie\(cookies) ".utf8)
            dictionary.encode(into: &message)
            let length = snapLength
            snapLength = .max
            add(message, from: from, to: to, at: time)
            snapLength = length
        }
    }

    /// The packet of this number of a stream of µ-law.
    static func rtp(_ number: Int, ssrc: UInt32) -> [UInt8] {
        var bytes: [UInt8] = [0x80, 0, UInt8(number >> 8 & 255), UInt8(number & 255)]
        for word in [UInt32(number) * 160, ssrc] {
            for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        return bytes + (0..<160).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ number) }
    }
}
