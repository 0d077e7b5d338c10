internal import Bencode
internal import Wire

/// One part of an `rtpp-flags` string.
enum FlagItem: Sendable, Equatable {
    /// A bare word.
    case word(String)
    /// `key=value`, `key=[…]`.
    case pair(key: String, value: BencodeValue)
    /// `[…]` inside a list.
    case container(BencodeValue)
}

/// The grammar of `rtpp-flags` (ng-protocol §5.2): options as one string.
///
///     items     = *( item / blank )
///     item      = word / key "=" ( text / container ) / container
///     container = "[" items "]"
///
/// A container of nothing but pairs is a dictionary, any other a list; a container without key stands only inside
/// another one. Nothing is a mistake: what is left open ends with the string, and brackets beyond the greatest depth are
/// text.
enum FlagString {
    static let greatestDepth = 16

    static func parse(_ octets: [UInt8]) -> [FlagItem] {
        var scanner = FlagScanner(bytes: octets)
        return scanner.items(depth: 0)
    }
}

private struct FlagScanner {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func items(depth: Int) -> [FlagItem] {
        var items: [FlagItem] = []
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D:
                index += 1
            case UInt8(ascii: "]") where depth > 0:
                index += 1
                return items
            case UInt8(ascii: "[") where depth > 0 && depth < FlagString.greatestDepth:
                items.append(.container(container(depth: depth)))
            default:
                items.append(item(depth: depth))
            }
        }
        return items
    }

    private mutating func item(depth: Int) -> FlagItem {
        let start = index
        while index < bytes.count, !isEnd(bytes[index], depth: depth) {
            if bytes[index] == UInt8(ascii: "="), index > start {
                let key = String(octets: bytes[start..<index])
                index += 1
                return .pair(key: key, value: value(depth: depth))
            }
            index += 1
        }
        return .word(String(octets: bytes[start..<index]))
    }

    private mutating func value(depth: Int) -> BencodeValue {
        if index < bytes.count, bytes[index] == UInt8(ascii: "["), depth < FlagString.greatestDepth {
            return container(depth: depth)
        }
        let start = index
        while index < bytes.count, !isEnd(bytes[index], depth: depth) { index += 1 }
        return .string(Array(bytes[start..<index]))
    }

    private func isEnd(_ byte: UInt8, depth: Int) -> Bool {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D: true
        case UInt8(ascii: "]"): depth > 0
        default: false
        }
    }

    private mutating func container(depth: Int) -> BencodeValue {
        index += 1
        let items = items(depth: depth + 1)
        let entries = items.compactMap { item in
            if case .pair(let key, let value) = item { BencodeDictionary.Entry(key: key, value: value) } else { nil }
        }
        if !items.isEmpty, entries.count == items.count { return .dictionary(BencodeDictionary(entries)) }
        return .list(items.map(FlagScanner.member))
    }

    /// A pair among words is a word again when its value is a text.
    private static func member(_ item: FlagItem) -> BencodeValue {
        switch item {
        case .word(let word): return .text(word)
        case .container(let value): return value
        case .pair(let key, .string(let octets)): return .string(key.octets + [UInt8(ascii: "=")] + octets)
        case .pair(let key, let value): return .dictionary([key: value])
        }
    }
}
