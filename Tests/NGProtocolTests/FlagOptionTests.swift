import Bencode
import Forwarding
import NGProtocol
import Negotiation
import NetTypes
import Testing

/// Every flag of ng-protocol §5.4 that has a field, in every spelling.
struct FlagOptionTests {
    static let table: [(spellings: [String], expected: Expectation)] = [
        (["all"], { $0.parties.selectsAll = true }),
        (["block-dtmf", "block-DTMF"], { $0.media.blocksEvents = true }),
        (["directional", "Directional"], { $0.parties.isDirectional = true }),
        (["provisional"], { $0.parties.isProvisional = true }),
        (["new-branch", "new branch", "new_branch"], { $0.parties.isNewBranch = true }),
        (["debug", "debugging"], { $0.parties.isDebugging = true }),
        (
            ["SIP-source-address", "sip-source-address", "SIP source address"],
            { $0.addressing.usesSIPSourceAddress = true }
        ),
        (["trust-address", "trust address"], { $0.addressing.usesSIPSourceAddress = false }),
        (["asymmetric"], { $0.addressing.isAsymmetric = true }),
        (["strict-source", "strict source"], { $0.addressing.isStrictSource = true }),
        (["media-handover"], { $0.addressing.isMediaHandover = true }),
        (["port-latching"], { $0.addressing.portLatching = true }),
        (["no-port-latching"], { $0.addressing.portLatching = false }),
        (["unidirectional"], { $0.addressing.isUnidirectional = true }),
        (["pierce-NAT", "pierce-nat"], { $0.addressing.pierceNAT = true }),
        (["NAT-wait", "nat-wait"], { $0.addressing.natWait = true }),
        (["endpoint-learning-off"], { $0.addressing.learning = .off }),
        (["endpoint-learning-immediate", "endpoint learning immediate"], { $0.addressing.learning = .immediate }),
        (["recrypt"], { $0.transport.recrypts = true }),
        (["reset"], { $0.transport.resets = true }),
        (["loop-protect", "loop protect"], { $0.transport.protectsLoops = true }),
        (["trickle-ICE", "trickle-ice", "trickle ICE", "trickle ice"], { $0.ice.trickles = true }),
        (["reject-ICE", "reject ice", "ICE-reject", "ice reject"], { $0.ice.rejects = true }),
        (["fragment"], { $0.ice.isFragment = true }),
        (["no-tls-id", "no tls id"], { $0.dtls.omitsTLSID = true }),
        (["SDES-off", "SDES-no", "SDES-disable", "sdes-disabled"], { $0.sdes.isOff = true }),
        (["pad-crypto", "SDES-pad"], { $0.sdes.padsKeys = true }),
        (["SDES-only-AES_CM_128_HMAC_SHA1_80"], { $0.sdes.only = ["AES_CM_128_HMAC_SHA1_80"] }),
        (["SDES-no-AES_CM_128_HMAC_SHA1_32"], { $0.sdes.excluded = ["AES_CM_128_HMAC_SHA1_32"] }),
        (
            ["OSRTP-accept"],
            {
                $0.osrtp.acceptsRFC = true; $0.osrtp.acceptsLegacy = true
            }
        ),
        (["OSRTP-offer", "OSRTP-offer-RFC", "osrtp-offer-rfc"], { $0.osrtp.offersRFC = true }),
        (["no-rtcp-attribute", "no-RTCP-attribute", "no rtcp attribute"], { $0.rtcp.omitsAttribute = true }),
        (["full-rtcp-attribute", "full-RTCP-attribute"], { $0.rtcp.writesFullAttribute = true }),
        (["generate-RTCP", "generate-rtcp", "generate rtcp"], { $0.rtcp.generatesReports = true }),
        (["rtcp-mux-demux", "RTCP-mux-demux"], { $0.rtcp.mux = [.demux] }),
        (["BUNDLE-require", "bundle-require"], { $0.bundle.policy = [.require] }),
        (["generate-mid", "generate mid"], { $0.bundle.generatesMID = true }),
        (["replace-origin", "replace origin"], { $0.rewriting.replacements = [.origin] }),
        (["replace-origin-full", "replace-origin_full"], { $0.rewriting.replacements = [.originFull] }),
        (["replace-SDP-version", "replace-sdp-version"], { $0.rewriting.replacements = [.sdpVersion] }),
        (["original-sendrecv"], { $0.rewriting.keepsDirection = true }),
        (["strip-extmap"], { $0.rewriting.strippedExtensions = ["all"] }),
        (
            ["sdp-attr-add-audio-X-foo--1..2"],
            { $0.rewriting.attributes["audio", default: .init()].add = ["X-foo=1 2"] }
        ),
        (
            ["sdp-attr-remove-none-ice-lite", "sdp-attr-remove-global-ice-lite"],
            { $0.rewriting.attributes["session", default: .init()].remove = ["ice-lite"] }
        ),
        (
            ["sdp-attr-substitute-video-sendrecv>sendonly"],
            {
                $0.rewriting.attributes["video", default: .init()].substitute = [
                    .init(from: "sendrecv", to: "sendonly")
                ]
            }
        ),
        (["codec-strip-PCMU", "codec_strip_PCMU"], { $0.codecs.strip = ["PCMU"] }),
        (["codec-offer-opus/48000/2"], { $0.codecs.offer = ["opus/48000/2"] }),
        (["codec-except-G722"], { $0.codecs.except = ["G722"] }),
        (["codec-ignore-G722"], { $0.codecs.ignore = ["G722"] }),
        (["transcode-PCMA", "codec-transcode-PCMA"], { $0.codecs.transcode = ["PCMA"] }),
        (["codec-mask-all"], { $0.codecs.mask = ["all"] }),
        (["codec-accept-opus"], { $0.codecs.accept = ["opus"] }),
        (["codec-consume-opus"], { $0.codecs.consume = ["opus"] }),
        (
            ["codec-set-opus/48000/2/32000///useinbandfec--1..stereo--0"],
            { $0.codecs.set = ["opus/48000/2/32000///useinbandfec=1 stereo=0"] }
        ),
        (["always-transcode", "codec-accept-all"], { $0.codecs.accept = ["all"] }),
        (["force-transcoding"], { $0.codecs.forcesTranscoding = true }),
        (["allow-transcoding"], { $0.codecs.allowsTranscoding = true }),
        (
            ["allow-asymmetric-codecs", "allow-asymmetric-codec", "allow asymmetric codecs"],
            { $0.codecs.allowsAsymmetric = true }
        ),
        (
            ["allow-no-codec-media", "allow-empty-codec-media", "allow-no-codec-medias"],
            { $0.codecs.allowsEmptyMedia = true }
        ),
        (["single-codec"], { $0.codecs.isSingle = true }),
        (["static-codecs", "static-codec"], { $0.codecs.isStatic = true }),
        (["reuse-codecs", "no-codec-renegotiation"], { $0.codecs.reuses = true }),
        (["record-call", "record call"], { $0.media.records = .on }),
        (["T38-decode", "T.38-decode", "t38-decode"], { $0.media.t38 = ["decode"] }),
        (["T38-no-V17", "T.38-no-V.17"], { $0.media.t38 = ["no-v.17"] }),
        (["fatal"], { $0.deletion.isFatal = true }),
        (["fast"], { $0.deletion.isFast = true }),
        (["to-tag", "to_tag", "to tag"], { $0.deletion.honoursToTag = true }),
        (["discard-recording"], { $0.recording.discards = true }),
        (["pause"], { $0.recording.pauses = true }),
    ]

    @Test(arguments: table.indices)
    func flag(_ index: Int) throws {
        let (spellings, expected) = FlagOptionTests.table[index]
        for spelling in spellings {
            let parsed = try TestRequests.flags(spelling)
            #expect(parsed.withoutNotes == options(expected), "\(spelling)")
            #expect(parsed.unknown == [], "\(spelling)")
        }
    }

    @Test(arguments: ["WebRTC", "webrtc", "webRTC", "WebRtc"])
    func webRTC(_ spelling: String) throws {
        let expected = options {
            $0.transport.profile = .named("UDP/TLS/RTP/SAVPF")
            $0.ice.policy = .force
            $0.ice.trickles = true
            $0.rtcp.mux = [.offer, .require]
            $0.rtcp.omitsAttribute = true
            $0.sdes.isOff = true
            $0.bundle.generatesMID = true
            $0.bundle.policy = [.offer, .require]
        }
        #expect(try TestRequests.flags(spelling) == expected)
    }

    @Test(arguments: [
        "symmetric", "force", "repacketize", "replace-session-connection", "replace session connection",
        "asymmetric-codecs", "symmetric-codecs", "reorder-codecs", "no-redis-update", "no-player", "no-jitter-buffer",
        "skip-recording-db", "skip-recording-database",
    ])
    func harmlessWordsLeaveNoTrace(_ word: String) throws {
        #expect(try TestRequests.flags(word) == SignallingOptions())
    }

    @Test(arguments: [
        "no-such-flag", "replace-", "replace-bogus", "rtcp-mux-never", "SDES-bogus", "=", "=x", "x=y", "",
        "sdp-attr-add-bogus-x", "sdp-attr-add-audio-", "sdp-attr-add-audio", "sdp-attr-substitute-audio-x",
        "endpoint-learning-fast", "T38-bogus", "\u{FF}\u{FE}",
    ])
    func unknownWordsAreNotedAndNothingElse(_ word: String) throws {
        #expect(try TestRequests.flags(word) == options { $0.unknown = [word] })
    }

    @Test(arguments: [
        "block-egress", "block-shorts", "inject-DTMF", "detect-dtmf", "bidirectional",
        "inactive", "mixed", "siprec", "egress", "exclude-recording", "recording-announcement",
        "recording-vsc", "player", "early-media", "passthrough", "RTCP-mirror", "mirror-rtcp", "from-tags-abc",
    ])
    func knownWordsWithoutEffectAreNotedAsSuch(_ word: String) throws {
        #expect(try TestRequests.flags(word) == options { $0.unsupported = [word] })
    }

    @Test(arguments: [
        "recrypt", "allow-transcoding",
        "transcode-G729", "codec-transcode-AMR-WB/16000", "T38-decode", "NAT-wait", "pierce-NAT", "generate-RTCP",
    ])
    func parsedButWithoutEffect(_ word: String) throws {
        #expect(try TestRequests.flags(word).unsupported == [word])
    }

    @Test(arguments: [
        "WebRTC", "SDES-only-AES_CM_128_HMAC_SHA1_80", "no-tls-id", "trickle-ICE", "ICE=force", "ICE=lite-forward",
        "DTLS=passive", "transport-protocol=RTP/SAVPF", "SDES-off", "DTLS=off", "ICE=remove", "ICE=default",
        "ICE=optional", "ICE=force-relay", "OSRTP-accept-legacy", "OSRTP-offer-legacy",
        "codec-strip-all", "generate-RTCP=off", "T38-stop", "always-transcode", "force-transcoding", "codec-mask-all",
        "transcode-PCMA", "codec-transcode-OPUS/48000/2/32000", "codec-transcode-L16/16000", "ptime=30",
        "transcode-telephone-event", "ptime-reverse=20",
    ])
    func whatIsDoneIsNotReported(_ word: String) throws {
        #expect(try TestRequests.flags(word).unsupported == [])
    }

    @Test func flagsAsCommaString() throws {
        let parsed = try TestRequests.key("flags", "replace-origin, trust-address,,asymmetric,")
        #expect(
            parsed
                == options {
                    $0.rewriting.replacements = [.origin]
                    $0.addressing.usesSIPSourceAddress = false
                    $0.addressing.isAsymmetric = true
                })
    }

    @Test func keysAmongFlags() throws {
        let parsed = try TestRequests.flags("ICE=remove", "media address=192.0.2.1", "TOS=184", "label=a=b")
        #expect(
            parsed
                == options {
                    $0.ice.policy = .remove
                    $0.addressing.mediaAddress = IPAddress("192.0.2.1")
                    $0.media.tos = 184
                    $0.parties.label = "a=b"
                })
    }

    @Test func otherMembersThanStringsAreSkipped() throws {
        let parsed = try TestRequests.key("flags", [[["x"]], ["a": "b"], 5, "asymmetric"])
        #expect(parsed == options { $0.addressing.isAsymmetric = true })
    }

    @Test func notesAreBounded() throws {
        let words = (0..<5000).map { "word-\($0)" }
        let parsed = try TestRequests.parse(["flags": .list(words.map { .text($0) })]).options
        #expect(parsed.unknown.count <= 65)
        let long = try TestRequests.flags(String(repeating: "x", count: 1000))
        #expect(long.unknown.map(\.utf8.count) == [128])
    }

    @Test func wordsAreBounded() throws {
        let words = (0..<9000).map { "codec-strip-X\($0)" }
        let parsed = try TestRequests.parse(["flags": .list(words.map { .text($0) })]).options
        #expect(parsed.codecs.strip.count < 4096)
        #expect(parsed.unknown == ["(more words than a message may have)"])
    }
}
