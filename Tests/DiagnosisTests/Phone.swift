import NetTypes
import Simulation
import TestSupport

/// A plain phone that does as it is told: what it sends, where from and where to.
final class Phone {
    /// What it says.
    enum Content {
        /// Octets as unevenly distributed as those of G.711.
        case speech
        /// Octets of encryption, and a tag of ten.
        case cipher
        /// The zero of G.711.
        case silence
        /// Comfort noise (RFC 3389).
        case noise
        /// These octets instead of RTP.
        case raw([UInt8])
    }

    /// What its reports say of what it hears.
    enum Reports {
        case none
        /// No blocks.
        case empty
        /// A block on what is heard, with this loss in 1/256.
        case full(UInt8)
        /// A block that stands still at the first packet.
        case stuck
    }

    let tag: String
    /// Where its packets come from.
    var source: TransportAddress
    /// Where it says that it is.
    var signalled: TransportAddress
    /// Where the relay receives.
    var target: TransportAddress?
    var reportTarget: TransportAddress?

    var payloadType: UInt8 = 8
    var ssrc: UInt32
    var interval: UInt64 = 20_000_000
    var samples: UInt32 = 160
    var size = 160
    var content = Content.speech
    var reports = Reports.none
    /// What sequence numbers go up by.
    var stride: UInt16 = 1
    /// Sends RTP.
    var talks = true
    /// Of so many packets one gets lost on the way; 0 for none.
    var losesOneOf = 0
    /// Talks for so long and is silent for as long, in nanoseconds; 0 for no pauses.
    var spurt: UInt64 = 0
    /// Packets of the same stream that went elsewhere before, which its reports count, too.
    var sentBefore: UInt32 = 0
    /// RTCP goes to the port for RTP.
    var muxes = false

    private(set) var heard = 0
    private var heardSSRC: UInt32?
    private var heardFirst: UInt16 = 0
    private var heardLast: UInt16 = 0
    private var sequence: UInt16 = 1000
    private var timestamp: UInt32 = 0
    private var sent: UInt32 = 0
    private var nextAt: UInt64 = 0
    private var nextReport: UInt64 = 0
    private var noise: UInt64 = 0x9E37_79B9_7F4A_7C15

    init(_ tag: String, at source: String, signalled: String? = nil) {
        self.tag = tag
        self.source = place(source)
        self.signalled = signalled.map(place) ?? place(source)
        ssrc = tag.utf8.reduce(0x1000) { $0 &* 31 &+ UInt32($1) }
    }

    /// Its description.
    func body(
        _ direction: String = "sendrecv", formats: String = "8 0", profile: String = "RTP/AVP", type: String = "audio",
        _ lines: [String] = []
    ) -> String {
        version += 1
        return Body(at: "\(signalled.address)").origin("\(tag) 1 \(version)")
            .section("\(type) \(signalled.port) \(profile) \(formats)", ["a=\(direction)"] + lines).text
    }

    private var version = 0

    /// Learns from the relay's description where to send.
    func take(_ reply: Reply, section index: Int = 0) {
        guard reply.sections.indices.contains(index), let address = IPAddress(reply.sections[index].address) else {
            return
        }
        let section = reply.sections[index]
        target = TransportAddress(address, section.port)
        muxes = section.isMuxed
        reportTarget = section.isMuxed ? target : TransportAddress(address, section.rtcpPort ?? section.port + 1)
    }

    /// Begins its numbers anew.
    func restart(ssrc: UInt32? = nil) {
        self.ssrc = ssrc ?? self.ssrc &+ 1
        sequence = 7
    }

    /// What it sends now, and where to.
    func due(_ now: UInt64) -> [(bytes: [UInt8], source: TransportAddress, target: TransportAddress)] {
        var packets: [(bytes: [UInt8], source: TransportAddress, target: TransportAddress)] = []
        if nextAt == 0 {
            nextAt = now
            nextReport = now + 1_000_000_000
        }
        while nextAt <= now {
            let isSilent = spurt > 0 && nextAt / spurt % 2 == 1
            if let target, talks, !isSilent { for packet in next() { packets.append((packet, source, target)) } }
            timestamp &+= samples
            nextAt += interval
        }
        if let reportTarget, nextReport <= now, let report = report() {
            let from = muxes ? source : TransportAddress(source.address, source.port + 1)
            packets.append((report, from, reportTarget))
        }
        if nextReport <= now { nextReport = now + 5_000_000_000 }
        return packets
    }

    private func next() -> [[UInt8]] {
        if case .raw(let bytes) = content { return [bytes] }
        sequence &+= stride
        sent &+= 1
        guard losesOneOf == 0 || Int(sequence) % losesOneOf != 0 else { return [] }
        return [packet()]
    }

    private func packet() -> [UInt8] {
        var type = payloadType
        var payload: [UInt8]
        switch content {
        case .speech: payload = (0..<size).map { UInt8(truncatingIfNeeded: 0xD5 ^ ($0 &* $0 &+ Int(sequence)) & 0x3F) }
        case .silence: payload = [UInt8](repeating: 0xD5, count: size)
        case .noise:
            payload = [70]
            type = 13
        case .cipher:
            payload = (0..<(size + 10)).map { _ in
                noise ^= noise << 13
                noise ^= noise >> 7
                noise ^= noise << 17
                return UInt8(truncatingIfNeeded: noise >> 24)
            }
        case .raw(let bytes): payload = bytes
        }
        return [0x80, type] + big(UInt32(sequence), 2) + big(timestamp, 4) + big(ssrc, 4) + payload
    }

    private func report() -> [UInt8]? {
        var block: [UInt8] = []
        switch reports {
        case .none: return nil
        case .empty: break
        case .full(let fraction): block = self.block(fraction, heardLast)
        case .stuck: block = self.block(0, heardFirst)
        }
        let count = UInt8(block.count / 24)
        return [0x80 | count, 200] + big(UInt32(6 + block.count / 4), 2) + big(ssrc, 4)
            + big(UInt32(0xE000_0000), 4) + big(UInt32(sequence), 4) + big(timestamp, 4)
            + big(sent &+ sentBefore, 4) + big((sent &+ sentBefore) &* 160, 4) + block
    }

    private func block(_ fraction: UInt8, _ highest: UInt16) -> [UInt8] {
        guard let heardSSRC else { return [] }
        return big(heardSSRC, 4) + [fraction] + big(UInt32(heard * Int(fraction) / 256), 3) + big(UInt32(highest), 4)
            + big(0, 4) + big(0, 4) + big(0, 4)
    }

    private func big(_ value: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (UInt32($0) * 8)) }
    }

    /// Takes in what the relay has sent.
    func hear(_ bytes: [UInt8]) {
        guard bytes.count >= 12, bytes[0] >> 6 == 2, !(192..<224).contains(bytes[1]) else { return }
        let number = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        let source = bytes[8..<12].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        if heardSSRC != source { heardFirst = number }
        heardSSRC = source
        heardLast = number
        heard += 1
    }
}

func place(_ text: String) -> TransportAddress {
    TransportAddress(text) ?? TransportAddress(.unspecified(.ipv4), 0)
}
