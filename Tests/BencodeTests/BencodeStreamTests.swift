import Bencode
import Testing

struct BencodeStreamTests {
    private let text = "d7:command5:offer3:sdp12:v=0\r\ns=-\r\nt=5:flagsl1:a0:e3:TOSi-12e1:di0ee"

    @Test(arguments: 1...80)
    func anySplitGivesTheSameValue(_ size: Int) throws {
        let bytes = Array(text.utf8)
        let whole = try BencodeValue.decode(bytes[...]).value
        var decoder = BencodeDecoder()
        var values: [BencodeValue] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            if case .complete(let value, let consumed) = try piece.withUnsafeBytes({ try decoder.consume($0) }) {
                #expect(consumed == piece.count)
                values.append(value)
            }
        }
        #expect(values == [whole])
        #expect(!decoder.isInsideValue)
    }

    @Test func valuesFollowEachOther() throws {
        let bytes = Array("i1e2:xxle".utf8)
        var decoder = BencodeDecoder()
        var values: [BencodeValue] = []
        var index = 0
        while index < bytes.count {
            let progress = try bytes[index...].withUnsafeBytes { try decoder.consume($0) }
            guard case .complete(let value, let consumed) = progress else { break }
            values.append(value)
            index += consumed
        }
        #expect(values == [1, "xx", []])
    }

    @Test func incompleteInputIsNoError() throws {
        var decoder = BencodeDecoder()
        let bytes = Array(text.utf8.dropLast())
        #expect(try bytes.withUnsafeBytes { try decoder.consume($0) } == .incomplete)
        #expect(decoder.isInsideValue)
    }

    @Test func offsetsCountFromTheStartOfTheValue() {
        var decoder = BencodeDecoder()
        #expect(throws: BencodeError(.nonStringKey, at: 7)) {
            for piece in ["d1:", "a1", ":", "b", "i1e"] {
                _ = try Array(piece.utf8).withUnsafeBytes { try decoder.consume($0) }
            }
        }
    }

    @Test func limitsHoldAcrossPieces() {
        var decoder = BencodeDecoder(limits: BencodeLimits(bytes: 20))
        #expect(throws: BencodeError(.tooLarge, at: 20)) {
            for _ in 0..<10 { _ = try Array("li1e".utf8).withUnsafeBytes { try decoder.consume($0) } }
        }
    }
}
