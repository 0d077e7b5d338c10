import CallReports
import Forwarding
import Synchronization
import Telemetry

/// How streams fared, over all calls that ended. Fed once per call, never per packet.
final class QualityDistributions: Sendable {
    private struct State {
        var mos = Histogram(bounds: HistogramBounds.mos)
        var loss = Histogram(bounds: HistogramBounds.loss)
        var jitter = Histogram(bounds: HistogramBounds.jitter)
    }

    private let state = Mutex(State())

    /// By name of the metric.
    var histograms: [String: Histogram] {
        let state = state.withLock { $0 }
        return [
            "millrace_stream_mos": state.mos, "millrace_stream_loss_ratio": state.loss,
            "millrace_stream_jitter_seconds": state.jitter,
        ]
    }

    /// Takes the streams of a call that ends into account. Of a section's streams, which are judged together, the mean
    /// opinion score counts once.
    func note(_ report: CallReport) {
        guard report.hasStreams else { return }
        let sections = report.parties.flatMap(\.sections)
        let scores = sections.compactMap { $0.measuredQuality?.meanOpinionScore }
        let streams = sections.flatMap(\.ports).compactMap(\.counters).flatMap(\.ingress)
        state.withLock { state in
            for score in scores { state.mos.observe(score) }
            for stream in streams where stream.packets > 0 {
                state.loss.observe(stream.lossPercent / 100)
                if let seconds = stream.jitterSeconds { state.jitter.observe(seconds) }
            }
        }
    }
}

extension CallReport {
    /// Some port has received a stream. By places and not by elements, which are too large to be copied for this.
    fileprivate var hasStreams: Bool {
        parties.indices.contains { party in
            parties[party].sections.indices.contains { section in
                let ports = parties[party].sections[section].ports
                return ports.indices.contains { ports[$0].counters?.ingress.isEmpty == false }
            }
        }
    }
}
