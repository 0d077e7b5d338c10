import LoadGenerator
import Testing

struct TextTableTests {
    @Test func columnsAreAligned() {
        var table = TextTable(["name", "x", "long head"])
        table.append(["a", "10", "1"])
        table.append(["longer name"])
        #expect(table.text == "name          x  long head\na            10          1\nlonger name\n")
    }

    @Test(arguments: [
        (0.0, 2, "0.00"), (1.005, 1, "1.0"), (-1.25, 1, "-1.3"), (-0.04, 1, "0.0"), (12.5, 0, "13"),
        (9.999, 2, "10.00"),
        (0.07, 3, "0.070"), (.infinity, 1, "inf"), (1e20, 1, "1e+20"),
    ])
    func numbers(value: Double, decimals: Int, text: String) {
        #expect(value.text(decimals: decimals) == text)
    }
}
