import DTLS
import DataPlane
import Forwarding
import LinuxIO
import NetTypes
import SRTPKeying
import Testing

/// DTLS handshakes on ports, and media with the keys from them, with either backend.
struct HandshakeTests {
    /// A call between an encrypted port and a plain one.
    private struct SecureCall {
        let plane: DataPlane
        let browser: SecurePeer
        let phone: MediaPeer
        let left: PortLease
        let right: PortLease

        init(_ plane: DataPlane, relayIs role: DTLSPlan.Role) throws {
            self.plane = plane
            browser = try SecurePeer(role: role == .client ? .server : .client)
            phone = try MediaPeer()
            left = try plane.leaseSingle()
            right = try plane.leaseSingle()
        }

        func plans(_ association: UInt64, _ role: DTLSPlan.Role, fingerprint: CertificateFingerprint? = nil)
            -> [ForwardingPlan]
        {
            let dtls = DTLSPlan(
                association: association, role: role, fingerprint: fingerprint ?? browser.fingerprint)
            return [
                securePlan(left, to: browser.media.address, sinks: [right], dtls),
                plan(right, to: phone.address, sinks: [left], carries: .multiplexed),
            ]
        }

        /// Waits until the relay has its keys as well as the browser.
        func settle(established: UInt64 = 1) throws {
            try eventually("the relay is done") { plane.handshakeStatistics().established >= established }
            // What is protected before the worker has the keys is lost; the first that passes shows that it has them.
            var number = 60_000
            try eventually("the keys are in place") {
                number += 1
                try browser.media.send(try browser.protect(rtp(number, ssrc: 0xFFFF)), to: left.local)
                return phone.receive(within: 0.01) != nil
            }
            while phone.receive(within: 0.01) != nil {}
        }

        func exchange(_ numbers: Range<Int>, sourceLocation: SourceLocation = #_sourceLocation) throws {
            for number in numbers {
                try browser.media.send(try browser.protect(rtp(number)), to: left.local)
                try phone.expect(rtp(number), from: right.local, sourceLocation: sourceLocation)
                try phone.send(rtp(number, ssrc: 9), to: right.local)
                try browser.expect(rtp(number, ssrc: 9), sourceLocation: sourceLocation)
            }
        }
    }

    @Test(arguments: backends, [DTLSPlan.Role.client, .server])
    func browserAndPhoneHearEachOther(backend: DataPlaneConfiguration.Backend, role: DTLSPlan.Role) throws {
        let plane = try makeSecurePlane(backend)
        let call = try SecureCall(plane, relayIs: role)
        try plane.installAndWait(call.plans(1, role))
        try call.browser.connect(to: call.left.local)
        try call.settle()
        try call.exchange(0..<50)
        let statistics = plane.handshakeStatistics()
        #expect(statistics.begun == 1)
        #expect(statistics.established == 1)
        #expect(statistics.failed == 0)
        #expect(statistics.associations == 1)
        #expect(statistics.underWay == 0)
        #expect(statistics.datagramsReceived > 0)
        #expect(statistics.datagramsSent > 0)
        let suite = try #require(call.browser.connection?.suite)
        #expect(
            plane.securityEvents() == [
                SecurityEvent(port: call.left.id, association: 1, outcome: .established(suite))
            ])
        #expect(plane.securityEvents() == [])
    }

    @Test(arguments: backends)
    func twoBrowsersHearEachOther(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makeSecurePlane(backend) { $0.threads = 2 }
        let (first, second) = (try SecurePeer(role: .client), try SecurePeer(role: .server))
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        try plane.installAndWait([
            securePlan(
                left, to: first.media.address, sinks: [right],
                DTLSPlan(association: 1, role: .server, fingerprint: first.fingerprint)),
            securePlan(
                right, to: second.media.address, sinks: [left],
                DTLSPlan(association: 1, role: .client, fingerprint: second.fingerprint)),
        ])
        try first.connect(to: left.local)
        try second.connect(to: right.local)
        var number = 0
        try eventually("both have keys") {
            number += 1
            try first.media.send(try first.protect(rtp(number, ssrc: 1)), to: left.local)
            return second.media.receive(within: 0.01).map { ($0.bytes.first ?? 0) >= 128 } ?? false
        }
        while second.media.receive(within: 0.01) != nil {}
        for number in 0..<20 {
            try first.media.send(try first.protect(rtp(number, ssrc: 2)), to: left.local)
            try second.expect(rtp(number, ssrc: 2))
            try second.media.send(try second.protect(rtp(number, ssrc: 3)), to: right.local)
            try first.expect(rtp(number, ssrc: 3))
        }
    }

    @Test(arguments: backends, [DTLSPlan.Role.client, .server])
    func anotherCertificateGetsNoMedia(backend: DataPlaneConfiguration.Backend, role: DTLSPlan.Role) throws {
        let plane = try makeSecurePlane(backend)
        let call = try SecureCall(plane, relayIs: role)
        let other = try makeContext().fingerprint(.sha256)
        try plane.installAndWait(call.plans(1, role, fingerprint: other))
        call.browser.start()
        try eventually("the relay has seen the certificate") {
            try call.browser.step(with: call.left.local, within: 0.01)
            return plane.handshakeStatistics().mismatched == 1
        }
        try call.phone.send(rtp(1), to: call.right.local)
        try eventually("the packet was dropped") {
            plane.counters(of: [call.right.id, call.left.id]).contains { counters in
                counters?.drops[Int(DropReason.notKeyed.rawValue)] == 1
            }
        }
        #expect(call.browser.packets == [])
        #expect(plane.handshakeStatistics().established == 0)
        #expect(
            plane.securityEvents() == [
                SecurityEvent(port: call.left.id, association: 1, outcome: .fingerprintMismatch)
            ])
    }

    @Test(arguments: backends, [DTLSPlan.Role.client, .server])
    func lostFlightsAreSentAgain(backend: DataPlaneConfiguration.Backend, role: DTLSPlan.Role) throws {
        let plane = try makeSecurePlane(backend)
        let call = try SecureCall(plane, relayIs: role)
        try plane.installAndWait(call.plans(1, role))
        // The first flight of whoever begins is lost.
        call.browser.start()
        if role == .client {
            _ = try #require(call.browser.media.receive())
        } else {
            #expect(!call.browser.loseDatagrams().isEmpty)
        }
        try eventually("the handshake is done") {
            try call.browser.step(with: call.left.local)
            return call.browser.connection != nil
        }
        try call.settle()
        try call.exchange(0..<5)
        #expect(plane.handshakeStatistics().failed == 0)
    }

    @Test(arguments: backends)
    func lastFlightIsSentAgainAfterTheEnd(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makeSecurePlane(backend)
        let call = try SecureCall(plane, relayIs: .server)
        try plane.installAndWait(call.plans(1, .server))
        call.browser.start()
        // Everything that comes once the relay is done is lost once.
        try eventually("the relay is done") {
            try call.browser.step(with: call.left.local, within: 0)
            return plane.handshakeStatistics().established == 1 || call.browser.connection != nil
        }
        if call.browser.connection == nil {
            while call.browser.media.receive(within: 0.05) != nil {}
            try eventually("the last flight came again") {
                try call.browser.step(with: call.left.local)
                return call.browser.connection != nil
            }
        }
        try call.settle()
        try call.exchange(0..<5)
    }

    @Test(arguments: backends)
    func newAssociationMakesNewKeys(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makeSecurePlane(backend)
        let call = try SecureCall(plane, relayIs: .server)
        try plane.installAndWait(call.plans(1, .server))
        try call.browser.connect(to: call.left.local)
        try call.settle()
        try call.exchange(0..<5)
        // The same association again changes nothing.
        plane.install(call.plans(1, .server))
        try call.exchange(5..<10)
        let before = call.browser.connection
        plane.install(call.plans(2, .server))
        try eventually("the new association has begun") { plane.handshakeStatistics().begun == 2 }
        call.browser.restart(role: .client)
        try call.browser.connect(to: call.left.local)
        try call.settle(established: 2)
        #expect(call.browser.connection != before)
        try call.exchange(10..<20)
        #expect(plane.handshakeStatistics().associations == 1)
    }

    @Test(arguments: backends)
    func clientWaitsForTheAddressOfItsPeer(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makeSecurePlane(backend)
        let call = try SecureCall(plane, relayIs: .client)
        var plans = call.plans(1, .client)
        plans[0].remote = nil
        plane.install(plans)
        try eventually("the association has begun") { plane.handshakeStatistics().begun == 1 }
        #expect(plane.handshakeStatistics().datagramsSent == 0)
        plane.install(call.plans(1, .client))
        try call.browser.connect(to: call.left.local)
        try call.settle()
        try call.exchange(0..<5)
    }

    @Test(arguments: backends)
    func peerIsToldOfTheEnd(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makeSecurePlane(backend)
        let call = try SecureCall(plane, relayIs: .server)
        try plane.installAndWait(call.plans(1, .server))
        try call.browser.connect(to: call.left.local)
        try call.settle()
        plane.release([call.left.id, call.right.id])
        try eventually("the peer knows") {
            try call.browser.step(with: call.left.local)
            return call.browser.events.last == .closed
        }
        try plane.waitForClose()
        try eventually("nothing is left") { plane.handshakeStatistics().associations == 0 }
    }

    /// What a peer sends before it can be understood is dropped and counted, and does the handshake no harm.
    @Test(arguments: backends, [DTLSPlan.Role.client, .server])
    func earlyMediaIsDropped(backend: DataPlaneConfiguration.Backend, role: DTLSPlan.Role) throws {
        let plane = try makeSecurePlane(backend)
        let call = try SecureCall(plane, relayIs: role)
        try plane.installAndWait(call.plans(1, role))
        for number in 0..<10 { try call.browser.media.send(rtp(number), to: call.left.local) }
        try eventually("they were counted") {
            plane.counters(of: [call.left.id])[0]?.drops[Int(DropReason.notKeyed.rawValue)] == 10
        }
        #expect(call.phone.receive(within: 0.01) == nil)
        try call.browser.connect(to: call.left.local)
        try call.settle()
        try call.exchange(0..<5)
    }

    /// A peer that has closed may come back with the certificate that was signalled, without a new plan.
    @Test(arguments: backends)
    func aPeerThatHasClosedComesBack(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makeSecurePlane(backend)
        let call = try SecureCall(plane, relayIs: .server)
        try plane.installAndWait(call.plans(1, .server))
        try call.browser.connect(to: call.left.local)
        try call.settle()
        call.browser.close()
        try call.browser.step(with: call.left.local)
        try eventually("the relay has heard it") { plane.securityEvents().last?.outcome == .closedByPeer }
        let before = try #require(call.browser.connection)
        call.browser.restart(role: .client)
        try call.browser.connect(to: call.left.local)
        try call.settle(established: 2)
        #expect(call.browser.connection != before)
        try call.exchange(0..<5)
    }

    /// A ClientHello on an association that stands has no effect: whoever sent it cannot be told apart from a stranger
    /// with the peer's address, until signalling asks for another association.
    @Test(arguments: backends)
    func aReloadIsSignalled(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makeSecurePlane(backend)
        let call = try SecureCall(plane, relayIs: .server)
        try plane.installAndWait(call.plans(1, .server))
        try call.browser.connect(to: call.left.local)
        try call.settle()
        let reloaded = try SecurePeer(call.browser.media, role: .client, expected: relayContext.fingerprint(.sha256))
        reloaded.start()
        for _ in 0..<5 { try reloaded.step(with: call.left.local, within: 0.02) }
        #expect(reloaded.connection == nil && reloaded.events.isEmpty)
        try call.exchange(0..<5)
        plane.install(call.plans(2, .server, fingerprint: reloaded.fingerprint))
        try eventually("the new association has begun") { plane.handshakeStatistics().begun == 2 }
        reloaded.restart(role: .client)
        try reloaded.connect(to: call.left.local)
        #expect(plane.handshakeStatistics().mismatched == 0)
    }

    @Test(arguments: backends)
    func releaseInTheMiddleLeavesNothing(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makeSecurePlane(backend)
        for steps in 0..<8 {
            let call = try SecureCall(plane, relayIs: steps % 2 == 0 ? .client : .server)
            try plane.installAndWait(call.plans(UInt64(steps), steps % 2 == 0 ? .client : .server))
            call.browser.start()
            for _ in 0..<(steps / 2) { try call.browser.step(with: call.left.local, within: 0.005) }
            plane.release([call.left.id, call.right.id])
            try plane.waitForClose()
            try eventually("nothing is left") {
                let statistics = plane.handshakeStatistics()
                return statistics.begun == UInt64(steps + 1) && statistics.associations == 0
                    && statistics.underWay == 0
            }
        }
    }

    @Test(arguments: backends)
    func silentPeersAreGivenUp(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makeSecurePlane(backend) {
            $0.lifetimeSeconds = 1
            $0.attempts = 1
        }
        let call = try SecureCall(plane, relayIs: .client)
        try plane.installAndWait(call.plans(1, .client))
        try eventually("the handshake has ended") { plane.handshakeStatistics().failed == 1 }
        #expect(
            plane.securityEvents() == [SecurityEvent(port: call.left.id, association: 1, outcome: .timedOut)])
        #expect(plane.handshakeStatistics().underWay == 0)
    }

    @Test(arguments: backends)
    func fewHandshakesAtATimeAreEnough(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makeSecurePlane(backend) { $0.concurrentHandshakes = 1 }
        let calls = try (0..<4).map { try SecureCall(plane, relayIs: $0 % 2 == 0 ? .client : .server) }
        for (index, call) in calls.enumerated() {
            try plane.installAndWait(call.plans(1, index % 2 == 0 ? .client : .server))
            call.browser.start()
        }
        try eventually("all are done") {
            for call in calls { try call.browser.step(with: call.left.local, within: 0.005) }
            return calls.allSatisfy { $0.browser.connection != nil }
        }
        #expect(plane.handshakeStatistics().failed == 0)
    }

    @Test(arguments: backends)
    func floodDoesNotDisturbACall(backend: DataPlaneConfiguration.Backend) throws {
        let plane = try makeSecurePlane(backend, ports: 20_000...20_199) { $0.datagramsPerSecond = 3 }
        let call = try SecureCall(plane, relayIs: .server)
        try plane.installAndWait(call.plans(1, .server))
        try call.browser.connect(to: call.left.local)
        try call.settle()
        // Ports that wait for a ClientHello, and strangers that send them one after the other but never show where
        // they are.
        let victims = try (0..<40).map { _ in try plane.leaseSingle() }
        let strangers = try (0..<20).map { _ in try SecurePeer(role: .client) }
        plane.install(
            victims.map { victim in
                var plan = securePlan(
                    victim, to: nil, sinks: [],
                    DTLSPlan(association: 7, role: .server, fingerprint: call.browser.fingerprint))
                plan.learning = .immediate
                plan.foreignSources = .accept
                return plan
            })
        let hellos = try strangers.map { stranger in
            stranger.start()
            return try #require(stranger.loseDatagrams().first)
        }
        for round in 0..<50 {
            for (stranger, hello) in zip(strangers, hellos) {
                for victim in victims { try stranger.media.send(hello, to: victim.local) }
                try stranger.media.send(hello, to: call.left.local)
            }
            try call.exchange(round..<(round + 1))
            while strangers.contains(where: { $0.media.receive(within: 0) != nil }) {}
        }
        let statistics = plane.handshakeStatistics()
        #expect(statistics.established == 1)
        #expect(statistics.associations == 41)
        #expect(statistics.underWay == 0)
        #expect(plane.counters(of: [call.left.id])[0]?.rtpIn.packets ?? 0 >= 50)
    }
}
