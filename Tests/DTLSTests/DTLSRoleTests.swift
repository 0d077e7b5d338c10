import SRTPKeying
import Testing

@testable import DTLS

/// Every case of `a=setup`: active, passive, and an actpass that was answered by actpass.
@Suite struct DTLSRoleTests {
    static func pair(_ left: DTLSRole, _ right: DTLSRole) throws -> Pair {
        let (first, second) = (try makeContext(), try makeContext())
        return Pair(
            Party(first, role: left, expected: [second.fingerprint(.sha256)]),
            Party(second, role: right, expected: [first.fingerprint(.sha256)]))
    }

    @Test func aServerDoesNotBegin() throws {
        let pair = try Self.pair(.server, .server)
        pair.left.start()
        pair.settle()
        #expect(pair.sent == 0)
        #expect(pair.left.state == .idle)
    }

    @Test func theUndecidedServesWhoComesFirst() throws {
        let pair = try Self.pair(.client, .undecided)
        pair.left.start()
        pair.settle()
        #expect(try #require(pair.connections).right.role == .server)
    }

    @Test func theUndecidedBeginsWhenTold() throws {
        let pair = try Self.pair(.undecided, .server)
        pair.settle()
        #expect(pair.sent == 0)
        pair.left.start()
        pair.settle()
        #expect(try #require(pair.connections).left.role == .client)
    }

    @Test func aStartAfterAClientHelloChangesNothing() throws {
        let pair = try Self.pair(.client, .undecided)
        pair.left.start()
        pair.right.receive(try #require(pair.left.nextDatagram()))
        pair.right.start()
        pair.settle()
        #expect(try #require(pair.connections).right.role == .server)
    }

    @Test func theUndecidedGivesWayToAPeerThatInsists() throws {
        let pair = try Self.pair(.client, .undecided)
        // The peer has never seen what it sent.
        pair.delivers = { _, datagram in datagram.from == .left }
        pair.right.start()
        pair.settle()
        pair.left.start()
        pair.settle()
        // The first meets a handshake that may still be answered.
        #expect(pair.right.state == .handshaking)
        advanceTime(by: try #require(pair.right.timeUntilTimeout))
        pair.right.handleTimeout()
        pair.settle()
        pair.delivers = { _, datagram in
            guard case .clientHello = datagram.octets.withUnsafeBytes({ DTLSRecord($0) }) else { return true }
            return datagram.from == .left
        }
        pair.run()
        #expect(try #require(pair.connections).right.role == .server)
    }

    @Test func aSecondStartSendsNothing() throws {
        let pair = try Self.pair(.client, .server)
        pair.left.start()
        #expect(pair.left.takeDatagrams().count == 1)
        pair.left.start()
        #expect(pair.left.takeDatagrams().isEmpty)
    }
}
