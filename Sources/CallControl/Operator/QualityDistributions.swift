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

    /// Takes the streams of a call that ends into account.
    func note(_ report: CallReport) {
        let streams = report.counters.values.flatMap(\.ingress)
        guard !streams.isEmpty else { return }
        state.withLock { state in
            for stream in streams {
                if let score = stream.meanOpinionScore { state.mos.observe(score) }
                if let loss = stream.lossRatio { state.loss.observe(loss) }
                if let seconds = stream.jitterSeconds { state.jitter.observe(seconds) }
            }
        }
    }
}
