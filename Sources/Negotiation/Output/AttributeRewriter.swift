import SDP
import Wire

/// `sdp-attr` of one section made ready for use (sdp-behaviour §18). Each line is looked up by its names: patterns and
/// lines may both be many, and comparing all with all would be felt.
struct AttributeRewriter {
    private let add: [String]
    private let removed: Set<String>
    private let substitutes: [String: Substitute]

    /// What to write, and how early in the list it was asked for.
    private struct Substitute {
        let order: Int
        let text: String
    }

    init(_ manipulation: AttributeManipulation) {
        add = manipulation.add
        removed = Set(manipulation.remove.map { $0.lowercased() })
        let folded = manipulation.substitute.enumerated().map { order, substitution in
            (substitution.from.lowercased(), Substitute(order: order, text: substitution.to))
        }
        substitutes = Dictionary(folded, uniquingKeysWith: { first, _ in first })
    }

    /// Works on the finished attribute lines of the section, `a=` and all.
    func apply(to lines: SDPWriter) -> [String] {
        let attributes = lines.bytes.split(separator: UInt8(ascii: "\n")).map { line in
            String(octets: line.dropFirst("a=".utf8.count).dropLast("\r".utf8.count))
        }
        guard !removed.isEmpty || !substitutes.isEmpty else { return attributes + add }
        var result: [String] = []
        result.reserveCapacity(attributes.count + add.count)
        for attribute in attributes {
            let names = AttributeRewriter.names(of: attribute)
            if names.contains(where: removed.contains) { continue }
            let substitute = names.compactMap { substitutes[$0] }.min { $0.order < $1.order }
            result.append(substitute?.text ?? attribute)
        }
        return result + add
    }

    /// What a pattern may call the line: all of it, its name, its name and first word; case does not count.
    private static func names(of attribute: String) -> [String] {
        let line = attribute.lowercased()
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { return [line] }
        var names = [line, String(line[..<colon])]
        if let space = line.utf8[colon...].firstIndex(of: UInt8(ascii: " ")) { names.append(String(line[..<space])) }
        return names
    }
}
