import Forwarding
import Testing

struct PayloadTypeTableTests {
    @Test func theOrderOfComingDoesNotCount() {
        var rates: PayloadTypeTable<UInt32> = [111: 48_000, 0: 8_000, 9: 8_000]
        #expect(rates == [9: 8_000, 0: 8_000, 111: 48_000])
        #expect(rates.entries.map(\.payloadType) == [0, 9, 111])
        rates.add(16_000, of: 9)
        #expect(rates[9] == 8_000)
        rates[9] = 16_000
        #expect(rates[9] == 16_000)
        rates[9] = nil
        #expect(rates == [0: 8_000, 111: 48_000])
        #expect(rates[9] == nil)
    }

    @Test func aSetOfPayloadTypes() {
        var types: PayloadTypeSet = [0, 127, 64, 200]
        #expect((UInt8.min ... .max).filter { $0 < 128 && types.contains($0) } == [0, 64, 127])
        types.insert(63)
        #expect(types.contains(63) && types != [0, 127, 64])
        #expect(PayloadTypeSet() == [])
    }
}
