import DTLS
import ICE
import NetTypes

/// What goes on below media.
extension SimulatedPeer {
    /// Sends what the agent has to send, and looks whether the handshake can begin.
    func serveAgent() {
        var buffer = [UInt8](repeating: 0, count: ICELimits.transmittedBytes)
        while let transmit = buffer.withUnsafeMutableBytes({ agent?.nextTransmit(into: $0) }) {
            let check = Array(buffer[..<transmit.count])
            world.value.wiretap?(mapped, transmit.destination, check)
            world.value.launch(check, from: mapped, to: transmit.destination)
        }
        while agent?.nextEvent() != nil {}
        iceDeadline = agent?.nextDeadline ?? .max
        beginHandshake()
    }

    /// Begins as client as soon as the way is known.
    package func beginHandshake() {
        guard !holdsHandshake, engine?.state == .idle, flavor == .dtls || agent?.validPair(.rtp) != nil else { return }
        follow { $0?.start() }
    }

    /// Does `step` with the association, and then what follows from it.
    func follow(_ step: (inout DTLSAssociation?) -> Void) {
        var left: Duration?
        LibraryClock.show(world.value.now) {
            step(&engine)
            left = engine?.timeUntilTimeout
        }
        while let datagram = engine?.nextDatagram() {
            guard let destination = agent?.validPair(.rtp)?.remote ?? relay else { continue }
            world.value.wiretap?(mapped, destination, datagram)
            for piece in world.value.cut?(mapped, datagram) ?? [datagram] {
                world.value.launch(piece, from: mapped, to: destination)
            }
        }
        while let event = engine?.nextEvent() { take(event) }
        dtlsDeadline = left.map { world.value.now + max(nanoseconds($0), 1_000_000) } ?? .max
    }

    private func take(_ event: DTLSEvent) {
        switch event {
        case .connected(let new):
            connection = new
            outbound = Referee(new.suite, new.localKey, .sends)
            inbound = Referee(new.suite, new.remoteKey, .receives)
        case .closed, .refusedHello: break
        case .fingerprintMismatch, .failed:
            world.value.ledger.object("\(name): \(event)", at: world.value.now)
        }
    }
}
