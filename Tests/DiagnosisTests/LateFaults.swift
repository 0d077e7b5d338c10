import Bencode
import Diagnosis
import NetTypes
import Simulation
import TestSupport
import Testing

/// Calls that were good for a time: what is said of them is said of the present.
enum LateFaults {
    static let all: [Scenario] = plain + secure

    /// A plain call that is good for two minutes, and then something changes.
    private static func changing(
        _ name: String, _ cause: Cause, says words: String, for seconds: Double = 15,
        _ change: @escaping @Sendable (Stage, (a: Phone, b: Phone)) -> Void
    ) -> Scenario {
        Scenario(name, cause) { stage in
            let call = try stage.plainCall({ $0.body(formats: "8 0 13") }, { $0.body(formats: "8 13") })
            (call.a.reports, call.b.reports) = (.full(0), .full(0))
            stage.run(120)
            #expect(stage.diagnosis?.cause == .healthy, "\(stage.diagnosis?.account ?? "")")
            change(stage, call)
            stage.run(seconds)
            let sentence = stage.diagnosis?.sentence ?? ""
            #expect(sentence.contains(words), "\(sentence)")
        }
    }

    private static let plain = [
        changing("a quarter of the packets is lost now", .loss, says: "at present") { _, call in
            call.a.losesOneOf = 4
        },
        changing("some are lost now", .loss, says: "at present") { stage, call in
            call.a.losesOneOf = 12
        },
        changing("half is lost behind the relay now", .lossBehindRelay, says: "most of it behind the relay") {
            _, call in call.b.reports = .full(128)
        },
        changing("a little is lost behind the relay now", .lossBehindRelay, says: "behind the relay") { _, call in
            call.b.reports = .full(20)
        },
        changing("nothing gets to the callee any more, by its reports", .receiverHearsNothing, says: "gets nothing") {
            _, call in call.b.reports = .full(255)
        },
        changing("silence now", .onlySilence, says: "nothing but silence for about", for: 20) { _, call in
            call.a.content = .silence
        },
        changing("comfort noise now", .onlySilence, says: "after sound before", for: 20) { _, call in
            call.a.content = .noise
        },
        changing("sparse comfort noise now", .onlySilence, says: "nothing but silence lately", for: 150) { _, call in
            call.a.content = .noise
            (call.a.interval, call.a.samples) = (200_000_000, 1600)
        },
        changing("a second source now", .secondSource, says: "wo sources") { stage, call in
            stage.phone("X", at: "203.0.113.9:5000").target = call.a.target
        },
        changing("an unknown payload type now", .payloadType, says: "which was not negotiated") { _, call in
            call.a.payloadType = 107
        },
        changing("a codec that the callee did not take now", .codecMismatch, says: "PCMU") { _, call in
            call.a.payloadType = 0
        },
        changing("SRTP of the same stream now", .encrypted, says: "sends SRTP") { _, call in
            call.a.content = .cipher
        },
        changing("a wrong clock now", .jitter, says: "come irregularly") { _, call in call.a.samples = 2000 },
        changing("no RTP any more, but something else", .unknownPackets, says: "is no RTP") { _, call in
            call.a.content = .raw([UInt8](repeating: 0x50, count: 60))
        },
        changing("both stop at once", .mediaStopped, says: "in either direction", for: 70) { _, call in
            (call.a.talks, call.b.talks) = (false, false)
            (call.a.reports, call.b.reports) = (.none, .none)
        },
        changing(
            "the caller gets lost on the way, and its reports say that it sends", .mediaStopped, says: "get lost",
            for: 65
        ) {
            _, call in call.a.losesOneOf = 1
        },
        changing("numbers stand still", .replayed, says: "came before") { stage, call in
            call.a.stride = 0
            stage.run(8)
            // At every moment, those included at which a new interval of the statistics begins.
            for _ in 0..<40 {
                stage.run(0.5)
                #expect(stage.verdict(from: "A")?.cause == .replayed)
            }
        },
        changing("the codec changes with a re-INVITE that only one end follows", .payloadType, says: "8 (PCMA)") {
            stage, call in
            stage.renegotiate(call.a, call.a.body(formats: "9"), call.b, call.b.body(formats: "9"))
            call.b.payloadType = 9
        },
    ]

    private static let secure = [
        Scenario("new keys in a re-INVITE, and the old ones in use", .srtpKeyChanged) { stage in
            let call = try stage.secureCall(.sdes, .plain)
            stage.run(20)
            call.a.edit = { $0.replacingPrefix("a=crypto", with: cryptoLine(7)) }
            #expect(stage.world.negotiate(call.a, call.b) == nil)
            stage.run(12)
            let sentence = stage.verdict(from: "A")?.sentence ?? ""
            #expect(sentence.contains("since the last offer or answer"), "\(sentence)")
        },
        Scenario("a new stream whose packets fail", .srtpKeyChanged) { stage in
            _ = try stage.secureCall(.sdes, .plain)
            stage.run(30)
            stage.world.filter = { source, _, bytes in
                guard source == place("203.0.113.4:4000"), bytes.count > 12, bytes[0] >= 128 else { return bytes }
                return bytes[..<8] + [9, 9, 9, 9] + bytes[12...]
            }
            stage.run(12)
            let sentence = stage.verdict(from: "A")?.sentence ?? ""
            #expect(sentence.contains("begun a new stream"), "\(sentence)")
        },
        Scenario("every other packet fails its authentication now", .srtpAuthentication) { stage in
            _ = try stage.secureCall(.sdes, .plain)
            stage.run(120)
            stage.world.filter = { source, _, bytes in
                guard source == place("203.0.113.4:4000"), bytes.count > 12, bytes[3] & 1 == 1 else { return bytes }
                return bytes.dropLast() + [(bytes.last ?? 0) ^ 1]
            }
            stage.run(12)
            #expect(stage.verdict(from: "A")?.sentence.hasPrefix("Part of the SRTP") == true)
        },
        Scenario("a second handshake that is never answered", .dtlsUnanswered) { stage in
            let call = try stage.secureCall(.plain, .dtls)
            stage.run(20)
            try call.b.renew(settlingWithin: 60 * World.second)
            stage.world.filter = { source, _, bytes in
                source == place("198.51.100.6:4100") && bytes.first.map { $0 < 128 } ?? true ? nil : bytes
            }
            #expect(stage.world.negotiate(call.a, call.b) == nil)
            call.b.isMuted = true
            stage.run(12)
        },
    ]
}
