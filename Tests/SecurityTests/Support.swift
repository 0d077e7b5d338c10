import DTLS
import Forwarding
import NetTypes
import Replay
import SRTPKeying
import Simulation
import TestSupport
import Testing

/// A call over a network without loss, with two streams each way, for somebody to disturb.
final class Call {
    let world: World
    let caller: SimulatedPeer
    let callee: SimulatedPeer

    /// - Parameter connects: runs until both ends have what media needs.
    init(
        _ callerFlavor: SimulatedPeer.Flavor, _ calleeFlavor: SimulatedPeer.Flavor, seed: UInt64 = 1,
        role: DTLSRole = .client, connects: Bool = true
    ) throws {
        world = try World(seed: seed)
        caller = try SimulatedPeer("alice", callerFlavor, at: "203.0.113.4:4000", in: world)
        callee = try SimulatedPeer(
            "bob", calleeFlavor, at: "198.51.100.6:4100", in: world)
        callee.answeredRole = role
        callee.holdsHandshake = !connects
        let refusal = world.negotiate(caller, callee)
        try #require(refusal == nil)
        for (index, peer) in [caller, callee].enumerated() {
            peer.addStream(firstSequence: 65_500 &+ UInt16(index))
            peer.addStream(firstSequence: 0, isRTCP: true, interval: World.second)
        }
        if connects { try connect() }
    }

    /// Waits for both ends.
    func connect(within seconds: Double = 10) throws {
        callee.holdsHandshake = false
        callee.beginHandshake()
        let isUp = world.run(for: UInt64(seconds * 1e9)) { self.caller.isConnected && self.callee.isConnected }
        try #require(isUp, "\(world.plane.outcomes)")
    }

    /// Media both ways; `disturb` is called every 20 ms.
    func talk(seconds: Double, _ disturb: (Int) -> Void = { _ in }) {
        for peer in [caller, callee] { peer.isMuted = false }
        for step in 0..<Int(seconds * 50) {
            world.run(for: 20_000_000)
            disturb(step)
        }
        for peer in [caller, callee] { peer.isMuted = true }
        world.run(seconds: 1)
    }

    /// Every packet of the peers has arrived at the other end, and nothing else.
    func expectUndisturbed(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(world.ledger.violations.isEmpty, sourceLocation: sourceLocation)
        #expect(world.ledger.injected == 0, sourceLocation: sourceLocation)
        #expect(world.ledger.excused.isEmpty, sourceLocation: sourceLocation)
        for (peer, other) in [(caller, callee), (callee, caller)] {
            let sent = other.streams.reduce(0) { $0 + $1.sent }
            #expect(sent > 0 && peer.received == sent, "\(peer.name)", sourceLocation: sourceLocation)
        }
    }
}

/// Places that nobody was signalled at; the caller is at 203.0.113.4:4000, the callee at 198.51.100.6:4100.
enum Stranger {
    static let anywhere = place("192.0.2.66:6666")
    static let samePort = place("192.0.2.66:4100")
    static let sameAddress = place("198.51.100.6:7000")
    static let all = [anywhere, samePort, sameAddress]

    static func place(_ text: String) -> TransportAddress {
        TransportAddress(text) ?? TransportAddress(.unspecified(.ipv4), 0)
    }

    /// One of many forged sources.
    static func forged(_ number: Int) -> TransportAddress {
        TransportAddress(
            IPAddress(ipv4: 0x0A80_0000 &+ UInt32(truncatingIfNeeded: number &* 7919) & 0x7F_FFFF),
            UInt16(1024 + number % 60_000))
    }
}

/// An RTP packet of somebody who has no part in the call.
func strangeRTP(_ number: Int) -> [UInt8] {
    let low = UInt8(truncatingIfNeeded: number)
    let high = UInt8(truncatingIfNeeded: number >> 8)
    return [0x80, 0, high, low, 0, 0, high, low, 0xBA, 0xD0, 0xBA, 0xD0] + [UInt8](repeating: 0x66, count: 160)
}

/// A receiver report of somebody who has no part in the call.
let strangeRTCP: [UInt8] = [0x80, 201, 0, 1, 0xBA, 0xD0, 0xBA, 0xD0]

/// Somebody with a certificate of his own who wants to be the other end of a handshake, as client.
final class Intruder {
    let address: TransportAddress
    private let world: World
    private let target: TransportAddress
    private var engine: DTLSAssociation
    /// He sends nothing any more.
    var isSilent = false
    /// Bytes that he has sent and got.
    private(set) var sent = 0
    private(set) var got = 0

    init(_ world: World, at address: TransportAddress, against target: TransportAddress) throws {
        self.world = world
        self.address = address
        self.target = target
        engine = DTLSAssociation(
            try World.makeContext(), role: .client,
            expected: [world.plane.context.fingerprint(.sha256)])
        world.strangers[address] = { [unowned self] _, bytes in
            self.got += bytes.count
            self.step { engine in bytes.withUnsafeBytes { engine.receive($0) } }
        }
    }

    func start() { step { $0.start() } }

    /// The datagram of his first flight, which he does not send.
    func hello() -> [UInt8] {
        engine.start()
        return engine.nextDatagram() ?? []
    }

    private func step(_ step: (inout DTLSAssociation) -> Void) {
        step(&engine)
        while let datagram = engine.nextDatagram() {
            guard !isSilent else { continue }
            sent += datagram.count
            world.launch(datagram, from: address, to: target)
        }
        while engine.nextEvent() != nil {}
    }
}

/// The fragments of `count` octets that a ClientHello can come in (RFC 6347 §4.2.3); anything else stays whole.
func fragments(of datagram: [UInt8], _ count: Int) -> [[UInt8]] {
    guard datagram.count > 25, datagram[0] == 22, datagram[13] == 1 else { return [datagram] }
    let body = Array(datagram[25...])
    return stride(from: 0, to: body.count, by: count).enumerated().map { number, offset in
        let piece = body[offset..<min(offset + count, body.count)]
        var head = Array(datagram[..<25])
        // Each record has a number of its own, and there must be room for those of hellos to come.
        head[9] = datagram[10]
        head[10] = UInt8(number)
        head[11] = UInt8((piece.count + 12) >> 8)
        head[12] = UInt8((piece.count + 12) & 0xFF)
        (head[20], head[21]) = (UInt8(offset >> 8), UInt8(offset & 0xFF))
        (head[23], head[24]) = (UInt8(piece.count >> 8), UInt8(piece.count & 0xFF))
        return head + piece
    }
}
