internal import Bencode
internal import NetTypes

/// The signalling of a recorded call, rebuilt from the metadata of the recording and the packets.
struct RebuiltDialogue {
    /// A party of the call.
    private enum Side: CaseIterable {
        case caller
        case callee

        var tag: String { self == .caller ? "caller" : "callee" }
        var other: Side { self == .caller ? .callee : .caller }
    }

    private(set) var dialogue: RecordedDialogue
    /// What could not be found out.
    private(set) var notes: [String] = []
    /// Where each party was told to send, by section.
    private var told: [Side: [Int: [TransportAddress]]] = [:]

    /// `nil` when the media was encrypted: the keys of the parties are in no recording.
    init?(_ metadata: RecordingMetadata, _ traffic: RecordedTraffic, _ index: TrafficIndex) {
        dialogue = RecordedDialogue(callID: metadata.callID)
        guard !metadata.documents.contains(where: { $0.lines.contains(where: Self.isEncrypted) }) else { return nil }
        let receivers = assign(metadata.documents)
        let endpoints = Side.allCases.reduce(into: [:]) { $0[$1] = self.endpoints(of: $1, traffic, index) }
        for side in Side.allCases where endpoints[side]?.isEmpty != false {
            notes.append("nothing came from the \(side.tag): its address is not known")
        }
        var time: UInt64 = 0
        for (document, receiver) in zip(metadata.documents, receivers) {
            time = max(time &+ 1, Self.time(of: document, traffic))
            let sender = receiver.other
            var request: BencodeDictionary = [
                "command": document.isAnswer ? "answer" : "offer", "call-id": .text(metadata.callID), "ICE": "remove",
                "sdp": .text(Self.own(document.lines, endpoints[sender] ?? [:])),
            ]
            request.append("from-tag", .text((document.isAnswer ? receiver : sender).tag))
            let isFirst = dialogue.exchanges.isEmpty
            if !isFirst { request.append("to-tag", .text((document.isAnswer ? sender : receiver).tag)) }
            dialogue.exchanges.append(
                RecordedExchange(
                    nanoseconds: time, client: TransportAddress(IPAddress(ipv4: 0x7F00_0001), 2223), request: request,
                    rewritten: Array(Self.text(document.lines).utf8)))
        }
        if let end = metadata.endNanoseconds {
            dialogue.exchanges.append(
                RecordedExchange(
                    nanoseconds: max(time &+ 1, end), client: TransportAddress(IPAddress(ipv4: 0x7F00_0001), 2223),
                    request: [
                        "command": "delete", "call-id": .text(metadata.callID), "from-tag": .text(Side.caller.tag),
                        "delete-delay": 0,
                    ]))
        }
    }

    /// Finds out to whom each document was sent, and notes its ports. An offer with ports that the caller was told comes
    /// from the callee.
    private mutating func assign(_ documents: [RecordingMetadata.Document]) -> [Side] {
        var offerer = Side.caller
        return documents.map { document in
            let ports = RewrittenSection.all(of: Array(Self.text(document.lines).utf8)).map { $0?.rtp }
            if !document.isAnswer {
                let ofCaller = Set((told[.caller] ?? [:]).values.joined())
                offerer = ports.contains { $0.map(ofCaller.contains) ?? false } ? .callee : .caller
            }
            let receiver = document.isAnswer ? offerer : offerer.other
            for (section, port) in ports.enumerated() {
                guard let port, told[receiver]?[section]?.contains(port) != true else { continue }
                told[receiver, default: [:]][section, default: []].append(port)
            }
            return receiver
        }
    }

    /// Where the first RTP of a party comes from, by section.
    private func endpoints(
        of side: Side, _ traffic: RecordedTraffic, _ index: TrafficIndex
    ) -> [Int: TransportAddress] {
        (told[side] ?? [:]).compactMapValues { ports in
            ports.lazy.compactMap { port in
                index.datagrams(of: port, within: 0...UInt64.max, in: traffic).lazy
                    .map { traffic.datagrams[Int($0)] }
                    .first { $0.destination == port && $0.bytes.first.map { $0 >> 6 == 2 } ?? false }?.source
            }.first
        }
    }

    /// Shortly before the packet that came next. The time in the metadata is only right for the first documents.
    private static func time(of document: RecordingMetadata.Document, _ traffic: RecordedTraffic) -> UInt64 {
        let packets = traffic.datagrams
        guard let last = packets.last, let first = packets.first else { return document.nanoseconds }
        if document.nextPacket > packets.count { return last.nanoseconds &+ 1 }
        let next = packets[document.nextPacket - 1].nanoseconds
        if document.nextPacket == 1 {
            let isPlausible = document.nanoseconds > 0 && document.nanoseconds < first.nanoseconds
            return isPlausible ? document.nanoseconds : next - min(1, next)
        }
        return next - min(1, next)
    }

    private static func isEncrypted(_ line: String) -> Bool {
        line.hasPrefix("m=") && line.split(separator: " ").dropFirst(2).first.map { $0.contains("SAVP") } ?? false
    }

    private static func text(_ lines: [String]) -> String { lines.map { $0 + "\r\n" }.joined() }

    /// Attributes that speak of the relay's transport.
    private static let transport = ["a=rtcp:", "a=candidate:", "a=ice-", "a=end-of-candidates", "a=remote-candidates:"]

    /// An SDP with the addresses of its author in place of the relay's.
    private static func own(_ lines: [String], _ endpoints: [Int: TransportAddress]) -> String {
        var output: [String] = []
        var section = -1
        for line in lines where !transport.contains(where: line.hasPrefix) {
            if line.hasPrefix("m=") {
                section += 1
                var words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
                if words.count > 1, words[1] != "0" { words[1] = String(endpoints[section]?.port ?? 9) }
                output.append(words.joined(separator: " "))
                output.append(connection(endpoints[section], else: lines))
            } else if !line.hasPrefix("c=") {
                output.append(line)
            }
        }
        return text(output)
    }

    /// The line for an address; the one that the origin names where nothing is known.
    private static func connection(_ endpoint: TransportAddress?, else lines: [String]) -> String {
        if let address = endpoint?.address {
            return "c=IN \(address.family == .ipv6 ? "IP6" : "IP4") \(address)"
        }
        let origin = lines.first { $0.hasPrefix("o=") }?.split(separator: " ").suffix(3).joined(separator: " ")
        return "c=" + (origin ?? "IN IP4 192.0.2.1")
    }
}
