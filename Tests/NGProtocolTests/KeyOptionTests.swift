import Bencode
import Forwarding
import NGProtocol
import Negotiation
import NetTypes
import Testing

/// Every key of ng-protocol §5.4 that has a field, with its spellings and values.
struct KeyOptionTests {
    static let table: [(names: [String], value: BencodeValue, expected: Expectation)] = [
        (["label", "from-label", "from label"], "x, y", { $0.parties.label = "x, y" }),
        (["set-label", "set label"], "x", { $0.parties.setLabel = "x" }),
        (["to-label", "to label"], "x", { $0.parties.toLabel = "x" }),
        (["metadata"], "a:b|c:d", { $0.parties.metadata = "a:b|c:d" }),
        (["xmlrpc-callback", "XMLRPC-callback"], "192.0.2.1", { $0.parties.xmlrpcCallback = "192.0.2.1" }),
        (["address"], "2001:db8::1", { $0.parties.address = IPAddress("2001:db8::1") }),
        (["all"], "all", { $0.parties.selectsAll = true }),
        (["all"], "none", { $0.parties.selectsAll = false }),
        (["all"], "offer-answer", { $0.parties.flows = .dialogue }),
        (["all"], "flows", { $0.parties.flows = .dialogue }),
        (["all"], "except-offer-answer", { $0.parties.flows = .subscriptions }),
        (["all"], "not-offer-answer", { $0.parties.flows = .subscriptions }),
        (["DTMF-security"], "drop", { $0.media.eventSecurity = .drop }),
        (["DTMF-security"], "off", { $0.media.eventSecurity = .off }),
        (["DTMF-security"], "silence", { $0.media.eventSecurity = .drop }),
        (["trigger"], "11", { $0.media.awaitsTrigger = true }),
        (
            ["sip-message-type", "SIP message type", "SIP_message_type"], "sip_request",
            { $0.parties.sipMessageType = .request }
        ),
        (["sip-message-type"], "request", { $0.parties.sipMessageType = .request }),
        (["sip-message-type"], "SIP request", { $0.parties.sipMessageType = .request }),
        (["sip-message-type"], "sip-reply", { $0.parties.sipMessageType = .reply }),
        (["sip-message-type"], "SIP response", { $0.parties.sipMessageType = .reply }),
        (["sip-code", "sip-response-code", "SIP code", "SIP response code"], 200, { $0.parties.sipCode = 200 }),
        (["sip-code"], "183", { $0.parties.sipCode = 183 }),
        (
            ["direction"], ["pub", "priv"],
            {
                $0.addressing.fromInterface = "pub"; $0.addressing.toInterface = "priv"
            }
        ),
        (["direction"], ["pub"], { $0.addressing.fromInterface = "pub" }),
        (["from-interface", "from interface"], "pub", { $0.addressing.fromInterface = "pub" }),
        (["to-interface", "to interface"], "pub", { $0.addressing.toInterface = "pub" }),
        (["media-address", "media address"], "192.0.2.1", { $0.addressing.mediaAddress = IPAddress("192.0.2.1") }),
        (["address-family", "address family"], "IP6", { $0.addressing.addressFamily = .ipv6 }),
        (["address-family"], "ip4", { $0.addressing.addressFamily = .ipv4 }),
        (
            ["received-from", "received from"], ["IP4", "192.0.2.1"],
            { $0.addressing.receivedFrom = IPAddress("192.0.2.1") }
        ),
        (["received-from"], ["IP6", "2001:db8::1"], { $0.addressing.receivedFrom = IPAddress("2001:db8::1") }),
        (["received-from"], "192.0.2.1", { $0.addressing.receivedFrom = IPAddress("192.0.2.1") }),
        (["received-from"], "IP4 192.0.2.1", { $0.addressing.receivedFrom = IPAddress("192.0.2.1") }),
        (["endpoint-learning", "endpoint learning"], "off", { $0.addressing.learning = .off }),
        (["endpoint-learning"], "delayed", { $0.addressing.learning = .delayed }),
        (["endpoint-learning"], "heuristic", { $0.addressing.learning = .heuristic }),
        (["transport-protocol", "transport protocol"], "RTP/AVPF", { $0.transport.profile = .named("RTP/AVPF") }),
        (["transport-protocol"], "rtp/savp", { $0.transport.profile = .named("RTP/SAVP") }),
        (["transport-protocol"], "udp/tls/rtp/savpf", { $0.transport.profile = .named("UDP/TLS/RTP/SAVPF") }),
        (["transport-protocol"], "UDPTL", { $0.transport.profile = .named("udptl") }),
        (["transport-protocol"], "accept", { $0.transport.profile = .accept }),
        (["ICE", "ice"], "remove", { $0.ice.policy = .remove }),
        (["ICE"], ["force"], { $0.ice.policy = .force }),
        (
            ["ICE"], "force,trickle",
            {
                $0.ice.policy = .force; $0.ice.trickles = true
            }
        ),
        (
            ["ICE"], ["force-relay", "ice2"],
            {
                $0.ice.policy = .forceRelay; $0.ice.announcesICE2 = true
            }
        ),
        (["ICE"], "force_relay", { $0.ice.policy = .forceRelay }),
        (["ICE"], "optional", { $0.ice.policy = .optional }),
        (["ICE"], "default", { $0.ice.policy = .standard }),
        (["ICE"], ["lite-fwd"], { $0.ice.lite = .forward }),
        (["ICE"], ["lite-answer"], { $0.ice.lite = .backward }),
        (["ICE"], ["lite-both"], { $0.ice.lite = .both }),
        (["ICE"], ["no-lite"], { $0.ice.lite = .off }),
        (["ICE-lite", "ice lite"], "forward", { $0.ice.lite = .forward }),
        (["ICE-lite"], "backwards", { $0.ice.lite = .backward }),
        (["ICE-lite"], "none", { $0.ice.lite = .off }),
        (["DTLS", "dtls", "DTLS-reverse", "dtls-reverse"], "off", { $0.dtls.isOff = true }),
        (["DTLS"], ["passive"], { $0.dtls.role = .passive }),
        (["DTLS"], "active", { $0.dtls.role = .active }),
        (["DTLS-fingerprint", "dtls fingerprint"], "SHA-384", { $0.dtls.fingerprintHash = "sha-384" }),
        (["SDES", "sdes"], "off", { $0.sdes.isOff = true }),
        (
            ["SDES"], ["nonew", "encrypted_srtcp", "static"],
            {
                $0.sdes.addsNoSuites = true; $0.sdes.unencryptedSRTCP = false; $0.sdes.isStatic = true
            }
        ),
        (
            ["SDES"], ["UNENCRYPTED_SRTP", "unauthenticated_srtp", "pad", "lifetime"],
            {
                $0.sdes.unencryptedSRTP = true
                $0.sdes.unauthenticatedSRTP = true
                $0.sdes.padsKeys = true
                $0.sdes.printsLifetime = true
            }
        ),
        (
            ["SDES"], ["order:AEAD_AES_256_GCM;AES_CM_128_HMAC_SHA1_32;"],
            { $0.sdes.order = ["AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_32"] }
        ),
        (
            ["SDES"], ["offerer_pref:AES_CM_128_HMAC_SHA1_32;"],
            { $0.sdes.offererPreference = ["AES_CM_128_HMAC_SHA1_32"] }
        ),
        (["SDES"], "prefer", { $0.sdes.isPreferred = true }),
        (["SDES"], "priority", { $0.sdes.isPreferred = true }),
        (
            ["OSRTP"], ["offer-legacy", "accept-legacy"],
            {
                $0.osrtp.offersLegacy = true; $0.osrtp.acceptsLegacy = true
            }
        ),
        (
            ["rtcp-mux", "RTCP-mux", "rtcp mux", "RTCP mux"], ["offer", "require"],
            { $0.rtcp.mux = [.offer, .require] }
        ),
        (["rtcp-mux"], "accept,reject", { $0.rtcp.mux = [.accept, .reject] }),
        (["generate-RTCP"], "on", { $0.rtcp.generatesReports = true }),
        (["generate-RTCP"], "off", { $0.rtcp.generatesReports = false }),
        (["bundle", "BUNDLE"], ["strict", "require"], { $0.bundle.policy = [.strict, .require] }),
        (["replace"], ["origin", "session-connection"], { $0.rewriting.replacements = [.origin] }),
        (
            ["replace"], ["username", "session name", "SDP version", "zero address"],
            { $0.rewriting.replacements = [.username, .sessionName, .sdpVersion, .zeroAddress] }
        ),
        (["replace"], "force-increment-SDP-ver", { $0.rewriting.replacements = [.forceIncrementSDPVersion] }),
        (
            ["sdp-media-remove", "SDP-media-remove", "sdp_media_remove"], ["video", "Other"],
            { $0.rewriting.removedMedia = ["video", "other"] }
        ),
        (
            ["extmap"], ["strip": ["urn:a"], "mask": "all"],
            {
                $0.rewriting.strippedExtensions = ["urn:a"]; $0.rewriting.maskedExtensions = ["all"]
            }
        ),
        (
            ["codec", "codecs"], ["strip": ["all"], "except": "PCMA,PCMU", "offer": ["G722"], "ignore": []],
            {
                $0.codecs.strip = ["all"]
                $0.codecs.except = ["PCMA", "PCMU"]
                $0.codecs.offer = ["G722"]
            }
        ),
        (
            ["codec"], ["transcode": ["opus"], "mask": ["full"], "consume": ["a"], "accept": ["b"], "set": ["c"]],
            {
                $0.codecs.transcode = ["opus"]
                $0.codecs.mask = ["full"]
                $0.codecs.consume = ["a"]
                $0.codecs.accept = ["b"]
                $0.codecs.set = ["c"]
            }
        ),
        (["ptime"], 20, { $0.codecs.ptimeMilliseconds = 20 }),
        (["ptime-reverse", "reverse-ptime", "ptime reverse"], "40", { $0.codecs.reversePtimeMilliseconds = 40 }),
        (["TOS", "tos"], 184, { $0.media.tos = 184 }),
        (["TOS"], "-1", { $0.media.tos = -1 }),
        (["drop-traffic", "drop traffic"], "start", { $0.media.dropsTraffic = true }),
        (["drop-traffic"], "stop", { $0.media.dropsTraffic = false }),
        (["media-echo", "media echo"], "sinkhole", { $0.media.echo = .blackhole }),
        (["media-echo"], "fw", { $0.media.echo = .forward }),
        (["media-echo"], "reverse", { $0.media.echo = .backward }),
        (["media-echo"], "both", { $0.media.echo = .both }),
        (["record-call", "record call"], "yes", { $0.media.records = .on }),
        (["record-call"], "off", { $0.media.records = .off }),
        (["record-call"], "discard", { $0.media.records = .discard }),
        (
            ["T.38", "T38", "t38", "t.38"], ["force", "FEC", "no-ECM", "no-V.17", "no-V27ter"],
            { $0.media.t38 = ["force", "fec", "no-ecm", "no-v.17", "no-v.27ter"] }
        ),
        (["delete-delay", "delete delay", "delete_delay"], 0, { $0.deletion.delaySeconds = 0 }),
        (["delete-delay"], "120", { $0.deletion.delaySeconds = 120 }),
        (
            ["sdp-attr", "SDP attr"], ["audio": ["add": ["X-a:1,2"], "remove": "ptime:20"]],
            {
                var audio = AttributeManipulation()
                audio.add = ["X-a:1,2"]
                audio.remove = ["ptime:20"]
                $0.rewriting.attributes = ["audio": audio]
            }
        ),
        (
            ["sdp-attr"], ["none": ["substitute": [["a", "b"], "c>d>e"]], "other": [:]],
            {
                var session = AttributeManipulation()
                session.substitute = [.init(from: "a", to: "b"), .init(from: "c", to: "d>e")]
                $0.rewriting.attributes = ["session": session]
            }
        ),
    ]

    @Test(arguments: table.indices)
    func key(_ index: Int) throws {
        let (names, value, expected) = KeyOptionTests.table[index]
        for name in names {
            let parsed = try TestRequests.key(name, value)
            #expect(parsed.withoutNotes == options(expected), "\(name)")
            #expect(parsed.unknown == [], "\(name)")
        }
    }

    @Test(arguments: [
        ("ICE", "nonsense"), ("DTLS", "nonsense"), ("DTLS-fingerprint", "bogus"), ("transport-protocol", "BOGUS"),
        ("frobnicate", "yes"), ("media-address", "host.example"), ("received-from", "nobody"), ("direction", "pub"),
        ("address-family", "IP5"), ("delete-delay", "soon"), ("delete-delay", "-1"), ("sip-code", "20x"),
        ("TOS", "0x10"),
        ("sip-message-type", "response"), ("supports", "everything"), ("template", "nowhere"),
    ])
    func unknownKeysAndValuesAreNotedAndNothingElse(_ name: String, _ value: String) throws {
        #expect(try TestRequests.key(name, .text(value)) == options { $0.unknown = ["\(name)=\(value)"] })
    }

    @Test(
        arguments: [
            ("flags", 5), ("flags", ["a": "b"]), ("replace", ["origin": "yes"]), ("replace", 5), ("ICE", ["a": "b"]),
            ("label", 5), ("label", ["x"]), ("TOS", ["x"]), ("TOS", ["a": "b"]), ("rtcp-mux", [["offer"]]),
            ("rtpp-flags", ["asymmetric"]), ("template", 5),
        ] as [(String, BencodeValue)])
    func wrongTypesAreAsIfAbsent(_ name: String, _ value: BencodeValue) throws {
        #expect(try TestRequests.key(name, value) == SignallingOptions())
    }

    @Test(
        arguments: [
            ("codec", "PCMU"), ("codec", ["PCMU"]), ("extmap", "all"), ("direction", 7), ("received-from", 7),
        ] as [(String, BencodeValue)])
    func wrongContainersAreNoted(_ name: String, _ value: BencodeValue) throws {
        let parsed = try TestRequests.key(name, value)
        #expect(parsed.withoutNotes == SignallingOptions())
        #expect(parsed.unknown.count == 1)
    }

    @Test(arguments: [
        ("DTMF-security", "tone"), ("trigger", "11"), ("end-trigger", "22"), ("interface", "pub"), ("from tags", "a"),
        ("recording-pattern", "%c"), ("vsc-pause-recording", "*1"), ("player", "force"),
        ("T38-version", "0"), ("media-echo", "both"), ("xmlrpc-callback", "192.0.2.1"),
        ("passthru", "on"), ("delay buffer", "20"), ("transcode", "speex"),
    ])
    func withoutEffect(_ name: String, _ value: String) throws {
        let parsed = try TestRequests.key(name, .text(value))
        #expect(parsed.unsupported == ["\(name)=\(value)"])
        #expect(parsed.unknown == [])
    }

    @Test func longValuesAreNotRepeated() throws {
        let blob = BencodeValue.string([UInt8](repeating: 0x41, count: 5000))
        #expect(try TestRequests.key("blob", blob).unsupported == ["blob"])
        #expect(try TestRequests.key("frobnicate", blob).unknown == ["frobnicate"])
    }

    @Test func unreadableAddressIsRemembered() throws {
        let parsed = try TestRequests.key("address", "nonsense")
        #expect(parsed.parties.address == nil)
        #expect(parsed.parties.isAddressUnreadable)
    }

    @Test func laterScalarsWinAndListsAddUp() throws {
        let parsed = try TestRequests.parse([
            "TOS": 1, "TOS": 2, "rtcp-mux": ["offer"], "rtcp-mux": ["require"], "flags": ["trust-address"],
            "flags": ["SIP-source-address", "port-latching"],
        ]).options
        #expect(
            parsed
                == options {
                    $0.media.tos = 2
                    $0.rtcp.mux = [.offer, .require]
                    $0.addressing.usesSIPSourceAddress = true
                    $0.addressing.portLatching = true
                })
    }

    // MARK: Structural mistakes

    @Test(
        arguments: [
            ("sdp-attr", "x", .wrongType),
            ("sdp-attr", ["audio"], .wrongType),
            ("sdp-attr", ["smell": [:]], .unsupportedSDPSection),
            ("sdp-attr", ["audio": "x"], .wrongContent),
            ("sdp-attr", ["audio": ["x"]], .wrongContent),
            ("sdp-attr", ["audio": ["multiply": ["x"]]], .unknownManipulation),
            ("sdp-attr", ["audio": ["add": 5]], .invalidToken),
            ("sdp-attr", ["audio": ["add": [5]]], .invalidToken),
            ("sdp-attr", ["audio": ["add": [""]]], .invalidToken),
            ("sdp-attr", ["audio": ["substitute": ["x"]]], .invalidToken),
            ("sdp-attr", ["audio": ["substitute": [["x"]]]], .invalidToken),
            ("sdp-attr", ["audio": ["substitute": [">x"]]], .invalidToken),
            ("sdp-media-remove", "video", .wrongType),
            ("sdp-media-remove", 5, .wrongType),
            ("sdp-media-remove", ["smell"], .unsupportedSDPSection),
        ] as [(String, BencodeValue, NGErrorText)])
    func structuralMistakes(_ name: String, _ value: BencodeValue, _ error: NGErrorText) {
        #expect(throws: error) { try TestRequests.key(name, value) }
    }

    @Test(
        arguments: [
            (.create, "medias", "audio", .wrongType), (.create, "media", ["audio"], .wrongContent),
            (.transform, "media", 5, .wrongType), (.mesh, "tags", ["a": "b"], .wrongType),
            (.mesh, "tags", [["a"]], .wrongContent),
        ] as [(NGCommand, String, BencodeValue, NGErrorText)])
    func structuralMistakesInLists(_ command: NGCommand, _ name: String, _ value: BencodeValue, _ error: NGErrorText) {
        var dictionary = BencodeDictionary()
        dictionary.append(name, value)
        #expect(throws: error) { try TestRequests.parse(dictionary, command: command) }
        #expect(throws: Never.self) { try TestRequests.parse(dictionary, command: .offer) }
    }
}

/// Keys of recordings, in all their spellings.
@Suite struct RecordingKeyTests {
    @Test(arguments: [
        "recording-file", "recording-dest", "recording destination", "output-file", "output_dest", "output-destination",
    ])
    func files(_ name: String) throws {
        #expect(try TestRequests.key(name, "/x").recording.file == "/x")
    }

    @Test(arguments: ["recording-dir", "recording path", "recording-folder", "output-directory", "output-path"])
    func directories(_ name: String) throws {
        #expect(try TestRequests.key(name, "/x").recording.directory == "/x")
    }
}
