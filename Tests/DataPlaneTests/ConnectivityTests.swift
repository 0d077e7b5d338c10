import DTLS
import DataPlane
import Forwarding
import ICE
import LinuxIO
import NetTypes
import Testing

/// A whole browser: connectivity checks, then the handshake, then media.
struct ConnectivityTests {
    /// The ICE agent of a peer, on the socket of its media.
    private final class Checker {
        private var agent: ICEAgent
        private let peer: SecurePeer
        let credentials: ICECredentials
        let candidate: ICELocalCandidate

        init(_ peer: SecurePeer, role: ICERole) {
            var generator = SystemRandomNumberGenerator()
            self.peer = peer
            credentials = ICECredentials(using: &generator)
            candidate = ICELocalCandidate(
                component: .rtp, address: peer.media.address, localPreference: 65_535, foundation: "1")
            agent = ICEAgent(
                ICEAgent.Configuration(
                    mode: .full, role: role, localCandidates: [candidate], credentials: credentials),
                using: &generator)
        }

        func begin(_ remote: ICEPlan.Credentials, at port: TransportAddress) throws {
            let now = MonotonicClock.now()
            let credentials = try #require(
                ICECredentials(usernameFragment: remote.usernameFragment, password: remote.password))
            agent.setRemote(credentials, isLite: false, now: now)
            let candidate = try #require(
                ICERemoteCandidate(
                    foundation: "1", component: .rtp, priority: 2_130_706_431, address: port, type: .host))
            agent.addRemoteCandidates([candidate], now: now)
            agent.endOfRemoteCandidates(now: now)
        }

        /// Sends what is due, takes in one datagram, and hands on what is not STUN.
        func step() throws {
            agent.deadlineReached(now: MonotonicClock.now())
            try send()
            if let datagram = peer.media.receive(within: 0.005), let source = datagram.source {
                if (datagram.bytes.first ?? 0) < 4 {
                    datagram.bytes.withUnsafeBytes {
                        _ = agent.receive($0, onLocal: 0, from: source, now: MonotonicClock.now())
                    }
                } else {
                    peer.take(datagram.bytes)
                }
            }
            try send()
        }

        private func send() throws {
            var buffer = [UInt8](repeating: 0, count: ICELimits.transmittedBytes)
            while let transmit = buffer.withUnsafeMutableBytes({ agent.nextTransmit(into: $0) }) {
                try peer.media.send(Array(buffer[..<transmit.count]), to: transmit.destination)
            }
            while agent.nextEvent() != nil {}
        }

        var isCompleted: Bool { agent.state == .completed }
    }

    @Test(arguments: backends, [DTLSPlan.Role.client, .server])
    func checksThenHandshakeThenMedia(backend: DataPlaneConfiguration.Backend, role: DTLSPlan.Role) throws {
        let plane = try makeSecurePlane(backend)
        let browser = try SecurePeer(role: role == .client ? .server : .client)
        let phone = try MediaPeer()
        let checker = Checker(browser, role: role == .client ? .controlling : .controlled)
        let (left, right) = (try plane.leaseSingle(), try plane.leaseSingle())
        let local = ICEPlan.Credentials(usernameFragment: "relayfrag", password: "relaypasswordrelaypassword")
        var secure = securePlan(
            left, to: nil, sinks: [right], DTLSPlan(association: 1, role: role, fingerprint: browser.fingerprint))
        var ice = ICEPlan(
            agent: 1, isLite: false, isControlling: role == .server,
            candidates: [
                ICEPlan.Candidate(
                    port: left.id, address: left.local, component: 1, localPreference: 65_535, foundation: "1")
            ], local: local)
        ice.remote = ICEPlan.Credentials(
            usernameFragment: checker.credentials.usernameFragment, password: checker.credentials.password)
        let address = browser.media.address
        ice.remoteCandidates = [
            "1 1 UDP \(checker.candidate.priority) \(address.address) \(address.port) typ host"
        ]
        ice.isRemoteComplete = true
        secure.ice = ice
        plane.install([secure, plan(right, to: phone.address, sinks: [left], carries: .multiplexed)])

        try checker.begin(local, at: left.local)
        try eventually("a pair is nominated") {
            try checker.step()
            return checker.isCompleted
        }
        browser.start()
        try eventually("the handshake is done") {
            try checker.step()
            try browser.step(with: left.local, within: 0)
            return browser.connection != nil
        }
        var number = 60_000
        try eventually("the keys are in place") {
            number += 1
            try browser.media.send(try browser.protect(rtp(number, ssrc: 0xFFFF)), to: left.local)
            try checker.step()
            return phone.receive(within: 0.01) != nil
        }
        while phone.receive(within: 0.01) != nil {}
        for number in 0..<20 {
            try browser.media.send(try browser.protect(rtp(number)), to: left.local)
            try phone.expect(rtp(number), from: right.local)
            try phone.send(rtp(number, ssrc: 9), to: right.local)
            try eventually("the packet came") {
                try checker.step()
                return !browser.packets.isEmpty
            }
            try browser.expect(rtp(number, ssrc: 9))
        }
        #expect(plane.counters(of: [left.id])[0]?.endpoint == address)
        // A stranger with what looks like media gets nowhere.
        let stranger = try MediaPeer()
        try stranger.send(rtp(1), to: left.local)
        #expect(phone.receive(within: 0.05) == nil)
    }
}
