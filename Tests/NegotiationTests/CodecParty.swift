import Forwarding
import TestSupport

/// Descriptions and plans by codecs, for tests of conversions.
enum CodecParty {
    /// An audio section with `PT name/rate[/channels] [fmtp]` entries; a number alone is a static type.
    static func body(
        _ formats: [String], at address: String = "10.0.0.1", ptime: Int? = nil, _ lines: [String] = []
    ) -> Body {
        let entries = formats.map { $0.split(separator: " ", maxSplits: 2).map(String.init) }
        var attributes: [String] = []
        for entry in entries where entry.count > 1 {
            attributes.append("a=rtpmap:\(entry[0]) \(entry[1])")
            if entry.count > 2 { attributes.append("a=fmtp:\(entry[0]) \(entry[2])") }
        }
        if let ptime { attributes.append("a=ptime:\(ptime)") }
        return .audio(
            at: address, formats: entries.map { $0[0] }.joined(separator: " "), attributes + lines)
    }
}

extension TestRelay {
    /// What becomes of packets that arrive on a port: `96 opus/48000/2 > 8 PCMA/8000 20`, sorted.
    func conversions(into port: UInt16) -> [String] {
        (plane.plan(port: port)?.conversions ?? []).map(\.words).sorted()
    }
}

extension Conversion {
    /// `96 opus/48000/2 > 8 PCMA/8000 20`
    var words: String { "\(source.words) > \(target.words) \(packetMilliseconds)" }
}

extension CodedFormat {
    fileprivate var words: String {
        "\(payloadType) \(encoding)/\(clockRate)" + (channels > 1 ? "/\(channels)" : "")
            + (bitrate.map { "@\($0)" } ?? "")
    }
}
