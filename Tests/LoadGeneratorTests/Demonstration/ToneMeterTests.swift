import LoadGenerator
import Testing

struct ToneMeterTests {
    private func tone(_ frequency: Double, seconds: Double = 1, amplitude: Double = 8000) -> [Int16] {
        var generator = ToneGenerator(frequency: frequency, amplitude: amplitude)
        return (0..<Int(seconds * 8000)).map { _ in generator.next() }
    }

    @Test(arguments: [1013.0, 587, 100, 3400, 440.5], [0.1, 1, 1.5, 3])
    func aToneThroughG711IsNearlyAllOfTheSound(frequency: Double, seconds: Double) {
        let heard = tone(frequency, seconds: seconds).map { MuLaw.decode(MuLaw.encode($0)) }
        #expect(ToneMeter.share(of: frequency, in: heard) > 0.97)
    }

    @Test(arguments: [(1013.0, 587.0), (587, 1013), (440, 450)])
    func anotherToneIsNot(sent: Double, wanted: Double) {
        #expect(ToneMeter.share(of: wanted, in: tone(sent)) < 0.01)
    }

    @Test func aMixtureIsShared() {
        let mixture = zip(tone(1013), tone(587)).map { $0 + $1 }
        #expect(abs(ToneMeter.share(of: 1013, in: mixture) - 0.5) < 0.02)
    }

    @Test func aConstantPartDoesNotCount() {
        #expect(ToneMeter.share(of: 1013, in: tone(1013).map { $0 + 5000 }) > 0.98)
    }

    @Test(arguments: [[], [Int16](repeating: 0, count: 8000), [Int16](repeating: 77, count: 8000)])
    func silenceHasNoTone(samples: [Int16]) {
        #expect(ToneMeter.share(of: 1013, in: samples) == 0)
    }

    @Test func lessThanATenthOfASecondSaysNothing() {
        #expect(ToneMeter.share(of: 1013, in: Array(tone(1013).prefix(799))) == 0)
    }

    @Test func noiseHasNoTone() {
        var random = SplitMix(seed: 3)
        let noise = (0..<16_000).map { _ in Int16(truncatingIfNeeded: random.next()) }
        #expect(ToneMeter.share(of: 1013, in: noise) < 0.01)
    }
}
