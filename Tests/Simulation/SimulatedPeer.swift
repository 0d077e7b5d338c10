package import DTLS
package import ICE
package import NetTypes
import SRTPKeying
import STUN
import TestSupport

/// One end of a call, behind a translator if it likes. Its SRTP is libsrtp2's.
package final class SimulatedPeer {
    /// What an end speaks.
    package enum Flavor: Hashable, Sendable {
        /// ICE, DTLS-SRTP and RTCP on the same port.
        case webRTC
        /// DTLS-SRTP without ICE.
        case dtls
        /// Keys in the SDP.
        case sdes
        case plain
    }

    package let name: String
    package let flavor: Flavor
    /// What its own socket is bound to.
    package let local: TransportAddress
    /// Where the network sees it.
    package internal(set) var mapped: TransportAddress
    /// What it says in an answer to `actpass`.
    package var answeredRole = DTLSRole.client
    /// Does not begin its handshake yet.
    package var holdsHandshake = false
    /// What becomes of its descriptions on their way to the relay.
    package var edit: (String) -> String = { $0 }
    /// Sends nothing but checks.
    package var isMuted = true
    /// Its address has changed, and until then packets may be refused because of it.
    package var gapUntil: UInt64 = 0
    /// Keys or addresses are agreed anew, and until then packets may get lost.
    package var unsettledUntil: UInt64 = 0
    /// Packets taken in.
    package internal(set) var received = 0
    package internal(set) var streams: [MediaStream] = []
    /// Where the relay receives.
    package internal(set) var relay: TransportAddress?
    package internal(set) var relayRTCP: TransportAddress?
    package internal(set) var connection: DTLSConnection?
    var hasAnswered = false

    let world: Unowned
    var agent: ICEAgent?
    package internal(set) var credentials: ICECredentials?
    package internal(set) var relayCredentials: ICECredentials?
    package internal(set) var context: DTLSContext?
    var engine: DTLSAssociation?
    var dtlsDeadline = UInt64.max
    var iceDeadline = UInt64.max
    var outbound: Referee?
    var inbound: Referee?
    var crypto: SDESAttribute?
    var version = 1

    /// Not retained, as the world has its peers.
    struct Unowned {
        unowned let value: World
    }

    package init(
        _ name: String, _ flavor: Flavor, at local: String, seenAt mapped: String? = nil,
        in world: World
    ) throws {
        self.name = name
        self.flavor = flavor
        self.world = Unowned(value: world)
        self.local = TransportAddress(local) ?? TransportAddress(.unspecified(.ipv4), 0)
        self.mapped = mapped.flatMap { TransportAddress($0) } ?? self.local
        if flavor.hasHandshake { context = try World.makeContext() }
        if flavor == .sdes {
            crypto = SDESAttribute(
                tag: 1, suite: .aesCM128Tag80,
                masterKey: MasterKey(randomFor: .aesCM128Tag80, using: &world.generator))
        }
        if flavor == .webRTC { credentials = ICECredentials(using: &world.generator) }
        world.add(self)
    }

    /// One more stream from here.
    @discardableResult
    package func addStream(
        firstSequence: UInt16, isRTCP: Bool = false, stride: Int = 1, interval: UInt64 = 20_000_000,
        spurt: Int = .max, pause: UInt64 = 0, size: Int = 160
    ) -> MediaStream {
        let ledger = world.value.ledger
        let stream = MediaStream(
            ledger.streams.count, ssrc: UInt32(truncatingIfNeeded: world.value.generator.next()) | 1, isRTCP: isRTCP,
            firstSequence: firstSequence, stride: stride, interval: interval, spurt: spurt, pause: pause, size: size)
        stream.nextAt = world.value.now
        ledger.streams.append(stream)
        streams.append(stream)
        active.append(stream)
        return stream
    }

    /// Streams that still send.
    var active: [MediaStream] = []

    /// Ends all streams, as before a change of the source.
    package func endStreams() { active = [] }

    func isAt(_ address: TransportAddress) -> Bool {
        address.address == mapped.address
            && (address.port == mapped.port || (!flavor.isMuxed && address.port == mapped.port + 1))
    }

    /// The translator forgets the peer, which is seen elsewhere from now on.
    package func rebind(to mapped: TransportAddress, gap: UInt64) {
        self.mapped = mapped
        gapUntil = world.value.now + gap
        world.value.know(self)
    }

    /// Has everything that media needs.
    package var isConnected: Bool {
        switch flavor {
        case .plain: relay != nil
        case .sdes: outbound != nil && inbound != nil
        case .dtls: connection != nil
        case .webRTC: connection != nil && agent?.validPair(.rtp) != nil
        }
    }

    /// Says that it is done with its association (RFC 5246 §7.2.1).
    package func closeAssociation() { follow { $0?.close() } }

    /// Whether the handshake has reached its end.
    package var handshakeState: DTLSAssociation.State? { engine?.state }

    /// When it has something to do; `.max` for never.
    var nextDeadline: UInt64 {
        var next = min(dtlsDeadline, iceDeadline)
        if !isMuted, isConnected {
            for stream in active { next = min(next, stream.nextAt) }
        }
        return next
    }

    func reachDeadline() {
        let now = world.value.now
        if iceDeadline <= now {
            agent?.deadlineReached(now: now)
            serveAgent()
        }
        if dtlsDeadline <= now { follow { $0?.handleTimeout() } }
        guard !isMuted, isConnected else { return }
        for stream in active where stream.nextAt <= now { send(stream) }
    }

    private func send(_ stream: MediaStream) {
        let index = stream.next(now: world.value.now)
        let packet = stream.packet(index)
        let isApart = stream.isRTCP && !flavor.isMuxed
        guard let destination = agent?.validPair(.rtp)?.remote ?? (isApart ? relayRTCP : relay) else { return }
        var wire = packet
        if flavor != .plain {
            guard let protected = outbound?.protect(packet, isRTCP: stream.isRTCP) else {
                return world.value.ledger.object("\(name) cannot protect packet \(index)", at: world.value.now)
            }
            wire = protected
        }
        let source = isApart ? TransportAddress(mapped.address, mapped.port + 1) : mapped
        world.value.wiretap?(source, destination, wire)
        world.value.launch(
            wire, from: source, to: destination,
            tag: PacketTag(stream: stream.number, index: index))
    }

    func receive(_ bytes: [UInt8], from source: TransportAddress, tag: PacketTag?, isCopy: Bool) {
        guard let first = bytes.first else { return }
        switch first {
        case 0..<4:
            bytes.withUnsafeBytes { _ = agent?.receive($0, onLocal: 0, from: source, now: world.value.now) }
            serveAgent()
        case 20..<64: follow { engine in bytes.withUnsafeBytes { engine?.receive($0) } }
        default: receiveMedia(bytes, tag, isCopy: isCopy)
        }
    }

    private func receiveMedia(_ bytes: [UInt8], _ tag: PacketTag?, isCopy: Bool) {
        let ledger = world.value.ledger
        let now = world.value.now
        let isRTCP = bytes.count > 1 && (192..<224).contains(bytes[1])
        var packet = bytes
        let had = tag.map { ledger.streams[$0.stream].fates[$0.index].contains(.delivered) } ?? false
        if flavor != .plain {
            guard let clear = inbound?.unprotect(bytes, isRTCP: isRTCP) else {
                if had || isCopy {
                    ledger.doublesRefused += 1
                } else if now < unsettledUntil {
                    ledger.stale += 1
                } else {
                    ledger.object("\(name) cannot read \(String(describing: tag))", at: now)
                }
                return
            }
            packet = clear
        }
        guard let tag else { return ledger.injected += 1 }
        guard ledger.streams[tag.stream].matches(packet, tag.index) else {
            return ledger.object("\(name) got \(tag) changed", at: now)
        }
        if had, !isCopy, flavor != .plain { ledger.object("\(name) got \(tag) twice", at: now) }
        ledger.streams[tag.stream].fates[tag.index].insert(.delivered)
        received += 1
    }
}
