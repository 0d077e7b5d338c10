import Testing

@testable import SRTP

@Suite struct ReplayWindowTests {
    /// What the window must do, written as plainly as can be.
    struct Model {
        var size: UInt64
        var seen: Set<UInt64> = []

        func accepts(_ index: UInt64) -> Bool {
            guard let highest = seen.max() else { return true }
            return index > highest || (highest - index < size && !seen.contains(index))
        }

        mutating func record(_ index: UInt64) {
            seen.insert(index)
            let highest = seen.max() ?? 0
            seen = seen.filter { highest - $0 < size }
        }
    }

    static func withWindow(_ size: Int, _ body: (inout ReplayWindow) -> Void) {
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: ReplayWindow.wordCount(for: size))
        defer { words.deallocate() }
        var window = ReplayWindow(size: size, words: words)
        body(&window)
    }

    @Test(arguments: [64, 128, 192, 1024])
    func behavesAsTheModel(size: Int) {
        var generator = SeededGenerator(state: UInt64(size))
        for _ in 0..<20 {
            Self.withWindow(size) { window in
                var model = Model(size: UInt64(size))
                var index = UInt64.random(in: 0..<100_000, using: &generator)
                for _ in 0..<400 {
                    let span = UInt64([2, size, size * 2, size * 8].randomElement(using: &generator) ?? 2)
                    let step = UInt64.random(in: 0...span, using: &generator)
                    let candidate = Bool.random(using: &generator) ? index &+ step : index - min(index, step)
                    let isFresh = window.accepts(candidate)
                    #expect(isFresh == model.accepts(candidate))
                    if isFresh {
                        window.record(candidate)
                        model.record(candidate)
                        index = max(index, candidate)
                        #expect(window.highest == model.seen.max())
                    }
                }
            }
        }
    }

    @Test func sizesAreWholeWords() {
        #expect(ReplayWindow.size(for: -5) == 64)
        #expect(ReplayWindow.size(for: 64) == 64)
        #expect(ReplayWindow.size(for: 65) == 128)
        #expect(ReplayWindow.size(for: 128) == 128)
        #expect(ReplayWindow.size(for: 1_000_000) == 4096)
        #expect([64, 128, 192, 1024, 4096].map { ReplayWindow.wordCount(for: $0) } == [2, 4, 4, 32, 128])
    }

    @Test func theEdgesOfTheWindow() {
        Self.withWindow(128) { window in
            window.record(1000)
            #expect(!window.accepts(1000))
            #expect(window.accepts(873))
            #expect(!window.accepts(872))
            window.record(873)
            #expect(!window.accepts(873))
            window.record(1_000_000)
            #expect(window.accepts(999_999))
            #expect(!window.accepts(1000))
        }
    }

    @Test func resumesWithAllBelowSeen() {
        for start in [UInt64(0), 63, 64, 1000, 1_000_063, 0xFFFF_FFFF_FFFF] {
            Self.withWindow(128) { window in
                window.resume(at: start)
                for back in 0...min(200, start) { #expect(!window.accepts(start - back)) }
                for ahead in 1...200 {
                    #expect(window.accepts(start + UInt64(ahead)))
                    window.record(start + UInt64(ahead))
                }
                #expect(!window.accepts(start))
            }
        }
    }

    /// RFC 3711 Appendix A: what is known, the sequence number that comes, the index it must mean.
    static let estimates: [(UInt64, UInt16, UInt64?)] = [
        (0x0000_0005, 0x0006, 0x0000_0006),
        (0x0000_0005, 0xFFFF, 0x0000_FFFF),  // nothing lies before the start
        (0x0001_0005, 0xFFFF, 0x0000_FFFF),
        (0x0001_0005, 0x8005, 0x0001_8005),
        (0x0001_0005, 0x8006, 0x0000_8006),
        (0x0001_7FFF, 0xFFFF, 0x0001_FFFF),
        (0x0001_8000, 0x0000, 0x0001_0000),
        (0x0001_8001, 0x0000, 0x0002_0000),
        (0x0001_FFFF, 0x0000, 0x0002_0000),
        (0x0001_FFFF, 0x7FFE, 0x0002_7FFE),
        (0x0001_FFFF, 0x7FFF, 0x0001_7FFF),
        (0xFFFF_FFFF_0001, 0xFFFF, 0xFFFF_FFFE_FFFF),
        (0xFFFF_FFFF_FFFF, 0x0000, nil),
    ]

    @Test(arguments: estimates)
    func estimatesTheIndex(highest: UInt64, sequenceNumber: UInt16, index: UInt64?) {
        Self.withWindow(128) { window in
            let first = window.estimate(sequenceNumber) ?? .max
            #expect(first == UInt64(sequenceNumber))
            window.record(highest)
            let estimate = window.estimate(sequenceNumber) ?? .max
            #expect(estimate == index ?? .max)
        }
    }
}
