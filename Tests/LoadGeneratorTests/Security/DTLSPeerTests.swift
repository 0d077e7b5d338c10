import Testing

@testable import LoadGenerator

struct DTLSPeerTests {
    private func shake(_ client: DTLSPeer, _ server: DTLSPeer, losing lost: Int? = nil) {
        client.advance()
        var number = 0
        for _ in 0..<10 {
            for datagram in client.takeDatagrams() {
                number += 1
                if number != lost { datagram.withUnsafeBytes { server.receive($0) } }
            }
            for datagram in server.takeDatagrams() { datagram.withUnsafeBytes { client.receive($0) } }
        }
    }

    @Test(arguments: SRTPSuite.allCases)
    func bothEndsGetTheSameKeys(suite: SRTPSuite) throws {
        let identity = try DTLSIdentity(suite)
        let client = try DTLSPeer(identity, isClient: true, expecting: identity.fingerprint)
        let server = try DTLSPeer(identity, isClient: false, expecting: identity.fingerprint)
        shake(client, server)
        guard case .established(let sent, let received) = client.state else {
            Issue.record("\(client.state)")
            return
        }
        #expect(server.state == .established(outbound: received, inbound: sent))
        #expect(sent != received)
    }

    @Test func anotherCertificateIsRefused() throws {
        let identity = try DTLSIdentity(.aesCM128Tag80)
        let other = try DTLSIdentity(.aesCM128Tag80)
        let client = try DTLSPeer(identity, isClient: true, expecting: other.fingerprint)
        let server = try DTLSPeer(identity, isClient: false, expecting: identity.fingerprint)
        shake(client, server)
        guard case .failed = client.state else {
            Issue.record("\(client.state)")
            return
        }
    }

    @Test func differentProfilesDoNotAgree() throws {
        let identity = try DTLSIdentity(.aesCM128Tag80)
        let other = try DTLSIdentity(.aeadAES256GCM)
        let client = try DTLSPeer(identity, isClient: true, expecting: other.fingerprint)
        let server = try DTLSPeer(other, isClient: false, expecting: identity.fingerprint)
        shake(client, server)
        if case .established = client.state { Issue.record("the client is content") }
        if case .established = server.state { Issue.record("the server is content") }
    }

    @Test func rubbishIsDropped() throws {
        let identity = try DTLSIdentity(.aesCM128Tag80)
        let server = try DTLSPeer(identity, isClient: false, expecting: identity.fingerprint)
        for octets in [[], [22], [UInt8](repeating: 22, count: 100), [UInt8](repeating: 0xFF, count: 2000)] {
            octets.withUnsafeBytes { server.receive($0) }
        }
        if case .established = server.state { Issue.record("\(server.state)") }
    }
}
