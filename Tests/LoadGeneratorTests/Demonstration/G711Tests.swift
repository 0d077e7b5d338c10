import LoadGenerator
import Testing

struct G711Tests {
    /// ITU-T G.711 table 2a, as 16-bit samples: the ends of the scale and the smallest steps.
    @Test(arguments: [
        (0x00, -32124), (0x80, 32124), (0xFF, 0), (0x7F, 0), (0xFE, 8), (0x7E, -8), (0x8F, 16764), (0xEF, 132),
    ])
    func decoding(code: UInt8, sample: Int16) {
        #expect(MuLaw.decode(code) == sample)
    }

    @Test func everyCodeSurvives() {
        for code in UInt8.min...UInt8.max where code != 0x7F {
            #expect(MuLaw.encode(MuLaw.decode(code)) == code)
        }
        #expect(MuLaw.encode(0) == 0xFF)
    }

    @Test func theNearestCodeIsTaken() {
        for sample in stride(from: Int16.min, to: Int16.max, by: 37) {
            let clipped = max(-32124, min(32124, Int(sample)))
            let error = abs(Int(MuLaw.decode(MuLaw.encode(sample))) - clipped)
            #expect(error <= max(8, abs(clipped) / 16))
        }
    }
}
