import Testing

@testable import NGProtocol

@Suite struct NameTableTests {
    @Test func findsEveryName() {
        let names = (0..<500).map { "name-\($0)" }
        let table = NameTable(names.enumerated().map { ($1, $0) })
        for (index, name) in names.enumerated() {
            #expect(table[name] == index)
            #expect(table[name.uppercased()] == index)
            #expect(table["name_\(index)"] == index)
            #expect(table["Name \(index)"] == index)
        }
        #expect(table["name-500"] == nil)
    }

    @Test(arguments: ["", "a", "name-", "name-11", "name1", "é", String(repeating: "n", count: 1000)])
    func findsNothingElse(_ name: String) {
        #expect(NameTable([("name-1", 1), ("NAME_2", 2)])[name] == nil)
    }

    @Test func theFirstOfEqualNamesCounts() {
        let table = NameTable([("a-b", 1), ("A b", 2), ("a_b", 3), ("c", 4)])
        #expect(table["a-b"] == 1)
        #expect(table["c"] == 4)
        #expect(NameTable<Int>([])["a"] == nil)
    }

    @Test func aliasesComeBeforeNames() {
        #expect(OptionName.key("codecs") == "codec")
        #expect(OptionName.key("Output_Folder") == "recording-dir")
        #expect(OptionName.key("No such KEY") == "no-such-key")
        #expect(OptionTable.keys["T38"] === OptionTable.keys["t.38"])
        #expect(OptionTable.flags["SDES-pad"] === OptionTable.flags["pad crypto"])
    }
}
