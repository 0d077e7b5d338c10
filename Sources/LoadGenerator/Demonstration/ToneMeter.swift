import Glibc

/// How much of a signal is one tone, by Goertzel's algorithm over blocks of one second.
package enum ToneMeter {
    /// Blocks shorter than this many samples say too little to be counted.
    package static let shortestBlock = 800

    /// The share (0…1) of the energy of `samples` that is a tone of `frequency` hertz. Blocks of one second keep the
    /// resolution at one hertz and let a gap between two blocks, which shifts the phase, do no harm; the constant part
    /// of each block is left out. 0 when there is less than a tenth of a second.
    package static func share(of frequency: Double, in samples: [Int16], rate: Int = 8000) -> Double {
        var tone = 0.0
        var total = 0.0
        var start = 0
        while start < samples.count {
            let block = samples[start..<min(start + rate, samples.count)]
            start += rate
            guard block.count >= shortestBlock else { continue }
            let energy = measure(block, frequency: frequency, rate: rate)
            tone += energy.tone
            total += energy.total
        }
        return total > 0 ? min(1, tone / total) : 0
    }

    private static func measure(
        _ block: ArraySlice<Int16>, frequency: Double, rate: Int
    ) -> (tone: Double, total: Double) {
        let mean = block.reduce(0.0) { $0 + Double($1) } / Double(block.count)
        let coefficient = 2 * cos(2 * Double.pi * frequency / Double(rate))
        var previous = 0.0
        var beforePrevious = 0.0
        var total = 0.0
        for sample in block {
            let value = Double(sample) - mean
            total += value * value
            let next = value + coefficient * previous - beforePrevious
            beforePrevious = previous
            previous = next
        }
        let power = previous * previous + beforePrevious * beforePrevious - coefficient * previous * beforePrevious
        return (2 * power / Double(block.count), total)
    }
}

/// A sine wave as a sequence of 16-bit samples.
package struct ToneGenerator: Sendable {
    private let step: Double
    private let amplitude: Double
    private var position = 0

    /// A tone of `frequency` hertz at `rate` samples per second.
    package init(frequency: Double, amplitude: Double = 8000, rate: Int = 8000) {
        step = 2 * Double.pi * frequency / Double(rate)
        self.amplitude = amplitude
    }

    /// The next sample.
    package mutating func next() -> Int16 {
        let sample = amplitude * sin(step * Double(position))
        position += 1
        return Int16(max(-32768, min(32767, sample.rounded())))
    }
}
