internal import Bencode
internal import Capture
internal import NGProtocol
internal import NetTypes

/// A request of the ng protocol about a call, with what is known of its reply.
struct RecordedExchange: Sendable {
    /// Of the request, since the epoch.
    var nanoseconds: UInt64
    var client: TransportAddress
    var request: BencodeDictionary
    /// The SDP of the reply.
    var rewritten: [UInt8]?
    /// The relay refused, with this reason.
    var refusal: String?

    var command: String { request.first("command")?.text ?? "" }
}

/// The signalling of one call.
struct RecordedDialogue: Sendable {
    var callID: String
    var exchanges: [RecordedExchange] = []
}

/// Finds the signalling in a capture: ng over UDP on whatever port, and what a relay writes into captures of its own.
struct DialogueReader {
    /// Commands that change calls.
    private static let commands: Set = ["offer", "answer", "delete"]
    /// A client that repeats a request does so within this time; later it is another one with the same cookie.
    private static let longestRepetition: UInt64 = 30_000_000_000
    /// Octets of a cookie that are looked through; clients use some twenty.
    private static let longestCookie = 256

    private struct Key: Hashable {
        var cookie: [UInt8]
        var client: TransportAddress
    }

    /// By the first message of each: those of interest, and others whose ports may be the same.
    private(set) var all: [RecordedDialogue] = []
    /// Calls beyond the limit.
    private(set) var leftOut: Set<String> = []
    private var places: [String: Int] = [:]
    private var waiting: [Key: (call: Int, exchange: Int)] = [:]
    private let limits: ReplayLimits
    private let wanted: String?

    /// The calls of interest.
    var dialogues: [RecordedDialogue] { wanted == nil ? all : all.filter { $0.callID == wanted } }

    /// - Parameter callID: the only call of interest, if there is one. The others are still in ``all``.
    init(_ traffic: RecordedTraffic, callID: String?, limits: ReplayLimits) {
        self.limits = limits
        wanted = callID
        for datagram in traffic.datagrams where !datagram.isCut {
            switch datagram.layer {
            case .wire: readMessage(datagram)
            case .relay: readDocument(datagram)
            case .clear: break
            }
        }
    }

    /// ng over UDP (ng-protocol §1.1).
    private mutating func readMessage(_ datagram: RecordedDatagram) {
        let start = datagram.bytes.prefix(Self.longestCookie + 2)
        // Media, checks and handshakes have no letters in front.
        guard let first = start.first, (0x21...0x7E).contains(first),
            let space = start.firstIndex(of: UInt8(ascii: " ")), space + 1 < start.count,
            [UInt8(ascii: "d"), UInt8(ascii: "{")].contains(start[space + 1]),
            let message = NGMessage(datagram.bytes), let encoding = try? NGEncoding.detect(message.payload),
            let dictionary = try? encoding.decode(message.payload)
        else { return }
        if dictionary.first("command") != nil {
            let key = Key(cookie: message.cookie, client: datagram.source)
            // The same cookie again is a repetition.
            if let place = waiting[key] {
                let first = all[place.call].exchanges[place.exchange].nanoseconds
                guard datagram.nanoseconds - first > Self.longestRepetition else { return }
            }
            waiting[key] = add(dictionary, at: datagram.nanoseconds, from: datagram.source)
        } else if let result = dictionary.first("result")?.text,
            let place = waiting[Key(cookie: message.cookie, client: datagram.destination)]
        {
            if result == "error" {
                all[place.call].exchanges[place.exchange].refusal = dictionary.first("error-reason")?.text ?? ""
            }
            all[place.call].exchanges[place.exchange].rewritten = dictionary.first("sdp")?.octets
        }
    }

    /// An SDP in a capture of a relay, with the request that it came in with as a comment.
    private mutating func readDocument(_ datagram: RecordedDatagram) {
        for isAnswer in [false, true] {
            if datagram.comments.contains(CaptureMarks.description(isAnswer: isAnswer, isRewritten: true)) {
                return noteRewritten(Self.body(of: datagram.bytes), isAnswer: isAnswer)
            }
        }
        guard let comment = datagram.comments.first(where: { $0.hasPrefix(CaptureMarks.request) }),
            let value = try? JSONReader.read(Array(comment.utf8.dropFirst(CaptureMarks.request.utf8.count))[...]),
            var request = value.dictionary
        else { return }
        request.append("sdp", .string(Self.body(of: datagram.bytes)))
        _ = add(request, at: datagram.nanoseconds, from: datagram.source)
    }

    /// A capture has one call, and what was sent on follows what it was made of.
    private mutating func noteRewritten(_ sdp: [UInt8], isAnswer: Bool) {
        guard all.count == 1 else { return }
        let command = isAnswer ? "answer" : "offer"
        guard let place = all[0].exchanges.lastIndex(where: { $0.command == command && $0.rewritten == nil })
        else { return }
        all[0].exchanges[place].rewritten = sdp
    }

    private static func body(of message: [UInt8]) -> [UInt8] {
        let blank = Array("\r\n\r\n".utf8)
        guard message.count >= blank.count else { return [] }
        for start in 0...(message.count - blank.count) where message[start...].starts(with: blank) {
            return Array(message[(start + blank.count)...])
        }
        return []
    }

    private mutating func add(
        _ request: BencodeDictionary, at nanoseconds: UInt64, from client: TransportAddress
    ) -> (call: Int, exchange: Int)? {
        guard let callID = request.first("call-id")?.text, let command = request.first("command")?.text,
            Self.commands.contains(command)
        else { return nil }
        if places[callID] == nil {
            guard all.count < limits.calls || callID == wanted else {
                if wanted == nil, leftOut.count < 100_000 { leftOut.insert(callID) }
                return nil
            }
            places[callID] = all.count
            all.append(RecordedDialogue(callID: callID))
        }
        guard let call = places[callID], all[call].exchanges.count < limits.exchanges else { return nil }
        all[call].exchanges.append(
            RecordedExchange(nanoseconds: nanoseconds, client: client, request: request))
        return (call, all[call].exchanges.count - 1)
    }
}
