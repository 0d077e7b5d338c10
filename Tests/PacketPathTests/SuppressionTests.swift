import Forwarding
import SRTPKeying
import Testing

@testable import PacketPath

/// Media that is kept back because the proxy asked for it.
@Suite struct SuppressionTests {
    private let relay = Relay()
    private let near: LocalPortID
    private let far: LocalPortID

    init() {
        near = relay.open(0)
        far = relay.open(1)
        relay.install(plan(far, .multiplexed, remote: Peer.far))
    }

    private func install(_ suppression: MediaSuppression, _ carries: Carriage = .multiplexed) {
        var plan = plan(near, carries, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)])
        plan.suppression = suppression
        plan.eventPayloadTypes = [101]
        if suppression.contains(.sound) { plan.silence = [8: 0xD5] }
        relay.install(plan)
    }

    private func arrive(_ bytes: [UInt8]) -> [UInt8]? {
        relay.arrive(bytes, on: near, from: Peer.signalled).first?.bytes
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let suppression: MediaSuppression
        let keepsSound: Bool
        let keepsEvents: Bool
        var testDescription: String { "\(suppression.rawValue)" }
    }

    @Test(arguments: [
        Case(suppression: [], keepsSound: true, keepsEvents: true),
        Case(suppression: .media, keepsSound: false, keepsEvents: true),
        Case(suppression: .events, keepsSound: true, keepsEvents: false),
        Case(suppression: [.media, .events], keepsSound: false, keepsEvents: false),
        Case(suppression: [.media, .sound], keepsSound: false, keepsEvents: true),
    ])
    func dropsWhatIsToBeDropped(_ one: Case) throws {
        install(one.suppression)
        let sound = rtp(1, payloadType: 8)
        #expect(arrive(sound) == (one.keepsSound ? sound : nil))
        let event = rtp(2, payloadType: 101, payload: 4)
        #expect(arrive(event) == (one.keepsEvents ? event : nil))
        #expect(arrive(rtcp()) == rtcp())
        // All of it was received; what was kept back is said.
        #expect(try relay.counters(near).rtpIn.packets == 2)
        let drops = (one.keepsSound ? 0 : 1) + (one.keepsEvents ? 0 : 1)
        #expect(try relay.drops(near, .blocked) == UInt64(drops))
        install([])
        #expect(arrive(rtp(3, payloadType: 8)) != nil)
    }

    @Test func soundBecomesSilence() throws {
        install(.sound)
        let silence = Array(rtp(1, payloadType: 8)[..<12]) + [UInt8](repeating: 0xD5, count: 160)
        #expect(arrive(rtp(1, payloadType: 8)) == silence)
        // Of other codecs no silence is known.
        for bytes in [
            rtp(2, payloadType: 96), rtp(3, payloadType: 101, payload: 4), rtp(4, payloadType: 8, payload: 0),
        ] {
            #expect(arrive(bytes) == bytes)
        }
        #expect(arrive(rtcp()) == rtcp())
        install([])
        #expect(arrive(rtp(5, payloadType: 8)) == rtp(5, payloadType: 8))
    }

    @Test func headersStayAsTheyAre() {
        install(.sound)
        // One contributing source, an extension of one word, and two octets of padding.
        var bytes: [UInt8] = [0xB1] + Array(rtp(1, payloadType: 8)[1..<12])
        bytes += [1, 2, 3, 4, 0xBE, 0xDE, 0, 1, 0x10, 0xAA, 0, 0]
        bytes += [UInt8](repeating: 0x55, count: 10) + [0, 2]
        let expected = Array(bytes[..<24]) + [UInt8](repeating: 0xD5, count: 11) + [2]
        #expect(arrive(bytes) == expected)
    }

    /// A receiver that does not heed the padding hears nothing either.
    @Test(arguments: [(UInt8(160), true), (1, true), (0, false), (161, false)])
    func paddingHidesNothing(count: UInt8, isSent: Bool) {
        install(.sound)
        var bytes = rtp(1, payloadType: 8)
        bytes[0] |= 0x20
        bytes[171] = count
        let expected = Array(bytes[..<12]) + [UInt8](repeating: 0xD5, count: 159) + [count]
        #expect(arrive(bytes) == (isSent ? expected : nil))
    }

    /// A port keeps few numbers. What it cannot know to be silent is not sent.
    @Test func numbersBeyondTheTableAreDropped() {
        var plan = plan(near, .multiplexed, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)])
        plan.suppression = .sound
        for number in UInt8(96)..<105 { plan.silence[number] = 0xD5 }
        relay.install(plan)
        #expect(arrive(rtp(1, payloadType: 103))?.last == 0xD5)
        #expect(arrive(rtp(2, payloadType: 104)) == nil)
    }

    @Test func otherProtocolsAreBlockedWithTheMedia() {
        install(.media, .opaque)
        #expect(arrive([1, 2, 3, 4]) == nil)
        install([.sound, .events], .opaque)
        #expect(arrive([1, 2, 3, 4]) == [1, 2, 3, 4])
    }

    /// Where both sides have the same keys ciphertext passes through as it is, but silence cannot: it would take the
    /// nonce of what was said. With keys of its own the far side hears it.
    @Test(arguments: [1, 3]) func silenceIsEncrypted(farKey: UInt64) throws {
        func install(_ suppression: MediaSuppression) {
            var secured = plan(near, .multiplexed, remote: Peer.signalled, to: [Sink(port: far, traffic: .both)])
            secured.security = .sdes(receiving: sdes(1), sending: sdes(2))
            secured.suppression = suppression
            if suppression.contains(.sound) { secured.silence = [8: 0xD5] }
            relay.install(secured)
        }
        var wayOut = plan(far, .multiplexed, remote: Peer.far, to: [Sink(port: near, traffic: .both)])
        wayOut.security = .sdes(receiving: sdes(2), sending: sdes(farKey))
        install([])
        relay.install(wayOut)
        let caller = try SecureEnd(sending: sdes(1), receiving: sdes(2))
        let callee = try SecureEnd(sending: sdes(2), receiving: sdes(farKey))
        var number: UInt16 = 0
        for isSilent in [false, true, false, true, true, false] {
            install(isSilent ? .sound : [])
            for _ in 0..<3 {
                number += 1
                let sent = relay.arrive(
                    try caller.protect(rtp(number, payloadType: 8)), on: near, from: Peer.signalled, room: 64)
                guard !isSilent || farKey != 1 else {
                    #expect(sent.isEmpty)
                    continue
                }
                let heard = try callee.unprotect(#require(sent.first?.bytes))
                #expect(heard.dropFirst(12).allSatisfy { $0 == (isSilent ? 0xD5 : 0x55) })
            }
        }
    }
}
