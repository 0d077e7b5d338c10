import SRTP
import SRTPKeying
import Testing

@testable import DTLS

@Suite struct DTLSHandshakeTests {
    @Test(
        arguments: [DTLSCertificate.Key.ecdsaP256, .rsa(bits: 2048)], [DTLSCertificate.Key.ecdsaP256, .rsa(bits: 2048)])
    func connectsWithEveryKindOfKey(client: DTLSCertificate.Key, server: DTLSCertificate.Key) throws {
        let pair = Pair(client: try makeContext(client), server: try makeContext(server))
        pair.left.start()
        #expect(pair.left.state == .handshaking)
        pair.settle()
        let connections = try #require(pair.connections)
        #expect(connections.left.role == .client)
        #expect(connections.right.role == .server)
        #expect(connections.left.suite == .aeadAES256GCM)
        #expect(pair.left.state == .connected)
        #expect(pair.right.state == .connected)
        #expect(pair.left.timeUntilTimeout == nil)
        #expect(pair.right.timeUntilTimeout == nil)
        #expect(pair.longest <= 1200)
    }

    @Test(arguments: DTLSConfiguration.availableProfiles)
    func agreesOnEveryProfile(suite: CryptoSuite) throws {
        let only = try makeContext { $0.profiles = [suite] }
        for (client, server) in [(only, try makeContext()), (try makeContext(), only)] {
            let pair = Pair(client: client, server: server)
            pair.left.start()
            pair.settle()
            let connections = try #require(pair.connections)
            #expect(connections.left.suite == suite)
            // The keys protect media in both directions.
            var packet = [UInt8](repeating: 0x11, count: 100) + [UInt8](repeating: 0, count: 32)
            packet[0] = 0x80
            var sender = try SRTPSender(SRTPPolicy(suite: suite, masterKey: connections.left.localKey))
            var receiver = try SRTPReceiver(SRTPPolicy(suite: suite, masterKey: connections.right.remoteKey))
            let result = packet.withUnsafeMutableBytes { bytes in
                guard case .ok(let length) = sender.protectRTP(bytes, length: 100) else { return SRTPResult.malformed }
                return receiver.unprotectRTP(UnsafeMutableRawBufferPointer(rebasing: bytes[..<length]))
            }
            #expect(result == .ok(length: 100))
        }
    }

    @Test func theServerChoosesTheProfile() throws {
        let pair = Pair(
            client: try makeContext { $0.profiles = [.aesCM128Tag32, .aesCM128Tag80, .aeadAES128GCM] },
            server: try makeContext { $0.profiles = [.aeadAES256GCM, .aesCM128Tag80, .aesCM128Tag32] })
        pair.left.start()
        pair.settle()
        #expect(try #require(pair.connections).left.suite == .aesCM128Tag80)
    }

    @Test func withoutACommonProfileThereIsNoMedia() throws {
        let pair = Pair(
            client: try makeContext { $0.profiles = [.aesCM128Tag32] },
            server: try makeContext { $0.profiles = [.aeadAES128GCM] })
        pair.left.start()
        pair.settle()
        #expect(pair.connections == nil)
        #expect(pair.leftEvents == [.failed(.noProtectionProfile)])
        #expect(pair.left.state == .ended)
        #expect(pair.right.state == .ended)
    }

    @Test(arguments: FingerprintHash.allCases)
    func verifiesEveryHash(hash: FingerprintHash) throws {
        let pair = Pair(client: try makeContext(), server: try makeContext(), hash: hash)
        pair.left.start()
        pair.settle()
        #expect(try #require(pair.connections).left.peerFingerprint.hash == hash)
    }

    @Test(arguments: FingerprintHash.allCases)
    func anotherCertificateGivesNoKeys(hash: FingerprintHash) throws {
        let (client, server) = (try makeContext(), try makeContext())
        var digest = server.fingerprint(hash).digest
        digest[digest.count - 1] ^= 1
        let wrong = try #require(CertificateFingerprint(hash: hash, digest: digest))
        let pair = Pair(
            Party(client, role: .client, expected: [wrong]),
            Party(server, role: .server, expected: [client.fingerprint(hash)]))
        pair.left.start()
        pair.settle()
        #expect(pair.leftEvents == [.fingerprintMismatch])
        #expect(pair.left.state == .ended)
        // The server was content with its peer, and hears that it is gone.
        #expect(pair.rightEvents.last == .closed)

        let reverse = Pair(
            Party(client, role: .client, expected: [server.fingerprint(hash)]),
            Party(server, role: .server, expected: [wrong]))
        reverse.left.start()
        reverse.settle()
        #expect(reverse.rightEvents == [.fingerprintMismatch])
        #expect(reverse.leftEvents.last == .closed)
    }

    @Test func theStrongestHashDecides() throws {
        let (client, server, other) = (try makeContext(), try makeContext(), try makeContext())
        let cases: [([CertificateFingerprint], Bool)] = [
            ([server.fingerprint(.sha256), other.fingerprint(.sha256)], true),
            ([other.fingerprint(.sha256), server.fingerprint(.sha256)], true),
            ([server.fingerprint(.sha1), server.fingerprint(.sha512)], true),
            ([other.fingerprint(.sha1), server.fingerprint(.sha512)], true),
            ([server.fingerprint(.sha1), other.fingerprint(.sha512)], false),
            ([], false),
        ]
        for (expected, isGood) in cases {
            let pair = Pair(
                Party(client, role: .client, expected: expected),
                Party(server, role: .server, expected: [client.fingerprint(.sha256)]))
            pair.left.start()
            pair.settle()
            #expect((Pair.connection(pair.leftEvents) != nil) == isGood)
        }
    }

    @Test func waitsForTheFingerprint() throws {
        let (client, server) = (try makeContext(), try makeContext())
        let pair = Pair(
            Party(client, role: .client, expected: [server.fingerprint(.sha256)]),
            Party(server, role: .server, expected: nil))
        pair.left.start()
        pair.settle()
        #expect(pair.right.state == .awaitingFingerprint)
        #expect(pair.rightEvents.isEmpty)
        #expect(pair.right.timeUntilTimeout == nil)
        pair.right.expect([client.fingerprint(.sha384)])
        pair.settle()
        #expect(pair.connections != nil)
        #expect(pair.right.state == .connected)
    }

    @Test func aFingerprintThatComesLateAndIsWrongEndsIt() throws {
        let (client, server) = (try makeContext(), try makeContext())
        for first in [nil, [client.fingerprint(.sha256)]] {
            let pair = Pair(
                Party(client, role: .client, expected: [server.fingerprint(.sha256)]),
                Party(server, role: .server, expected: first))
            pair.left.start()
            pair.settle()
            pair.right.expect([server.fingerprint(.sha256)])
            pair.settle()
            #expect(pair.rightEvents.last == .fingerprintMismatch)
            #expect(pair.right.state == .ended)
            #expect(pair.leftEvents.last == .closed)
        }
    }

    @Test func bothSidesMustHaveACertificate() throws {
        // The request for one is part of the server's flight, and an empty answer to it fails.
        let (client, server) = (try makeContext(), try makeContext())
        let pair = Pair(client: client, server: server)
        var answers: [[UInt8]] = []
        pair.left.start()
        pair.right.receive(try #require(pair.left.nextDatagram()))
        answers = pair.right.takeDatagrams()
        // Handshake type 13, CertificateRequest, somewhere at the start of a record's body.
        let hasRequest = answers.contains { datagram in
            var place = 0
            while place + 13 < datagram.count {
                if datagram[place] == 22, datagram[place + 13] == 13 { return true }
                place += 13 + Int(datagram[place + 11]) << 8 + Int(datagram[place + 12])
            }
            return false
        }
        #expect(hasRequest)
    }

    @Test(arguments: [256, 300, 600, 1200])
    func noDatagramIsLongerThanAllowed(length: Int) throws {
        let pair = Pair(
            client: try makeContext(.rsa(bits: 2048)) { $0.maximumDatagramLength = length },
            server: try makeContext(.rsa(bits: 2048)) { $0.maximumDatagramLength = length })
        pair.left.start()
        pair.settle()
        #expect(pair.connections != nil)
        #expect(pair.longest <= length)
        #expect(pair.longest > length / 2)
    }

    @Test func closeIsHeard() throws {
        let pair = Pair(client: try makeContext(), server: try makeContext())
        pair.left.start()
        pair.settle()
        pair.right.close()
        #expect(pair.right.state == .ended)
        pair.settle()
        #expect(pair.leftEvents.last == .closed)
        #expect(pair.left.state == .ended)
        #expect(pair.rightEvents.count == 1)
        // Nothing moves any more.
        pair.left.close()
        pair.left.start()
        pair.settle()
        #expect(pair.leftEvents.count == 2)
    }

    @Test func rotationLeavesWhatExistsAlone() throws {
        let (client, old) = (try makeContext(), try makeContext())
        let before = Pair(client: client, server: old)
        before.left.start()
        before.right.receive(try #require(before.left.nextDatagram()))
        let new = try makeContext()
        #expect(new.fingerprint(.sha256) != old.fingerprint(.sha256))
        before.settle()
        let after = Pair(client: client, server: new)
        after.left.start()
        after.settle()
        #expect(try #require(before.connections).left.peerFingerprint == old.fingerprint(.sha256))
        #expect(try #require(after.connections).left.peerFingerprint == new.fingerprint(.sha256))
        #expect(before.left.state == .connected)
    }

    @Test func eachHandshakeHasKeysOfItsOwn() throws {
        let (client, server) = (try makeContext(), try makeContext())
        var keys: [MasterKey] = []
        for _ in 0..<3 {
            let pair = Pair(client: client, server: server)
            pair.left.start()
            pair.settle()
            keys.append(try #require(pair.connections).left.localKey)
        }
        #expect(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2])
    }

    @Test func eventsShowNoKey() throws {
        let pair = Pair(client: try makeContext(), server: try makeContext())
        pair.left.start()
        pair.settle()
        let event = try #require(pair.leftEvents.first)
        let key = try #require(pair.connections).left.localKey.withUnsafeBytes { Array($0) }
        var text = "\(event)" + String(reflecting: event)
        dump(event, to: &text)
        // Four octets in a row, in decimal or in hex, would be no coincidence.
        let decimal = key.prefix(4).map(String.init).joined(separator: ", ")
        let hexadecimal = key.prefix(4).map { String($0, radix: 16) }.joined()
        #expect(!text.contains(decimal) && !text.lowercased().contains(hexadecimal))
        #expect(text.contains("MasterKey(32 + 12 octets)"))
    }
}
