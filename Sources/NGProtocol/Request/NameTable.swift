/// Values by the names of keys and flags, compared as ``OptionName/fold(_:)`` has it. Made once; a look-up makes no text,
/// which matters because every request has a dozen names.
struct NameTable<Value: Sendable>: Sendable {
    private let entries: [(name: [UInt8], value: Value)]
    /// Open addressing: indices of ``entries``; -1 for none. At most half are taken.
    private let slots: [Int32]
    private let longestName: Int

    /// A table of `pairs`; of several values for one name the first counts.
    init(_ pairs: [(name: String, value: Value)]) {
        var entries: [(name: [UInt8], value: Value)] = []
        var slots = [Int32](repeating: -1, count: 16)
        while slots.count < pairs.count * 2 { slots += slots }
        for (name, value) in pairs {
            let octets = Array(OptionName.fold(name).utf8)
            var slot = octets.withUnsafeBufferPointer { NameTable.hash($0) } & (slots.count - 1)
            while slots[slot] >= 0, entries[Int(slots[slot])].name != octets { slot = (slot + 1) & (slots.count - 1) }
            guard slots[slot] < 0 else { continue }
            slots[slot] = Int32(entries.count)
            entries.append((octets, value))
        }
        self.entries = entries
        self.slots = slots
        longestName = entries.reduce(0) { max($0, $1.name.count) }
    }

    /// The value of a name in any spelling.
    subscript(name: String) -> Value? {
        guard name.utf8.count <= longestName else { return nil }
        let found = name.utf8.withContiguousStorageIfAvailable { place(of: $0) }
        guard let place = found ?? Array(name.utf8).withUnsafeBufferPointer({ self.place(of: $0) }) else { return nil }
        return entries[place].value
    }

    private func place(of name: UnsafeBufferPointer<UInt8>) -> Int? {
        var slot = NameTable.hash(name) & (slots.count - 1)
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if NameTable.isFolded(entries[index].name, of: name) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private static func isFolded(_ folded: [UInt8], of name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard folded.count == name.count else { return false }
        for index in folded.indices where folded[index] != OptionName.folded(name[index]) { return false }
        return true
    }

    /// FNV-1a of the folded octets. What clients send meets only names that stand in the program: nobody can make a long
    /// chain of them.
    private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt32 = 2_166_136_261
        for octet in name { hash = (hash ^ UInt32(OptionName.folded(octet))) &* 16_777_619 }
        return Int(hash ^ hash >> 15)
    }
}
