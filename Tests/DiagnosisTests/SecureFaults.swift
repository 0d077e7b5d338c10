import Bencode
import DTLS
import Diagnosis
import NetTypes
import Simulation
import TestSupport
import Testing

/// Calls with checks, handshakes and keys that something is wrong with.
enum SecureFaults {
    static let all: [Scenario] = checks + handshakes + keys

    private static func isSTUN(_ bytes: [UInt8]) -> Bool { bytes.first.map { $0 < 4 } ?? false }
    private static func isDTLS(_ bytes: [UInt8]) -> Bool { bytes.first.map { (20..<64).contains($0) } ?? false }

    /// The fingerprint of nobody's certificate.
    private static func fingerprint(_ octet: String) -> @Sendable (String) -> String {
        let line = "a=fingerprint:sha-256 " + [String](repeating: octet, count: 32).joined(separator: ":")
        return { $0.replacingPrefix("a=fingerprint", with: line) }
    }

    private static func isMedia(_ bytes: [UInt8]) -> Bool { bytes.first.map { $0 >= 128 } ?? false }

    private static let checks = [
        Scenario("no check of the caller is answered, and none comes", .iceUnanswered) { stage in
            stage.world.filter = { source, destination, bytes in
                let isCaller = source == place("203.0.113.4:4000") || destination == place("203.0.113.4:4000")
                return isCaller && isSTUN(bytes) ? nil : bytes
            }
            _ = try stage.secureCall(.webRTC, .plain, connects: false)
            stage.run(12)
        },
        Scenario("checks come, and ours get lost", .iceOneWay) { stage in
            stage.world.filter = { _, destination, bytes in
                destination == place("203.0.113.4:4000") && isSTUN(bytes) ? nil : bytes
            }
            _ = try stage.secureCall(.webRTC, .plain, connects: false)
            stage.run(12)
        },
        Scenario("checks carry other credentials", .iceCredentials) { stage in
            _ = try stage.secureCall(.webRTC, .plain, connects: false) { a, _ in
                a.edit = { text in
                    text.split(separator: "\r\n").map { line in
                        line.hasPrefix("a=ice-pwd") ? "a=ice-pwd:somebodyelsespasswordxyz" : String(line)
                    }.joined(separator: "\r\n") + "\r\n"
                }
            }
            stage.run(12)
        },
        Scenario("the caller was told another password of the relay", .iceCredentials) { stage in
            let (a, b) = (try stage.peer("A", .webRTC), stage.phone("B"))
            b.take(stage.offer(a.offer().text, options: SimulatedPeer.Flavor.plain.options))
            var section = stage.answer(b.body(formats: "0"), options: SimulatedPeer.Flavor.webRTC.options).section
            section.lines = section.lines.map {
                $0.hasPrefix("a=ice-pwd") ? "a=ice-pwd:somebodyelsespasswordxyz" : $0
            }
            b.payloadType = 0
            a.take(section, isAnswer: true)
            a.isMuted = false
            stage.run(12)
            #expect(stage.verdict(from: "A")?.cause == .iceCredentials)
        },
        Scenario("all candidates are names", .iceCandidates) { stage in
            stage.world.filter = { source, _, bytes in
                source == place("203.0.113.4:4000") && isSTUN(bytes) ? nil : bytes
            }
            _ = try stage.secureCall(.webRTC, .plain, connects: false) { a, _ in
                a.edit = {
                    $0.replacingPrefix(
                        "a=candidate", with: "a=candidate:1 1 udp 2130706431 a1b2.local 4000 typ host")
                }
            }
            stage.run(12)
        },
        Scenario("consent is lost after a minute", .iceConsentLost) { stage in
            _ = try stage.secureCall(.webRTC, .plain)
            stage.run(20)
            stage.world.filter = { source, destination, bytes in
                let isCaller = source == place("203.0.113.4:4000") || destination == place("203.0.113.4:4000")
                return isCaller ? nil : bytes
            }
            stage.run(60)
        },
        Scenario("ICE works, and no media comes", .onlySTUN) { stage in
            _ = try stage.secureCall(.webRTC, .plain) { a, _ in a.endStreams() }
            stage.run(12)
        },
    ]

    private static let handshakes = [
        Scenario("the certificate is another one", .dtlsFingerprint) { stage in
            _ = try stage.secureCall(.webRTC, .plain, connects: false) { a, _ in
                a.edit = {
                    $0.replacingPrefix(
                        "a=fingerprint",
                        with: "a=fingerprint:sha-256 " + [String](repeating: "AB", count: 32).joined(separator: ":"))
                }
            }
            stage.run(12)
        },
        Scenario("a later offer with another certificate, whose owner says nothing", .dtlsUnanswered) { stage in
            let call = try stage.secureCall(.dtls, .plain, connects: false) { a, _ in a.edit = fingerprint("AB") }
            stage.run(8)
            #expect(stage.diagnosis?.cause == .dtlsFingerprint)
            stage.world.filter = { source, _, bytes in
                source == place("203.0.113.4:4000") && isDTLS(bytes) ? nil : bytes
            }
            call.a.edit = fingerprint("CD")
            #expect(stage.world.negotiate(call.a, call.b) == nil)
            stage.run(8)
        },
        Scenario("no DTLS comes from the caller", .dtlsUnanswered) { stage in
            stage.world.filter = { source, _, bytes in
                source == place("203.0.113.4:4000") && isDTLS(bytes) ? nil : bytes
            }
            _ = try stage.secureCall(.webRTC, .plain, connects: false)
            stage.run(12)
        },
        Scenario("the relay's DTLS gets lost", .dtlsIncomplete) { stage in
            stage.world.filter = { _, destination, bytes in
                destination == place("198.51.100.6:4100") && isDTLS(bytes) ? nil : bytes
            }
            _ = try stage.secureCall(.plain, .webRTC, connects: false)
            stage.run(12)
        },
        Scenario("the callee never finishes its handshake, and the caller's media waits", .dtlsUnanswered) { stage in
            stage.world.filter = { source, _, bytes in
                source == place("198.51.100.6:4100") && isDTLS(bytes) ? nil : bytes
            }
            let call = try stage.secureCall(.plain, .webRTC, connects: false)
            call.b.isMuted = true
            stage.run(15)
            #expect(stage.verdict(from: "A")?.cause == .dtlsUnanswered)
        },
        Scenario("the peer closes the association", .dtlsClosed) { stage in
            let call = try stage.secureCall(.dtls, .plain)
            stage.run(10)
            call.a.closeAssociation()
            call.a.isMuted = true
            stage.run(15)
        },
    ]

    private static let keys = [
        Scenario("SDES keys that are not those in the SDP", .srtpAuthentication) { stage in
            _ = try stage.secureCall(.sdes, .plain) { a, _ in
                a.edit = { $0.replacingPrefix("a=crypto", with: cryptoLine()) }
            }
            stage.run(10)
            #expect(stage.verdict(from: "A")?.sentence.contains("or its roll-over counter is not 0") == true)
        },
        Scenario("the key changes without a word", .srtpKeyChanged) { stage in
            _ = try stage.secureCall(.sdes, .plain)
            stage.run(8)
            stage.world.filter = { source, _, bytes in
                guard source == place("203.0.113.4:4000"), isMedia(bytes), let last = bytes.last else { return bytes }
                return bytes.dropLast() + [last ^ 1]
            }
            stage.run(8)
        },
        Scenario("in the clear where SRTP was agreed", .notEncrypted) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            b.take(
                stage.offer(
                    a.body(profile: "RTP/SAVP", [cryptoLine()]), options: ["transport-protocol": "RTP/AVP"]))
            a.take(stage.answer(b.body(), options: ["transport-protocol": "RTP/SAVP"]))
            stage.run(10)
        },
        Scenario("packets come again with numbers that were used", .replayed) { stage in
            let call = try stage.secureCall(.sdes, .plain)
            let old = Recorder()
            stage.world.wiretap = { source, destination, bytes in
                if source == place("203.0.113.4:4000"), isMedia(bytes) { old.packets.append((bytes, destination)) }
            }
            stage.run(5)
            stage.world.wiretap = nil
            call.a.isMuted = true
            stage.run(1)
            let packets = old.packets
            var index = 0
            stage.run(8) {
                guard index < packets.count else { return }
                stage.send(packets[index].bytes, from: place("203.0.113.4:4000"), to: packets[index].destination)
                index += 1
                if index == packets.count { index = 0 }
            }
        },
        Scenario("a secure profile without keys", .keysMissing) { stage in
            let (a, b) = (stage.phone("A"), stage.phone("B"))
            b.take(
                stage.offer(
                    a.body(profile: "RTP/SAVP", [cryptoLine()]), options: ["transport-protocol": "RTP/SAVP"]))
            a.take(stage.answer(b.body(profile: "RTP/SAVP")))
            a.talks = false
            stage.run(12)
        },
    ]

    /// What a closure keeps.
    private final class Recorder {
        var packets: [(bytes: [UInt8], destination: TransportAddress)] = []
    }
}

extension String {
    /// With every line that begins so replaced by `line`.
    func replacingPrefix(_ prefix: String, with line: String) -> String {
        split(separator: "\r\n").map { $0.hasPrefix(prefix) ? line : String($0) }.joined(separator: "\r\n") + "\r\n"
    }
}
