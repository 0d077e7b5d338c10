import ICE
import NetTypes
import Replay
import STUN
import Simulation
import Testing

@testable import PacketPath

/// Connectivity checks of somebody who does not know the passwords.
@Suite struct ForgedCheckTests {
    /// A Binding request; `key` signs it.
    static func request(
        _ number: UInt64, username: (String, String)?, key: String?, isControlling: Bool? = true,
        nominates: Bool = false
    ) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 300)
        let count = buffer.withUnsafeMutableBytes { memory -> Int in
            var builder = STUNMessageBuilder(
                STUNMessageType(.binding, .request), STUNTransactionID(high: 7, low: number), into: memory)
            if let username { builder.addUsername(receiver: Array(username.0.utf8), sender: Array(username.1.utf8)) }
            builder.addPriority(0x7EFF_FFFF)
            switch isControlling {
            case true: builder.addICEControlling(tieBreaker: .max)
            case false: builder.addICEControlled(tieBreaker: 0)
            default: break
            }
            if nominates { builder.addUseCandidate() }
            if let key { builder.addIntegrity(Array(key.utf8).withUnsafeBytes { HMACSHA1(key: $0) }) }
            builder.addFingerprint()
            return builder.finish() ?? 0
        }
        return Array(buffer[..<count])
    }

    /// Everything but the password is right.
    private static func forgeries(_ call: Call, _ number: UInt64) -> [[UInt8]] {
        guard let ours = call.caller.relayCredentials, let theirs = call.caller.credentials else { return [] }
        let names = (ours.usernameFragment, theirs.usernameFragment)
        return [
            request(number, username: names, key: nil, nominates: true),
            request(number, username: names, key: "guessed-password-0123456789", nominates: true),
            request(number, username: names, key: theirs.password, nominates: true),
            request(number, username: (names.1, names.0), key: theirs.password),
            request(number, username: nil, key: "guessed-password-0123456789"),
            request(number, username: names, key: "guessed-password-0123456789", isControlling: true),
            request(number, username: names, key: "guessed-password-0123456789", isControlling: false),
        ]
    }

    @Test(arguments: [SimulatedPeer.Flavor.plain, .webRTC])
    func forged(_ callee: SimulatedPeer.Flavor) throws {
        let call = try Call(.webRTC, callee)
        let relay = try #require(call.caller.relay)
        let places = Stranger.all + [call.caller.mapped]
        var bytesIn = 0
        var bytesOut = 0
        var stray = 0
        call.world.observer = { sent in
            guard Stranger.all.contains(sent.destination) else { return }
            if sent.isControl { bytesOut += sent.bytes.count } else { stray += 1 }
        }
        call.talk(seconds: 10) { step in
            for place in places {
                for datagram in Self.forgeries(call, UInt64(step)) {
                    if place != call.caller.mapped { bytesIn += datagram.count }
                    call.world.inject(datagram, at: relay, from: place)
                }
                // And then what they were to open the door for.
                call.world.inject(strangeRTP(step), at: relay, from: place)
            }
        }
        #expect(stray == 0)
        #expect(bytesOut > 0 && bytesOut < bytesIn / 20)
        call.expectUndisturbed()
    }

    /// A check of the peer, authentic to the bit, that somebody sends again from his own address: the answer is all
    /// that he gets.
    @Test func reflected() throws {
        let call = try Call(.webRTC, .plain)
        let relay = try #require(call.caller.relay)
        var checks: [[UInt8]] = []
        call.world.wiretap = { _, destination, bytes in
            if bytes[0] == 0, bytes[1] == 1, destination == relay { checks.append(bytes) }
        }
        call.talk(seconds: 10)
        let check = try #require(checks.last)
        var media = 0
        var bytesOut = 0
        call.world.observer = { sent in
            guard sent.destination == Stranger.anywhere else { return }
            if sent.isControl { bytesOut += sent.bytes.count } else { media += 1 }
        }
        call.talk(seconds: 40) { step in
            if step % 50 == 0 { call.world.inject(check, at: relay, from: Stranger.anywhere) }
            call.world.inject(strangeRTP(step), at: relay, from: Stranger.anywhere)
        }
        #expect(media == 0)
        // The answer, and now and then a check in return.
        #expect(bytesOut < 40 * 3 * check.count)
        call.expectUndisturbed()
    }
}
