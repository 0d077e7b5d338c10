import ICE
import NetTypes
import STUN

/// An agent with its sockets, and what it has said so far.
final class Peer {
    /// Behind an address translator every socket has another address outside, and only addresses that it has sent to
    /// can reach it there.
    struct Translator {
        var outside: [TransportAddress]
        var permitted: [Set<TransportAddress>]
    }

    struct Sent {
        let at: UInt64
        let local: Int
        let destination: TransportAddress
        let bytes: [UInt8]

        /// The message; reading back what we sent must not fail.
        func read<Result>(_ body: (STUNMessage) -> Result) -> Result? {
            bytes.withUnsafeBytes { buffer in (try? STUNMessage(buffer)).map(body) }
        }

        var isIndication: Bool { read { $0.type.messageClass == .indication } ?? false }
        var isRequest: Bool { read { $0.type.messageClass == .request } ?? false }
    }

    var agent: ICEAgent
    let sockets: [TransportAddress]
    let locals: [ICELocalCandidate]
    var credentials: ICECredentials
    var translator: Translator?
    var events: [ICEEvent] = []
    var sent: [Sent] = []
    /// Addresses that the agent has been told of or heard from.
    var told: Set<TransportAddress> = []
    /// Datagrams to other addresses, longer ones than promised, or unreadable ones: there must be none.
    var violations: [String] = []

    init(
        _ addresses: [String], mode: ICEMode = .full, role: ICERole = .controlled,
        components: [ICEComponent] = [.rtp], seed: UInt64 = 1,
        software: String = ""
    ) {
        var generator = SeededGenerator(seed)
        credentials = ICECredentials(using: &generator)
        let foundation = ICEFoundation(using: &generator)
        var locals: [ICELocalCandidate] = []
        for component in components {
            for (rank, text) in addresses.enumerated() {
                guard let address = IPAddress(text) else { preconditionFailure("no address: \(text)") }
                let preference = UInt16.max - UInt16(rank)
                locals.append(
                    ICELocalCandidate(
                        component: component,
                        address: TransportAddress(address, 30_000 + UInt16(component.rawValue)),
                        localPreference: preference,
                        foundation: foundation.text(of: address, localPreference: preference)))
            }
        }
        self.locals = locals
        sockets = locals.map(\.address)
        agent = ICEAgent(
            ICEAgent.Configuration(
                mode: mode, role: role, localCandidates: locals, credentials: credentials, software: software),
            using: &generator)
    }

    /// Puts the peer behind a translator with this outside address.
    func translate(to outside: String, port: UInt16 = 40_000) {
        guard let address = IPAddress(outside) else { preconditionFailure("no address: \(outside)") }
        translator = Translator(
            outside: sockets.indices.map { TransportAddress(address, port + UInt16($0)) },
            permitted: sockets.map { _ in [] })
    }

    /// The same inside sockets get other ports outside, as after the translator has forgotten them.
    func rebind(port: UInt16) {
        guard let translator else { return }
        translate(to: translator.outside[0].address.description, port: port)
    }

    /// What the SDP would say.
    var candidates: [ICERemoteCandidate] {
        locals.compactMap {
            ICERemoteCandidate(
                foundation: $0.foundation, component: $0.component, priority: $0.priority, address: $0.address,
                type: .host)
        }
    }

    func setRemote(_ peer: Peer, isLite: Bool = false, now: UInt64) {
        agent.setRemote(peer.credentials, isLite: isLite, now: now)
    }

    func addCandidates(_ candidates: [ICERemoteCandidate], now: UInt64) {
        told.formUnion(candidates.map(\.address))
        agent.addRemoteCandidates(candidates, now: now)
    }

    @discardableResult
    func receive(_ bytes: [UInt8], local: Int = 0, from source: TransportAddress, now: UInt64) -> ICEReceipt {
        told.insert(source)
        return bytes.withUnsafeBytes { agent.receive($0, onLocal: local, from: source, now: now) }
    }

    /// Fetches what the agent has to say and to send.
    @discardableResult
    func drain(now: UInt64) -> [Sent] {
        while let event = agent.nextEvent() { events.append(event) }
        var new: [Sent] = []
        var buffer = [UInt8](repeating: 0, count: ICELimits.transmittedBytes)
        while let transmit = buffer.withUnsafeMutableBytes({ agent.nextTransmit(into: $0) }) {
            let datagram = Sent(
                at: now, local: transmit.local, destination: transmit.destination,
                bytes: Array(buffer[..<transmit.count]))
            if !told.contains(datagram.destination) { violations.append("sent to \(datagram.destination)") }
            if datagram.read({ $0.hasValidFingerprint }) != true { violations.append("sent an unreadable message") }
            new.append(datagram)
        }
        sent += new
        return new
    }

    func pair(_ component: ICEComponent) -> ICESelectedPair? { agent.validPair(component) }
    var state: ICEState { agent.state }
    var role: ICERole { agent.role }
    var counters: ICECounters { agent.counters }
    var deadline: UInt64? { agent.nextDeadline }

    func hasAuthenticated(_ address: String) -> Bool {
        guard let address = TransportAddress(address) else { preconditionFailure("no address: \(address)") }
        return agent.hasAuthenticated(address, onLocal: 0)
    }

    /// The events that say which pair is in use.
    var selections: [ICESelectedPair] {
        events.compactMap {
            guard case .selectedPair(let pair) = $0 else { return nil }
            return pair
        }
    }
}
