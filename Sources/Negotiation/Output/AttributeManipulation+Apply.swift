extension AttributeManipulation {
    /// Carries out `sdp-attr` on the finished attribute lines of one section (sdp-behaviour §18).
    func apply(to attributes: [String]) -> [String] {
        var result: [String] = []
        result.reserveCapacity(attributes.count + add.count)
        for attribute in attributes {
            if remove.contains(where: { AttributeManipulation.matches($0, attribute) }) { continue }
            let substitution = substitute.first { AttributeManipulation.matches($0.from, attribute) }
            result.append(substitution?.to ?? attribute)
        }
        return result + add
    }

    /// A pattern means the attribute's name, its name and first word, or all of it; case does not count.
    private static func matches(_ pattern: String, _ attribute: String) -> Bool {
        let pattern = pattern.lowercased()
        let attribute = attribute.lowercased()
        if pattern == attribute { return true }
        guard attribute.hasPrefix(pattern), let next = attribute.dropFirst(pattern.count).first else { return false }
        return pattern.contains(":") ? next == " " : next == ":"
    }
}
