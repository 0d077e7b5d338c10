import SRTPKeying
import Testing

@testable import DTLS

/// What an association still does when libssl's state is gone.
@Suite struct DTLSReleaseTests {
    /// Ciphers whose records are read without libssl.
    static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
    ]

    private func connected(_ cipher: String) throws -> Pair {
        let pair = Pair(
            client: try makeContext { $0.ciphers = cipher }, server: try makeContext { $0.ciphers = cipher })
        pair.left.start()
        pair.settle()
        return pair
    }

    @Test(arguments: ciphers)
    func nothingOfLibsslIsKept(cipher: String) throws {
        let pair = try connected(cipher)
        #expect(pair.connections != nil)
        #expect(pair.left.isReleased && pair.right.isReleased)
    }

    @Test func aSessionThatCannotBeReadOtherwiseIsKept() throws {
        let pair = try connected("ECDHE-ECDSA-AES128-SHA256")
        #expect(pair.connections != nil)
        #expect(!pair.left.isReleased && !pair.right.isReleased)
        pair.left.close()
        pair.settle()
        #expect(pair.rightEvents.last == .closed)
    }

    @Test(arguments: ciphers, [true, false])
    func closeIsSaidAndHeard(cipher: String, byClient: Bool) throws {
        let pair = try connected(cipher)
        (byClient ? pair.left : pair.right).close()
        pair.settle()
        #expect((byClient ? pair.rightEvents : pair.leftEvents).last == .closed)
        #expect(pair.left.state == .ended && pair.right.state == .ended)
        #expect((byClient ? pair.leftEvents : pair.rightEvents).count == 1)
    }

    /// The client repeats its last flight with new sequence numbers until it gets the server's.
    @Test(arguments: ciphers, [1, 3])
    func theLastFlightIsSentAgain(cipher: String, losses: Int) throws {
        let pair = Pair(
            client: try makeContext { $0.ciphers = cipher }, server: try makeContext { $0.ciphers = cipher })
        var lost = 0
        pair.delivers = { [unowned pair] _, flying in
            guard flying.from == .right, pair.right.state == .connected, lost < losses else { return true }
            lost += 1
            return false
        }
        pair.left.start()
        pair.settle()
        #expect(pair.right.isReleased)
        #expect(pair.left.state == .handshaking)
        pair.run()
        #expect(lost == losses)
        #expect(pair.connections != nil)
        pair.left.close()
        pair.settle()
        #expect(pair.rightEvents.last == .closed)
    }

    @Test(arguments: ciphers)
    func forgedRecordsAreIgnored(cipher: String) throws {
        let pair = try connected(cipher)
        pair.left.close()
        let farewell = try #require(pair.left.takeDatagrams().first)
        for place in farewell.indices {
            var forged = farewell
            forged[place] ^= 0x20
            pair.right.receive(forged)
            pair.right.receive(Array(farewell[..<place]))
        }
        // A Finished that is none, and records that are cut off, empty or too long.
        pair.right.receive([22, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 9, 0, 40] + [UInt8](repeating: 7, count: 40))
        pair.right.receive([21, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 9, 0, 0])
        pair.right.receive([22, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 9, 4, 0] + [UInt8](repeating: 7, count: 1024))
        #expect(pair.right.state == .connected)
        #expect(pair.right.takeDatagrams().isEmpty)
        pair.right.receive(farewell)
        #expect(pair.right.state == .ended)
    }

    @Test func theFingerprintCanStillTurnOutWrong() throws {
        let (client, server) = (try makeContext(), try makeContext())
        let pair = Pair(client: client, server: server)
        pair.left.start()
        pair.settle()
        pair.left.expect([server.fingerprint(.sha224)])
        #expect(pair.left.state == .connected)
        pair.left.expect([client.fingerprint(.sha256)])
        pair.settle()
        #expect(pair.leftEvents.last == .fingerprintMismatch)
        #expect(pair.rightEvents.last == .closed)
    }

    @Test func aSessionThatWaitsForTheFingerprintIsKept() throws {
        let (client, server) = (try makeContext(), try makeContext())
        let pair = Pair(
            Party(client, role: .client, expected: [server.fingerprint(.sha256)]),
            Party(server, role: .server, expected: nil))
        pair.left.start()
        pair.settle()
        #expect(!pair.right.isReleased)
        pair.right.expect([client.fingerprint(.sha256)])
        #expect(pair.right.isReleased)
    }

    @Test func alertsHaveLibsslsWords() {
        #expect(OpenSSLReason.alert(40).isAlert)
        #expect(OpenSSLReason.alert(40).description.contains("handshake failure"))
        #expect(OpenSSLReason.alert(255).isAlert)
    }
}
