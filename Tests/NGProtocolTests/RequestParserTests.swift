import Bencode
import NGProtocol
import Negotiation
import Testing

struct RequestParserTests {
    @Test func everyCommandIsKnownByItsName() throws {
        for command in NGCommand.allCases {
            #expect(try NGRequestParser().parse(["command": .text(command.rawValue)]).command == command)
        }
        #expect(try NGRequestParser().parse(["command": "CLI"]).command == .cli)
        #expect(NGCommand.allCases.count == 33)
        #expect(Set(NGCommand.allCases.map(\.shortName)).count == 33)
    }

    @Test(
        arguments: [
            ([:], .noCommand), (["foo": "bar"], .noCommand), (["command": 5], .noCommand),
            (["command": ["ping"]], .noCommand),
            (["Command": "ping"], .noCommand), (["command": ""], .unknownCommand),
            (["command": "PING"], .unknownCommand),
            (["command": " ping"], .unknownCommand), (["command": "block dtmf"], .unknownCommand),
            (["command": "frobnicate"], .unknownCommand), (["command": 5, "command": "ping"], .noCommand),
        ] as [(BencodeDictionary, NGErrorText)])
    func noCommand(_ dictionary: BencodeDictionary, _ error: NGErrorText) {
        #expect(throws: error) { try NGRequestParser().parse(dictionary) }
    }

    @Test func identifiers() throws {
        let request = try TestRequests.parse([
            "call ID": "c\u{E9}", "from tag": "f", "to_tag": "t", "via-branch": "v", "SDP": "v=0\r\n",
        ])
        #expect(request.callID == "c\u{C3}\u{A9}")
        #expect(request.fromTag == "f")
        #expect(request.toTag == "t")
        #expect(request.viaBranch == "v")
        #expect(request.sdp == Array("v=0\r\n".utf8))
    }

    @Test func anEmptyStringIsPresentAndAWrongTypeIsAbsent() throws {
        let empty = try TestRequests.parse(["call-id": "", "from-tag": "", "sdp": ""])
        #expect(empty.callID == "")
        #expect(empty.fromTag == "")
        #expect(empty.sdp == [])
        let wrong = try TestRequests.parse(["call-id": 7, "from-tag": ["a"], "to-tag": ["a": "b"], "sdp": 5])
        #expect(wrong.callID == nil)
        #expect(wrong.fromTag == nil)
        #expect(wrong.toTag == nil)
        #expect(wrong.sdp == nil)
        #expect(wrong.options == SignallingOptions())
    }

    @Test func supports() throws {
        #expect(try TestRequests.parse([:]).supportsLoadLimit == false)
        #expect(try TestRequests.parse(["supports": ["load limit"]]).supportsLoadLimit)
        #expect(try TestRequests.parse(["supports": "load limit"]).supportsLoadLimit)
        #expect(try TestRequests.parse(["supports": ["everything", "load-limit"]]).supportsLoadLimit)
    }

    @Test(
        arguments: [
            (nil, .standard), (0, .count(0)), (1, .count(1)), ("1", .count(1)), ("x", .standard), ([1], .standard),
            (-1, .negative), ("-1", .negative),
        ] as [(BencodeValue?, NGRequest.ListLimit)])
    func limit(_ value: BencodeValue?, _ limit: NGRequest.ListLimit) throws {
        var dictionary = BencodeDictionary()
        if let value { dictionary.append("limit", value) }
        #expect(try TestRequests.parse(dictionary, command: .list).listLimit == limit)
    }

    @Test func theDictionaryIsKeptForCommandsWithOwnKeys() throws {
        let request = try TestRequests.parse(["file": "/x.wav"], command: .playMedia)
        #expect(request.dictionary.first("file") == "/x.wav")
        #expect(request.options.unsupported == ["file=/x.wav"])
    }

    /// The keys as Kamailio sends them: `delete delay` as integer and `delete-delay` as string.
    @Test func kamailioDelete() throws {
        let request = try TestRequests.parse(
            ["delete delay": 5, "delete-delay": "5", "call-id": "c", "from-tag": "f"], command: .delete)
        #expect(request.options == options { $0.deletion.delaySeconds = 5 })
    }

    // MARK: Templates

    private let templates = [
        "default": "label=default TOS=1 replace-origin",
        "offer": "label=offer",
        "start recording": "metadata=recording",
        "web": "label=web WebRTC",
    ]

    @Test func templatesApplyInOrderAndTheRequestOverridesThem() throws {
        let plain = try TestRequests.parse([:], templates: templates).options
        #expect(
            plain
                == options {
                    $0.parties.label = "offer"
                    $0.media.tos = 1
                    $0.rewriting.replacements = [.origin]
                })
        let named = try TestRequests.parse(["label": "own", "TOS": 2, "template": "web"], templates: templates).options
        #expect(named.parties.label == "own")
        #expect(named.media.tos == 2)
        #expect(named.transport.profile == .named("UDP/TLS/RTP/SAVPF"))
    }

    @Test func templatesOfOtherCommandsDoNotApply() throws {
        let answer = try TestRequests.parse([:], command: .answer, templates: templates).options
        #expect(answer.parties.label == "default")
        let recording = try TestRequests.parse([:], command: .startRecording, templates: templates).options
        #expect(recording.parties.metadata == "recording")
    }

    @Test func aTemplateMayBeNamedInAFlagString() throws {
        let parsed = try TestRequests.parse(["rtpp-flags": "template=web label=own"], templates: templates).options
        #expect(parsed.parties.label == "own")
        #expect(parsed.transport.profile == .named("UDP/TLS/RTP/SAVPF"))
    }

    @Test func aTemplateThatNamesItselfEnds() throws {
        let parsed = try TestRequests.parse(["template": "x"], templates: ["x": "template=x asymmetric"]).options
        #expect(parsed.addressing.isAsymmetric)
    }

    // MARK: Order of requests

    @Test(
        arguments: [
            (["call-id": "c"], "c"), (["call ID": "c"], "c"), (["call-id": 5], nil), ([:], nil),
            (["call-id": "c", "rtpp-flags": "a call-id=d b"], "d"), (["rtpp-flags": "call-id=d", "call-id": "c"], "c"),
            (["rtpp-flags": "x=[call-id=d]"], nil),
        ] as [(BencodeDictionary, String?)])
    func orderingKey(_ dictionary: BencodeDictionary, _ key: String?) throws {
        #expect(NGRequestParser.orderingKey(of: dictionary) == key)
        #expect(try TestRequests.parse(dictionary).callID == key)
    }
}
