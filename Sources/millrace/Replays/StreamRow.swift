import CallReports
import Forwarding
import NetTypes
import Quality
import Replay

/// A stream of RTP as a replay lists it.
struct StreamRow {
    /// The tag of who sends it; `nil` where nothing was signalled.
    var tag: String?
    var mediaType: String?
    var source: TransportAddress?
    var destination: TransportAddress
    var statistics: StreamStatistics
    /// Encoding, or the number of the payload type.
    var format: String
    /// In hundredths; `nil` for what cannot be rated.
    var opinionScoreHundredths: UInt16?

    /// Fewer packets are not rated.
    private static let fewestRated: UInt64 = 25

    /// The streams that the relay received in a call.
    static func all(of report: CallReport) -> [StreamRow] {
        report.parties.flatMap { party in
            party.sections.flatMap { section in
                section.ports.flatMap { port in
                    (port.counters?.ingress ?? []).map { stream in
                        let name = section.signalled.formats.first { $0.payloadType == stream.payloadType }?.name
                        return StreamRow(
                            tag: party.tag ?? "", mediaType: section.mediaType, source: port.counters?.endpoint,
                            destination: port.local, statistics: stream, encoding: name)
                    }
                }
            }
        }
    }

    /// A stream that belongs to no call.
    init(_ stream: RecordedStream) {
        self.init(
            tag: nil, mediaType: nil, source: stream.source, destination: stream.destination,
            statistics: stream.statistics, encoding: stream.encodingName)
        if stream.isDecrypted { format += " (clear)" }
    }

    private init(
        tag: String?, mediaType: String?, source: TransportAddress?, destination: TransportAddress,
        statistics: StreamStatistics, encoding: String?
    ) {
        self.tag = tag
        self.mediaType = mediaType
        self.source = source
        self.destination = destination
        self.statistics = statistics
        format = encoding ?? "PT \(statistics.payloadType)"
        guard statistics.packets >= Self.fewestRated, statistics.clockRate > 0, let encoding,
            let codec = CodecImpairment(encodingName: String(encoding.prefix { $0 != "/" }))
        else { return }
        opinionScoreHundredths = statistics.quality(codec).opinionScoreHundredths
    }

    var ssrc: String {
        let digits = String(statistics.ssrc, radix: 16, uppercase: true)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
