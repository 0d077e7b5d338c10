import Bencode
import NGProtocol
import Negotiation
import NetTypes
import Testing

/// `rtpp-flags` (ng-protocol §5.2).
struct FlagStringTests {
    @Test(arguments: ["rtpp-flags", "rtpp_flags", "rtpp flags", "RTPP-flags"])
    func spellings(_ name: String) throws {
        #expect(try TestRequests.key(name, "asymmetric") == options { $0.addressing.isAsymmetric = true })
    }

    static let table: [(text: String, expected: Expectation)] = [
        ("", { _ in }),
        ("   \t\r\n ", { _ in }),
        (
            "asymmetric strict-source",
            {
                $0.addressing.isAsymmetric = true; $0.addressing.isStrictSource = true
            }
        ),
        (
            "replace-origin replace-session-connection transport-protocol=RTP/AVP ICE=remove rtcp-mux=[demux] no-rtcp-attribute",
            {
                $0.rewriting.replacements = [.origin]
                $0.transport.profile = .named("RTP/AVP")
                $0.ice.policy = .remove
                $0.rtcp.mux = [.demux]
                $0.rtcp.omitsAttribute = true
            }
        ),
        ("rtcp-mux=[offer require]", { $0.rtcp.mux = [.offer, .require] }),
        ("rtcp-mux=offer,require", { $0.rtcp.mux = [.offer, .require] }),
        (
            "rtcp-mux=[ offer  require ]asymmetric",
            {
                $0.rtcp.mux = [.offer, .require]; $0.addressing.isAsymmetric = true
            }
        ),
        ("rtcp-mux=[offer require", { $0.rtcp.mux = [.offer, .require] }),
        (
            "codec=[strip=[all] except=PCMA,PCMU offer=[G722]]",
            {
                $0.codecs.strip = ["all"]
                $0.codecs.except = ["PCMA", "PCMU"]
                $0.codecs.offer = ["G722"]
            }
        ),
        (
            "codec-strip=PCMU codec-offer=opus codec-except=a codec-accept-b codec-set=c codec-mask=d codec-consume-e",
            {
                $0.codecs.strip = ["PCMU"]
                $0.codecs.offer = ["opus"]
                $0.codecs.except = ["a"]
                $0.codecs.accept = ["b"]
                $0.codecs.set = ["c"]
                $0.codecs.mask = ["d"]
                $0.codecs.consume = ["e"]
            }
        ),
        (
            "transcode=PCMA transcode-PCMU codec-transcode=opus codec-transcode-G722",
            { $0.codecs.transcode = ["PCMA", "PCMU", "opus", "G722"] }
        ),
        (
            "direction=pub direction=priv",
            {
                $0.addressing.fromInterface = "pub"; $0.addressing.toInterface = "priv"
            }
        ),
        (
            "direction=[pub priv]",
            {
                $0.addressing.fromInterface = "pub"; $0.addressing.toInterface = "priv"
            }
        ),
        (
            "internal external",
            {
                $0.addressing.fromInterface = "internal"; $0.addressing.toInterface = "external"
            }
        ),
        ("RTP/SAVPF", { $0.transport.profile = .named("RTP/SAVPF") }),
        ("SRTP AVPF", { $0.transport.profile = .named("RTP/SAVPF") }),
        ("AVPF SRTP", { $0.transport.profile = .named("RTP/SAVPF") }),
        ("SRTP", { $0.transport.profile = .named("RTP/SAVP") }),
        ("AVPF", { $0.transport.profile = .named("RTP/AVPF") }),
        ("RTP AVP", { $0.transport.profile = .named("RTP/AVP") }),
        ("DTLS", { $0.transport.profile = .named("UDP/TLS/RTP/SAVP") }),
        ("DTLS AVPF", { $0.transport.profile = .named("UDP/TLS/RTP/SAVPF") }),
        ("UDP/TLS/RTP/SAVPF", { $0.transport.profile = .named("UDP/TLS/RTP/SAVPF") }),
        ("UDP/TLS/RTP/SAVPF RTP/AVP", { $0.transport.profile = .named("RTP/AVP") }),
        (
            "DTLS=off SDES=off",
            {
                $0.dtls.isOff = true; $0.sdes.isOff = true
            }
        ),
        (
            "TOS=184x delete-delay=30s",
            {
                $0.media.tos = 184; $0.deletion.delaySeconds = 30
            }
        ),
        (
            "to-tag fast",
            {
                $0.deletion.honoursToTag = true; $0.deletion.isFast = true
            }
        ),
        ("received-from=[IP4 192.0.2.1]", { $0.addressing.receivedFrom = IPAddress("192.0.2.1") }),
        ("media-address=2001:db8::1", { $0.addressing.mediaAddress = IPAddress("2001:db8::1") }),
        ("metadata=a=b", { $0.parties.metadata = "a=b" }),
        (
            "sdp-attr=[audio=[add=[X-a--1 X-b] substitute=[[a b]]]]",
            {
                var audio = AttributeManipulation()
                audio.add = ["X-a=1", "X-b"]
                audio.substitute = [.init(from: "a", to: "b")]
                $0.rewriting.attributes = ["audio": audio]
            }
        ),
        (
            "sdp-attr=[none=[add=[one x=1]]]",
            {
                var session = AttributeManipulation()
                session.add = ["one", "x=1"]
                $0.rewriting.attributes = ["session": session]
            }
        ),
        ("sdp-media-remove=[video]", { $0.rewriting.removedMedia = ["video"] }),
    ]

    @Test(arguments: table.indices)
    func grammar(_ index: Int) throws {
        let (text, expected) = FlagStringTests.table[index]
        let parsed = try TestRequests.flagString(text).options
        #expect(parsed.withoutNotes == options(expected), "\(text)")
        #expect(parsed.unknown == [], "\(text)")
    }

    @Test func identifiersOverride() throws {
        let request = try TestRequests.parse([
            "call-id": "c", "from-tag": "f", "to-tag": "t", "via-branch": "v",
            "rtpp-flags": "call-id=C from-tag=F to-tag=T via-branch=V",
        ])
        #expect(request.callID == "C")
        #expect(request.fromTag == "F")
        #expect(request.toTag == "T")
        #expect(request.viaBranch == "V")
        #expect(request.options.parties.isDirectional)
        #expect(request.options.deletion.honoursToTag)
    }

    @Test func whatStandsBehindTheStringWins() throws {
        let request = try TestRequests.parse([
            "TOS": 1, "label": "before", "rtpp-flags": "call-id=C TOS=2 label=string", "call-id": "c", "label": "after",
        ])
        #expect(request.callID == "c")
        #expect(request.options.media.tos == 2)
        #expect(request.options.parties.label == "after")
    }

    @Test func bareToTagDoesNotBlankTheTag() throws {
        let request = try TestRequests.parse(["to-tag": "t", "rtpp-flags": "to-tag"])
        #expect(request.toTag == "t")
        #expect(request.options.deletion.honoursToTag)
    }

    @Test(arguments: ["auto", "1", "2", "extra", "next", "auto-extra"])
    func wordsForTheProxyDoNotBecomeTheBranch(_ word: String) throws {
        let request = try TestRequests.parse(["via-branch": "z9hG4bK1", "rtpp-flags": .text("via-branch=\(word)")])
        #expect(request.viaBranch == "z9hG4bK1")
        #expect(request.options == SignallingOptions())
    }

    @Test func aThirdDirectionIsNoted() throws {
        let parsed = try TestRequests.flagString("direction=a external direction=c").options
        #expect(
            parsed
                == options {
                    $0.addressing.fromInterface = "a"
                    $0.addressing.toInterface = "external"
                    $0.unknown = ["direction=c"]
                })
    }

    @Test func transportWordsMeanNothingAmongOrdinaryFlags() throws {
        #expect(try TestRequests.flags("SRTP", "internal") == options { $0.unknown = ["SRTP", "internal"] })
    }

    @Test func nestedListsOfDictionaries() throws {
        // `tags` has no field yet; a list of dictionaries is what `mesh` accepts.
        let text: BencodeValue = "calls=[c1 c2] tags=[[from=A to=[B C]] [from=D to=[E]]]"
        #expect(throws: Never.self) { try TestRequests.parse(["rtpp-flags": text], command: .mesh) }
        let wrong: BencodeValue = "tags=[[A B]]"
        #expect(throws: NGErrorText.wrongContent) { try TestRequests.parse(["rtpp-flags": wrong], command: .mesh) }
    }

    @Test func structuralMistakesAreErrors() {
        #expect(throws: NGErrorText.unsupportedSDPSection) { try TestRequests.flagString("sdp-attr=[smell=[add=[x]]]") }
        #expect(throws: NGErrorText.wrongType) { try TestRequests.flagString("sdp-media-remove=video") }
    }

    @Test(arguments: ["]", "[", "[a]", "a]b", "foo[bar]", "=", "=a", "a=", "[[", "]]", "a=[b=[c=[d=[", "x=[[[[]]]]]"])
    func oddStringsAreHarmless(_ text: String) throws {
        #expect(try TestRequests.flagString(text).options.withoutNotes == SignallingOptions())
    }

    @Test func depthIsBounded() throws {
        let text = String(repeating: "a=[", count: 20_000)
        #expect(try TestRequests.flagString(text).options.withoutNotes == SignallingOptions())
        let brackets = "x=" + String(repeating: "[", count: 60_000)
        #expect(try TestRequests.flagString(brackets).options.withoutNotes == SignallingOptions())
    }

    @Test func octetsPassThrough() throws {
        let request = try TestRequests.parse(["rtpp-flags": .string(Array("label=".utf8) + [0xC3, 0xFF])])
        #expect(request.options.parties.label?.unicodeScalars.map(\.value) == [0xC3, 0xFF])
    }

    @Test func mutatedStringsNeverTrap() {
        var random = SeededGenerator(seed: 3)
        let seeds = FlagStringTests.table.map(\.text)
        let interesting = Array("[]=, -._/>abRTPICE0159\u{0}".utf8) + [0xFF]
        var parsed = 0
        for _ in 0..<5_000 {
            var bytes = Array((seeds.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let index = Int.random(in: 0...bytes.count, using: &random)
                if Bool.random(using: &random), index < bytes.count {
                    bytes[index] = interesting.randomElement(using: &random) ?? 0
                } else {
                    bytes.insert(interesting.randomElement(using: &random) ?? 0, at: index)
                }
            }
            if (try? TestRequests.parse(["rtpp-flags": .string(bytes)])) != nil { parsed += 1 }
        }
        #expect(parsed > 4_000)
    }
}
