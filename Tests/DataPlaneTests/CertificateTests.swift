import DTLS
import DataPlane
import Forwarding
import NetTypes
import SRTPKeying
import Testing

/// Handshakes with the certificate that the peer was told of, while certificates come and go.
struct CertificateTests {
    private static func encrypted(
        _ plane: DataPlane, _ browser: SecurePeer, certificate: UInt64, _ port: PortLease, to phone: MediaPeer,
        _ other: PortLease, association: UInt64 = 1
    ) -> [ForwardingPlan] {
        let dtls = DTLSPlan(
            association: association, role: .server, fingerprint: browser.fingerprint, certificate: certificate)
        return [
            securePlan(port, to: browser.media.address, sinks: [other], dtls),
            plan(other, to: phone.address, sinks: [port], carries: .multiplexed),
        ]
    }

    @Test(arguments: backends)
    func eachPeerSeesTheCertificateItWasToldOf(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makeSecurePlane(backend)
        let renewed = try makeContext()
        plane.addCertificate(renewed, number: 1)
        let contexts = [try relayContext, renewed]
        // The later calls begin first.
        for number in [1, 0] {
            let browser = try SecurePeer(
                try MediaPeer(), role: .client, expected: contexts[number].fingerprint(.sha256))
            let phone = try MediaPeer()
            let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
            try plane.installAndWait(
                CertificateTests.encrypted(
                    plane, browser, certificate: UInt64(number), left, to: phone, right))
            try browser.connect(to: left.local)
        }
        #expect(plane.handshakeStatistics().mismatched == 0)
    }

    @Test(arguments: backends)
    func anAssociationKeepsACertificateThatIsGone(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makeSecurePlane(backend)
        let browser = try SecurePeer(role: .client)
        let phone = try MediaPeer()
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        try plane.installAndWait(
            CertificateTests.encrypted(plane, browser, certificate: 0, left, to: phone, right))
        try eventually("the association has begun") { plane.handshakeStatistics().begun == 1 }
        plane.addCertificate(try makeContext(), number: 1)
        plane.retireCertificates(before: 1)
        try browser.connect(to: left.local)
        try eventually("the relay is done") { plane.handshakeStatistics().established == 1 }
        // It is counted a moment before it is told.
        try eventually("it was told") { !plane.securityEvents().isEmpty }
        // Another one cannot be had with it.
        plane.install(
            CertificateTests.encrypted(plane, browser, certificate: 0, left, to: phone, right, association: 2))
        try eventually("it was refused") { plane.handshakeStatistics().failed == 1 }
        #expect(plane.handshakeStatistics().associations == 0)
        var events: [SecurityEvent] = []
        try eventually("it was told, too") {
            events += plane.securityEvents()
            return !events.isEmpty
        }
        #expect(
            events == [
                SecurityEvent(
                    port: left.id, association: 2,
                    outcome: .failed(reason: "the certificate in the SDP is no longer kept"))
            ])
    }
}
