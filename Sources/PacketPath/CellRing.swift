internal import CPrefetch
internal import Synchronization

/// The last so many cells that one thread has written, for any thread to read: old cells make room for new ones, and
/// the writer never waits.
///
/// `@unchecked Sendable`: the memory is reached through constant pointers and only through atomic loads and stores.
final class CellRing: @unchecked Sendable {
    let writer: CellWriter
    private let cells: UnsafeMutableRawPointer

    /// - Parameters:
    ///   - bytes: memory at most, of which a power of two of cells is made, at least one.
    ///   - cellWords: 64-bit words of a cell.
    init(bytes: Int, cellWords: Int) {
        let cell = cellWords * MemoryLayout<UInt64>.stride
        var count = 1
        while count * 2 * cell <= bytes { count *= 2 }
        cells = .allocate(byteCount: count * cell, alignment: 64)
        // Now: a page that the system has to give costs the packet that needs it more than all else does.
        cells.initializeMemory(as: UInt64.self, repeating: 0, count: count * cellWords)
        let positions = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: 2)
        positions.initialize(to: Atomic(0))
        (positions + 1).initialize(to: Atomic(0))
        writer = CellWriter(
            words: cells.bindMemory(to: Atomic<UInt64>.self, capacity: count * cellWords), positions: positions,
            mask: UInt64(count - 1), cellWords: cellWords)
    }

    deinit {
        cells.deallocate()
        writer.positions.deinitialize(count: 2).deallocate()
    }

    /// Hands the cells that are there to `body`, oldest first, each a slice of the words of all.
    func read() -> [ArraySlice<UInt64>] {
        let capacity = writer.mask + 1
        let end = writer.positions[1].load(ordering: .acquiring)
        let start = end > capacity ? end - capacity : 0
        var copy: [UInt64] = []
        copy.reserveCapacity(Int(end - start) * writer.cellWords)
        for cell in start..<end {
            let first = Int(cell & writer.mask) * writer.cellWords
            for word in first..<(first + writer.cellWords) { copy.append(writer.words[word].load(ordering: .relaxed)) }
        }
        atomicMemoryFence(ordering: .acquiring)
        // What the writer has begun to overwrite meanwhile is not what it was.
        let begun = writer.positions[0].load(ordering: .relaxed)
        let whole = max(start, begun > capacity ? begun - capacity : 0)
        guard whole < end else { return [] }
        return (whole..<end).map { cell in
            let first = Int(cell - start) * writer.cellWords
            return copy[first..<(first + writer.cellWords)]
        }
    }
}

/// The writing end of a ``CellRing``. For one thread.
struct CellWriter: BitwiseCopyable {
    let words: UnsafeMutablePointer<Atomic<UInt64>>
    /// Cells begun, cells finished.
    let positions: UnsafeMutablePointer<Atomic<UInt64>>
    let mask: UInt64
    let cellWords: Int

    /// Cells from the one at hand to the one whose memory is fetched, and how much of that.
    private static let ahead: UInt64 = 8
    private static let line = 64

    /// The first word of the next cell, which ``finish()`` makes visible.
    @inline(__always)
    func begin() -> UnsafeMutablePointer<Atomic<UInt64>> {
        let cell = positions[0].load(ordering: .relaxed)
        positions[0].store(cell &+ 1, ordering: .relaxed)
        // A reader that sees a new word of this cell sees that it was begun.
        atomicMemoryFence(ordering: .releasing)
        // Cells are written in turn, the memory of a later one long ago.
        prefetch_bytes(words + Int(truncatingIfNeeded: (cell &+ Self.ahead) & mask) &* cellWords, Self.line)
        return words + Int(truncatingIfNeeded: cell & mask) &* cellWords
    }

    /// Ends the cell begun last.
    @inline(__always)
    func finish() {
        positions[1].store(positions[0].load(ordering: .relaxed), ordering: .releasing)
    }
}
