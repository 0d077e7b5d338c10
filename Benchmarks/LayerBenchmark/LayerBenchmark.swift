import Glibc

/// Cost of each layer alone: processor time, and heap blocks, of which each layer may take so many, and for some layers how
/// they compare with one before. With words on the
/// command line only the layers whose names have one of them; with `--repeat` first, these layers run 1,000 times and
/// nothing is measured, which is for profilers.
@main
enum LayerBenchmark {
    static func main() {
        let repeats = CommandLine.arguments.dropFirst().first == "--repeat"
        let words = CommandLine.arguments.dropFirst(repeats ? 2 : 1)
        let layers = (SignallingLayers.all + STUNLayers.all + MediaLayers.all).filter { layer in
            words.isEmpty || words.contains { layer.name.contains($0) }
        }
        if repeats {
            for layer in layers {
                let body = layer.prepare()
                for _ in 0..<1_000 { body() }
            }
            return
        }
        print(Measurement.row("layer", ["ns", "allocations", "at most", "ratio", "at most"]))
        var isWithinLimits = true
        var measured: [String: Double] = [:]
        for layer in layers {
            let measurement = Measurement(layer, others: measured)
            measured[layer.name] = measurement.nanoseconds
            print(measurement.row)
            isWithinLimits = isWithinLimits && measurement.isWithinLimit
        }
        if !isWithinLimits { exit(1) }
    }
}
