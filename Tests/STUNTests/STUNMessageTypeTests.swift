import STUN
import Testing

@Suite struct STUNMessageTypeTests {
    @Test(
        arguments: [
            (0x0001, 0x001, STUNMessageClass.request),
            (0x0011, 0x001, .indication),
            (0x0101, 0x001, .successResponse),
            (0x0111, 0x001, .errorResponse),
            // TURN's Allocate and Data, the highest number, and one that uses every method group.
            (0x0103, 0x003, .successResponse),
            (0x0017, 0x007, .indication),
            (0x3FFF, 0xFFF, .errorResponse),
            (0x2C62, 0xB32, .request),
        ] as [(UInt16, UInt16, STUNMessageClass)])
    func layout(_ bits: UInt16, _ method: UInt16, _ messageClass: STUNMessageClass) {
        let type = STUNMessageType(STUNMethod(rawValue: method), messageClass)
        #expect(type.bits == bits)
        #expect(STUNMessageType(bits: bits) == type)
    }

    @Test func everyTypeSurvivesARoundTrip() {
        for bits in UInt16(0)..<0x4000 {
            #expect(STUNMessageType(bits: bits)?.bits == bits)
        }
    }

    @Test(arguments: [0x4000, 0x8000, 0xC001, 0xFFFF] as [UInt16])
    func leadingBitsAreRefused(_ bits: UInt16) {
        #expect(STUNMessageType(bits: bits) == nil)
    }
}
