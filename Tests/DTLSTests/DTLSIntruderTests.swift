import SRTPKeying
import Testing

@testable import DTLS

/// What others than the peer can send.
@Suite struct DTLSIntruderTests {
    /// The ClientHello of somebody else.
    static func strayHello() throws -> [UInt8] {
        let context = try makeContext()
        let stranger = Party(context, role: .client, expected: nil)
        stranger.start()
        return try #require(stranger.nextDatagram())
    }

    @Test func aStrayHelloDoesNothingToAConnection() throws {
        let pair = Pair(client: try makeContext(), server: try makeContext())
        pair.left.start()
        pair.settle()
        let connections = try #require(pair.connections)
        for _ in 0..<3 {
            let stray = try Self.strayHello()
            pair.left.receive(stray)
            pair.right.receive(stray)
        }
        #expect(pair.left.takeDatagrams().isEmpty)
        #expect(pair.right.takeDatagrams().isEmpty)
        #expect(pair.left.state == .connected && pair.right.state == .connected)
        // The association still works: close_notify is authenticated with its keys.
        pair.left.close()
        pair.settle()
        #expect(pair.rightEvents == [.connected(connections.right), .closed])
    }

    /// A ClientHello that answers a HelloVerifyRequest of somebody else's is taken as if it were our own; one that
    /// cannot be is refused, and the association waits for the next.
    @Test func aVerifiedHelloBegins() throws {
        let pair = Pair(client: try makeContext(), server: try makeContext())
        pair.left.start()
        let first = try #require(pair.left.nextDatagram())
        let cookie: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        pair.left.receive(
            [22, 254, 255, 0, 0, 0, 0, 0, 0, 0, first[10], 0, 23, 3, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 11, 254, 255, 8]
                + cookie)
        let second = try #require(pair.left.nextDatagram())
        #expect(second[18] == 1 && second.count == first.count + cookie.count)
        var fragment = second
        fragment[16] &+= 1
        pair.right.receive(fragment)
        guard case .refusedHello = pair.right.nextEvent() else {
            Issue.record("a fragment was taken")
            return
        }
        pair.right.receive(second)
        pair.settle()
        #expect(pair.connections != nil)
    }

    @Test func aStrayHelloDoesNothingToAHandshake() throws {
        // Before each datagram of a handshake, on both sides.
        for place in 0..<8 {
            let pair = Pair(client: try makeContext(), server: try makeContext())
            let stray = try Self.strayHello()
            pair.left.start()
            var delivered = 0
            var isIdle = false
            while !isIdle {
                let fromLeft = pair.left.takeDatagrams()
                let fromRight = pair.right.takeDatagrams()
                isIdle = fromLeft.isEmpty && fromRight.isEmpty
                for (octets, isLeft) in fromLeft.map({ ($0, true) }) + fromRight.map({ ($0, false) }) {
                    if delivered == place, place > 0 { pair.right.receive(stray) }
                    if delivered == place { pair.left.receive(stray) }
                    delivered += 1
                    if isLeft { pair.right.receive(octets) } else { pair.left.receive(octets) }
                }
            }
            pair.leftEvents = pair.left.takeEvents()
            pair.rightEvents = pair.right.takeEvents()
            #expect(pair.connections != nil, "place \(place)")
        }
    }

    @Test func aStrayHelloThatCameFirstGivesWay() throws {
        let pair = Pair(client: try makeContext(), server: try makeContext())
        pair.right.receive(try Self.strayHello())
        #expect(!pair.right.takeDatagrams().isEmpty)
        pair.left.start()
        let hello = try #require(pair.left.nextDatagram())
        // The stranger may still answer.
        pair.right.receive(hello)
        #expect(pair.right.takeDatagrams().isEmpty)
        advanceTime(by: try #require(pair.right.timeUntilTimeout))
        pair.right.handleTimeout()
        #expect(!pair.right.takeDatagrams().isEmpty)
        // The true client, which has not been answered, repeats itself.
        advanceTime(by: try #require(pair.left.timeUntilTimeout))
        pair.left.handleTimeout()
        pair.run()
        #expect(pair.connections != nil)
    }

    @Test func halfAHelloThatCameFirstGivesWay() throws {
        let pair = Pair(client: try makeContext(), server: try makeContext())
        // The first fragment of a hello whose rest never comes.
        var stray = Array(try Self.strayHello().prefix(100))
        stray[11...12] = [0, 87]
        stray[22...24] = [0, 0, 75]
        pair.right.receive(stray)
        #expect(pair.right.state == .handshaking)
        #expect(pair.right.takeDatagrams().isEmpty)
        pair.left.start()
        pair.run()
        #expect(pair.connections != nil)
    }

    @Test func aRefusedHelloLeavesTheServerWaiting() throws {
        let server = try makeContext { $0.groups = "P-256" }
        let poor = try makeContext { $0.groups = "P-384" }
        let stranger = Party(poor, role: .client, expected: nil)
        stranger.start()
        let pair = Pair(client: try makeContext(), server: server)
        pair.right.receive(try #require(stranger.nextDatagram()))
        #expect(pair.right.state == .idle)
        let alerts = pair.right.takeDatagrams()
        #expect(alerts.count == 1 && alerts.first?.first == 21)
        guard case .refusedHello = pair.right.nextEvent() else {
            Issue.record("no event")
            return
        }
        // The stranger learns why.
        stranger.receive(alerts[0])
        guard case .failed(.handshake(let reason)) = stranger.nextEvent() else {
            Issue.record("no failure")
            return
        }
        #expect(reason.description.contains("handshake failure"))
        pair.left.start()
        pair.settle()
        #expect(pair.connections != nil)
    }

    @Test func refusalsAreLimited() throws {
        let server = try makeContext { $0.groups = "P-256" }
        let poor = try makeContext { $0.groups = "P-384" }
        let association = Party(server, role: .server, expected: [])
        for _ in 0..<DTLSAssociation.refusalLimit + 5 {
            let stranger = Party(poor, role: .client, expected: nil)
            stranger.start()
            association.receive(try #require(stranger.nextDatagram()))
        }
        #expect(association.state == .ended)
        let events = association.takeEvents()
        #expect(events.count == DTLSAssociation.refusalLimit)
        #expect(events.last == .failed(.tooManyRefusals))
    }

    @Test func dtls10IsRefused() throws {
        // A hello that offers no more than DTLS 1.0: client version FE FF.
        var hello = try Self.strayHello()
        #expect(hello[25] == 0xFE && hello[26] == 0xFD)
        hello[26] = 0xFF
        let server = try makeContext()
        let association = Party(server, role: .server, expected: [])
        association.receive(hello)
        #expect(association.state == .idle)
        guard case .refusedHello(let reason) = association.nextEvent() else {
            Issue.record("no event")
            return
        }
        #expect(reason.description.contains("protocol") || reason.description.contains("version"))
    }

    @Test func foreignDatagramsAreIgnored() throws {
        let foreign: [[UInt8]] = [
            [], [22], [UInt8](repeating: 22, count: 40), [0x80] + [UInt8](repeating: 0, count: 40),
            [22, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1], [63, 0xFE, 0xFD] + [UInt8](repeating: 0, count: 20),
        ]
        let pair = Pair(client: try makeContext(), server: try makeContext())
        for datagram in foreign { pair.right.receive(datagram) }
        #expect(pair.right.state == .idle)
        pair.left.start()
        for datagram in foreign {
            pair.left.receive(datagram)
            pair.right.receive(datagram)
        }
        pair.settle()
        for datagram in foreign {
            pair.left.receive(datagram)
            pair.right.receive(datagram)
        }
        pair.settle()
        #expect(pair.connections != nil)
    }

    @Test(arguments: [
        "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-CCM",
        "ECDHE-ECDSA-AES128-CCM8@SECLEVEL=0",
    ])
    func forgedRecordsDoNothingToAConnection(cipher: String) throws {
        let pair = Pair(
            client: try makeContext { $0.ciphers = cipher }, server: try makeContext { $0.ciphers = cipher })
        pair.left.start()
        pair.settle()
        var generator = SeededGenerator(state: 4)
        for type: UInt8 in 20...23 {
            for epoch: UInt8 in 0...2 {
                for length in [0, 1, 2, 8, 15, 16, 17, 23, 24, 25, 40, 200] {
                    let header: [UInt8] = [type, 0xFE, 0xFD, 0, epoch, 0, 0, 0, 0, 1, 0, 0, UInt8(length)]
                    let body = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
                    pair.left.receive(header + body)
                    pair.right.receive(header + body)
                }
            }
        }
        // A close_notify and a fatal alert in the clear.
        for alert in [[UInt8(1), 0], [2, 40]] {
            pair.right.receive([21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 9, 9, 0, 2] + alert)
        }
        pair.settle()
        #expect(pair.left.state == .connected && pair.right.state == .connected)
        #expect(pair.connections != nil)
        // Both still hear each other.
        pair.left.close()
        pair.settle()
        #expect(pair.rightEvents.last == .closed)
    }

    /// libssl gives up for a forged record here, and then neither hears the other's close_notify; media goes on.
    @Test(arguments: ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA"])
    func forgedRecordsDoNotEndAConnectionWithCBC(cipher: String) throws {
        let pair = Pair(
            client: try makeContext { $0.ciphers = cipher }, server: try makeContext { $0.ciphers = cipher })
        pair.left.start()
        pair.settle()
        #expect(pair.connections != nil)
        for length: UInt8 in [1, 16, 32, 64, 100] {
            let forged =
                [23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 1, 0, 0, length] + [UInt8](repeating: 0x5A, count: Int(length))
            pair.left.receive(forged)
            pair.right.receive(forged)
        }
        pair.settle()
        #expect(pair.connections != nil)
        #expect(pair.left.state == .connected && pair.right.state == .connected)
        let peer = try #require(pair.connections).left.peerFingerprint
        pair.left.expect([peer])
        #expect(pair.left.state == .connected)
        pair.left.close()
        #expect(pair.left.state == .ended)
    }

    @Test func forgedRecordsDoNotEndAHandshake() throws {
        let pair = Pair(client: try makeContext(), server: try makeContext())
        pair.left.start()
        pair.delivers = { [unowned pair] _, _ in
            for length: UInt8 in [0, 1, 10, 23, 24, 60] {
                let forged =
                    [22, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 7, 0, 0, length] + [UInt8](repeating: 3, count: Int(length))
                pair.left.receive(forged)
                pair.right.receive(forged)
            }
            return true
        }
        pair.run()
        #expect(pair.connections != nil)
    }

    @Test(arguments: 0..<40)
    func mutatedHandshakesDoNotTrap(seed: UInt64) throws {
        let pair = Pair(
            client: try makeContext { $0.maximumDatagramLength = 400 },
            server: try makeContext { $0.maximumDatagramLength = 400 })
        var generator = SeededGenerator(state: seed)
        pair.left.start()
        for _ in 0..<30 {
            let fromLeft = pair.left.takeDatagrams()
            let fromRight = pair.right.takeDatagrams()
            for octets in fromLeft {
                if Bool.random(using: &generator) { pair.right.receive(Self.mutated(octets, &generator)) }
                pair.right.receive(octets)
            }
            for octets in fromRight {
                if Bool.random(using: &generator) { pair.left.receive(Self.mutated(octets, &generator)) }
                pair.left.receive(octets)
            }
            guard fromLeft.isEmpty, fromRight.isEmpty else { continue }
            let waits = [pair.left.timeUntilTimeout, pair.right.timeUntilTimeout].compactMap { $0 }
            guard let wait = waits.min() else { break }
            advanceTime(by: wait)
            pair.left.handleTimeout()
            pair.right.handleTimeout()
        }
        // The handshake may fail, but no side is connected to anything but the other.
        let connections = (pair.left.takeEvents() + pair.right.takeEvents()).compactMap { event in
            if case .connected(let connection) = event { connection.keys } else { nil }
        }
        #expect(connections.count < 2 || connections[0] == connections[1])
    }

    static func mutated(_ octets: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var octets = octets
        for _ in 0...Int.random(in: 0..<3, using: &generator) where !octets.isEmpty {
            let place = Int.random(in: octets.indices, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: octets.removeLast(octets.count - place)
            case 1: octets += octets.prefix(place)
            case 2: octets[min(place, 24)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            default: octets[place] = UInt8.random(in: 0...255, using: &generator)
            }
        }
        return octets
    }
}
