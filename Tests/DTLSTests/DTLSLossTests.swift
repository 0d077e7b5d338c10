import SRTPKeying
import Testing

@testable import DTLS

@Suite struct DTLSLossTests {
    /// Small datagrams, so that there are many to lose.
    static func pair() throws -> Pair {
        Pair(
            client: try makeContext { $0.maximumDatagramLength = 300 },
            server: try makeContext { $0.maximumDatagramLength = 300 })
    }

    @Test func connectsWhicheverDatagramIsLost() throws {
        let whole = try Self.pair()
        whole.left.start()
        whole.run()
        #expect(whole.connections != nil)
        #expect(whole.sent > 5)
        for lost in 0..<whole.sent {
            let pair = try Self.pair()
            pair.delivers = { number, _ in number != lost }
            pair.left.start()
            pair.run()
            #expect(pair.connections != nil, "datagram \(lost)")
        }
    }

    @Test(arguments: 1...20)
    func connectsOverALossyNetwork(seed: UInt64) throws {
        let pair = try Self.pair()
        var generator = SeededGenerator(state: seed)
        let losses = (0..<10_000).map { _ in Int.random(in: 0..<5, using: &generator) == 0 }
        pair.delivers = { number, _ in number >= losses.count || !losses[number] }
        pair.left.start()
        pair.run()
        #expect(pair.connections != nil)
    }

    @Test func timeoutsGrowAndEnd() throws {
        let pair = Pair(
            client: try makeContext {
                $0.initialTimeout = .milliseconds(100)
                $0.longestTimeout = .milliseconds(700)
                $0.retransmissionLimit = 6
            }, server: try makeContext())
        pair.delivers = { _, _ in false }
        pair.left.start()
        var waits: [Duration] = []
        while let wait = pair.left.timeUntilTimeout, waits.count < 20 {
            waits.append(wait)
            // Not due yet.
            pair.left.handleTimeout()
            advanceTime(by: wait)
            pair.left.handleTimeout()
        }
        pair.settle()
        #expect(pair.leftEvents == [.failed(.timedOut)])
        #expect(pair.left.state == .ended)
        #expect(waits.count == 6)
        #expect(pair.sent == 7)
        for (wait, expected) in zip(waits, [100, 200, 400, 700, 700, 700]) {
            #expect(wait <= .milliseconds(expected) && wait > .milliseconds(expected / 2))
        }
    }

    @Test func aServerWithoutAClientWaitsForEver() throws {
        let pair = Pair(client: try makeContext(), server: try makeContext())
        #expect(pair.right.timeUntilTimeout == nil)
        advanceTime(by: .seconds(1000))
        pair.right.handleTimeout()
        pair.settle()
        #expect(pair.right.state == .idle)
        #expect(pair.rightEvents.isEmpty)
    }

    @Test func reorderedAndDoubledDatagramsDoNoHarm() throws {
        for seed in UInt64(1)...10 {
            var generator = SeededGenerator(state: seed)
            let pair = try Self.pair()
            pair.left.start()
            for _ in 0..<60 {
                var flying = pair.left.takeDatagrams().map { Flying(from: .left, octets: $0) }
                flying += pair.right.takeDatagrams().map { Flying(from: .right, octets: $0) }
                flying += flying
                flying.shuffle(using: &generator)
                for datagram in flying {
                    switch datagram.from {
                    case .left: pair.right.receive(datagram.octets)
                    case .right: pair.left.receive(datagram.octets)
                    }
                }
                guard flying.isEmpty else { continue }
                let waits = [pair.left.timeUntilTimeout, pair.right.timeUntilTimeout].compactMap { $0 }
                guard let wait = waits.min() else { break }
                advanceTime(by: wait)
                pair.left.handleTimeout()
                pair.right.handleTimeout()
            }
            pair.leftEvents = pair.left.takeEvents()
            pair.rightEvents = pair.right.takeEvents()
            #expect(pair.connections != nil, "seed \(seed)")
        }
    }
}
