/// How calls sounded, as far as the relay can tell.
extension MetricCatalogue {
    /// Measures of which sums, sums of squares and numbers of samples are kept.
    static let sampled: [(name: String, unit: MetricUnit, meaning: String)] = [
        ("mos", .mos, "mean opinion score"), ("jitter", .milliseconds, "interarrival jitter that peers reported"),
        ("rtt_e2e", .microseconds, "round-trip time between the ends"),
        ("rtt_dsct", .microseconds, "round-trip time to the next hop"),
        ("packetloss", .percent, "loss that peers reported"),
        ("jitter_measured", .milliseconds, "interarrival jitter measured by the relay"),
    ]

    static let quality: [MetricDeclaration] =
        sampled.flatMap { measure in
            let section = measure.name == "mos" ? "mos" : "voip_metrics"
            return [("total", "Sum"), ("2_total", "Sum of squares"), ("samples_total", "Number")].map { suffix, what in
                let separator = suffix.hasPrefix("2") ? "" : "_"
                let unit: MetricUnit? = suffix == "total" ? measure.unit : nil
                return MetricDeclaration(
                    "rtpengine_\(measure.name)\(separator)\(suffix)", .counter, in: unit,
                    "\(what) of the samples of \(measure.meaning)",
                    .values([.init(section, measure.name + separator + suffix)]))
            }
        } + [
            counted("packets_lost", "Packets lost on the way to the relay"),
            counted("rtp_duplicates", "RTP packets received twice"),
            counted("rtp_skips", "Jumps in RTP sequence numbers"),
            counted("rtp_seq_resets", "New beginnings of RTP sequence numbers"),
            counted("rtp_reordered", "RTP packets received behind a later one"),
            .init(
                "millrace_stream_mos", .histogram, in: .mos,
                "Mean opinion score of sections on their way to the relay, at the end of their call",
                .histogram),
            .init(
                "millrace_stream_loss_ratio", .histogram, in: .ratio,
                "Share of lost packets of received streams at the end of their call", .histogram),
            .init(
                "millrace_stream_jitter_seconds", .histogram, in: .seconds,
                "Interarrival jitter of received streams at the end of their call", .histogram),
        ]

    private static func counted(_ key: String, _ help: String) -> MetricDeclaration {
        .init("rtpengine_\(key)", .counter, in: .packets, help, .values([.init("voip_metrics", key)]))
    }
}
