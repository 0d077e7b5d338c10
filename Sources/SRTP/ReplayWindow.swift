/// The highest index of one stream and a bit for each of the indices below it (RFC 3711 §3.3.2).
///
/// The bits form a ring of words, one word more than the window needs, so that moving on clears whole words only.
/// They lie in memory that the owner of the window provides.
struct ReplayWindow {
    /// The highest index so far; without meaning before the first.
    private(set) var highest: UInt64 = 0
    private(set) var isEmpty = true
    private let size: UInt64
    private let wordMask: UInt64
    private let words: UnsafeMutablePointer<UInt64>

    /// The number of indices that a window asked for by `wish` covers.
    static func size(for wish: Int) -> Int { min(4096, max(64, (wish + 63) / 64 * 64)) }

    /// How many words of memory a window of this size takes: a power of two.
    static func wordCount(for size: Int) -> Int {
        var count = 2
        while count * 64 < size + 64 { count *= 2 }
        return count
    }

    /// An empty window over `words`, which has room for `wordCount(for: size)` of them.
    init(size: Int, words: UnsafeMutablePointer<UInt64>) {
        self.size = UInt64(size)
        self.words = words
        let count = Self.wordCount(for: size)
        wordMask = UInt64(count - 1)
        words.initialize(repeating: 0, count: count)
    }

    /// Whether `index` is neither seen nor older than the window.
    @inline(__always)
    func accepts(_ index: UInt64) -> Bool {
        if isEmpty || index > highest { return true }
        if highest &- index >= size { return false }
        return words[Int(index >> 6 & wordMask)] & (1 << (index & 63)) == 0
    }

    /// Marks `index` as seen. It must have been accepted.
    @inline(__always)
    mutating func record(_ index: UInt64) {
        if isEmpty || index > highest { advance(to: index) }
        words[Int(index >> 6 & wordMask)] |= 1 << (index & 63)
    }

    @inline(__always)
    private mutating func advance(to index: UInt64) {
        let last = index >> 6
        // From nothing, or over more than the ring holds, every word is cleared once.
        var word = isEmpty || last &- (highest >> 6) > wordMask ? last &- wordMask &- 1 : highest >> 6
        while word != last {
            word &+= 1
            words[Int(word & wordMask)] = 0
        }
        highest = index
        isEmpty = false
    }

    /// Goes on from `index` with all up to it taken as seen.
    mutating func resume(at index: UInt64) {
        words.update(repeating: .max, count: Int(wordMask) + 1)
        highest = index
        isEmpty = false
        let word = Int(index >> 6 & wordMask)
        let above = index & 63
        if above < 63 { words[word] = (2 << above) &- 1 }
    }

    /// The index of a packet from its sequence number (RFC 3711 §3.3.1 and Appendix A), 48 bits; `nil` when the
    /// roll-over counter would not fit 32 bits.
    @inline(__always)
    func estimate(_ sequenceNumber: UInt16) -> UInt64? {
        if isEmpty { return UInt64(sequenceNumber) }
        let last = UInt16(truncatingIfNeeded: highest)
        var rollover = highest >> 16
        if last < 0x8000 {
            // Before the first roll-over there is nothing to go back to.
            if sequenceNumber > last, sequenceNumber &- last > 0x8000, rollover > 0 { rollover &-= 1 }
        } else if last &- 0x8000 > sequenceNumber {
            rollover &+= 1
            if rollover > UInt64(UInt32.max) { return nil }
        }
        return rollover << 16 | UInt64(sequenceNumber)
    }
}
