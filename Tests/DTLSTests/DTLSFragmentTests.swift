import COpenSSL
import Testing

@testable import DTLS

/// Handshakes whose messages do not fit into a datagram, and datagrams in other orders than they were sent in.
@Suite struct DTLSFragmentTests {
    /// The types of the handshake messages in the clear that begin in a datagram.
    private static func messages(_ datagrams: [[UInt8]]) -> [UInt8] {
        var types: [UInt8] = []
        for datagram in datagrams {
            var place = 0
            while place + 25 <= datagram.count {
                let isFirst = datagram[(place + 19)..<(place + 22)].allSatisfy { $0 == 0 }
                if datagram[place] == 22, datagram[place + 4] == 0, isFirst { types.append(datagram[place + 13]) }
                place += 13 + Int(datagram[place + 11]) << 8 + Int(datagram[place + 12])
            }
        }
        return types
    }

    /// In order, backwards, doubled, in tiny pieces: the answer is the flight of a DTLS 1.2 server.
    @Test(arguments: [(1100, false, 1), (1100, true, 1), (1100, false, 2), (200, true, 1), (700, false, 1)])
    func aHelloForDTLS13IsAnsweredWithDTLS12(fragment: Int, isReversed: Bool, copies: Int) throws {
        let server = Party(try makeContext(), role: .server, expected: nil)
        let pieces = ModernHello(random: 7).datagrams(fragment: fragment)
        #expect(pieces.count >= 2)
        var order = pieces.flatMap { Array(repeating: $0, count: copies) }
        if isReversed { order.reverse() }
        for piece in order { server.receive(piece) }
        let answer = server.takeDatagrams()
        // ServerHello, Certificate, ServerKeyExchange, CertificateRequest, ServerHelloDone
        #expect(Self.messages(answer) == [2, 11, 12, 13, 14])
        #expect(answer.allSatisfy { $0.count <= 1200 })
        let hello = try #require(answer.first)
        #expect(Array(hello[25..<27]) == [0xFE, 0xFD])
        #expect(server.takeEvents().isEmpty)
    }

    @Test func aHelloThatLostAPieceIsTakenWhenItIsRepeated() throws {
        let server = Party(try makeContext(), role: .server, expected: nil)
        let pieces = ModernHello(random: 7).datagrams()
        server.receive(pieces[0])
        #expect(server.takeDatagrams().isEmpty)
        for piece in pieces { server.receive(piece) }
        #expect(Self.messages(server.takeDatagrams()) == [2, 11, 12, 13, 14])
    }

    /// A message may say that it is longer than any is.
    @Test func aHelloWithoutEndIsRefused() throws {
        let server = Party(try makeContext(), role: .server, expected: nil)
        var piece = ModernHello(random: 7).datagrams()[0]
        piece[14] = 0xFF
        server.receive(piece)
        #expect(server.takeDatagrams().allSatisfy { $0[0] == 21 })
        #expect(server.state == .idle)
        for piece in ModernHello(random: 8).datagrams() { server.receive(piece) }
        #expect(Self.messages(server.takeDatagrams()) == [2, 11, 12, 13, 14])
    }

    /// A whole handshake with a ClientHello of several datagrams, small or shuffled.
    @Test(arguments: [256, 600, 1200])
    func connectsWithALongHello(length: Int) throws {
        let client = try makeContext { $0.maximumDatagramLength = length }
        // Such as Encrypted Client Hello; 2000 octets of it.
        let isAdded = SSL_CTX_add_client_custom_ext(
            client.pointer, 0xFE0D,
            { _, _, output, length, _, _ in
                let octets = UnsafeMutablePointer<UInt8>.allocate(capacity: 2000)
                octets.initialize(repeating: 3, count: 2000)
                output?.pointee = UnsafePointer(octets)
                length?.pointee = 2000
                return 1
            }, { _, _, octets, _ in octets.map { UnsafeMutablePointer(mutating: $0).deallocate() } }, nil, nil, nil)
        #expect(isAdded == 1)
        let pair = Pair(client: client, server: try makeContext(.rsa(bits: 3072)))
        pair.left.start()
        pair.settle()
        #expect(pair.connections != nil)
        #expect(pair.longest <= 1200)
    }

    /// Each flight arrives last datagram first, encrypted records before the messages that make them readable.
    @Test(arguments: [256, 600])
    func connectsWhenFlightsArriveBackwards(length: Int) throws {
        let pair = Pair(
            client: try makeContext { $0.maximumDatagramLength = length },
            server: try makeContext { $0.maximumDatagramLength = length })
        pair.left.start()
        for _ in 0..<30 where pair.left.state != .connected || pair.right.state != .connected {
            for octets in pair.left.takeDatagrams().reversed() { pair.right.receive(octets) }
            for octets in pair.right.takeDatagrams().reversed() { pair.left.receive(octets) }
            guard let wait = [pair.left.timeUntilTimeout, pair.right.timeUntilTimeout].compactMap({ $0 }).min() else {
                continue
            }
            advanceTime(by: wait)
            pair.left.handleTimeout()
            pair.right.handleTimeout()
        }
        pair.leftEvents = pair.left.takeEvents()
        pair.rightEvents = pair.right.takeEvents()
        #expect(pair.connections != nil)
    }

    /// A fatal alert in the clear can be anybody's and breaks off a handshake; after it, only an authentic one counts.
    @Test func alertsInTheClearDoNothingToAConnection() throws {
        let pair = Pair(client: try makeContext(), server: try makeContext())
        pair.left.start()
        pair.settle()
        for description in [UInt8(0), 10, 40, 100] {
            pair.left.receive([21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, description])
            pair.right.receive([21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, description])
        }
        #expect(pair.left.state == .connected && pair.right.state == .connected)
    }
}
