import STUN
import Testing

@Suite struct STUNUnknownAttributesTests {
    @Test func keepsEachTypeOnceUpToItsCapacity() {
        var list = STUNUnknownAttributes()
        #expect(list.isEmpty)
        for number in UInt16(1)...20 {
            list.append(STUNAttributeType(rawValue: number))
            list.append(STUNAttributeType(rawValue: number))
        }
        #expect(list.count == STUNUnknownAttributes.capacity)
        #expect(list[0]?.rawValue == 1)
        #expect(list[7]?.rawValue == 8)
        #expect(list[8] == nil)
        #expect(list[-1] == nil)
        #expect(!list.contains(STUNAttributeType(rawValue: 0)))
    }
}
