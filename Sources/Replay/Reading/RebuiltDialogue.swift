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
        let callID = metadata.callID ?? "recording"
        dialogue = RecordedDialogue(callID: callID)
        guard !metadata.documents.contains(where: { $0.lines.contains(where: Self.isEncrypted) }) else { return nil }
        let receivers = assign(metadata.documents, traffic, index)
        var time: UInt64 = 0
        let times = metadata.documents.map { document in
            time = max(time &+ 1, Self.time(of: document, traffic))
            return time
        }
        let senders = receivers.map(\.other)
        let endpoints = endpoints(senders, times, traffic, index)
        for (place, document) in metadata.documents.enumerated() {
            let (receiver, sender, time) = (receivers[place], senders[place], times[place])
            var request: BencodeDictionary = [
                "command": document.isAnswer ? "answer" : "offer", "call-id": .text(callID), "ICE": "remove",
                "sdp": .text(Self.own(document.lines, endpoints[place])),
            ]
            request.append("from-tag", .text((document.isAnswer ? receiver : sender).tag))
            let isFirst = dialogue.exchanges.isEmpty
            if !isFirst { request.append("to-tag", .text((document.isAnswer ? sender : receiver).tag)) }
            dialogue.exchanges.append(
                RecordedExchange(
                    nanoseconds: time, client: TransportAddress(IPAddress(ipv4: 0x7F00_0001), 2223), request: request,
                    rewritten: Array(Self.text(document.lines).utf8)))
        }
        if let end = metadata.endNanoseconds, Self.isPlausible(end, traffic) {
            dialogue.exchanges.append(
                RecordedExchange(
                    nanoseconds: max(time &+ 1, end), client: TransportAddress(IPAddress(ipv4: 0x7F00_0001), 2223),
                    request: [
                        "command": "delete", "call-id": .text(callID), "from-tag": .text(Side.caller.tag),
                        "delete-delay": 0,
                    ]))
        }
    }

    /// Finds out to whom each document was sent, and notes its ports. An offer with ports that the caller was told comes
    /// from the callee, and so does one with new ports to which the caller sends afterwards: a party is told new ones when
    /// the other has moved.
    private mutating func assign(
        _ documents: [RecordingMetadata.Document], _ traffic: RecordedTraffic, _ index: TrafficIndex
    ) -> [Side] {
        var offerer = Side.caller
        return documents.map { document in
            let ports = RewrittenSection.all(of: Array(Self.text(document.lines).utf8)).map { $0?.rtp }
            if !document.isAnswer {
                let ofCaller = Set((told[.caller] ?? [:]).values.joined())
                let ofCallee = Set((told[.callee] ?? [:]).values.joined())
                let caller = Set(sources(at: Array(ofCaller), traffic, index).lazy.map(\.address))
                let isForCaller = ports.contains { port in
                    guard let port, !ofCallee.contains(port) else { return false }
                    return ofCaller.contains(port)
                        || sources(at: [port], traffic, index).contains { caller.contains($0.address) }
                }
                offerer = isForCaller ? .callee : .caller
            }
            let receiver = document.isAnswer ? offerer : offerer.other
            for (section, port) in ports.enumerated() {
                guard let port, told[receiver]?[section]?.contains(port) != true else { continue }
                told[receiver, default: [:]][section, default: []].append(port)
            }
            return receiver
        }
    }

    /// Where the sender of each document is, by section: where most of its RTP comes from until its next document, since
    /// some packets are under way when it moves. One that is silent meanwhile is where it was last, or where it is first
    /// seen.
    private mutating func endpoints(
        _ senders: [Side], _ times: [UInt64], _ traffic: RecordedTraffic, _ index: TrafficIndex
    ) -> [[Int: TransportAddress]] {
        var endpoints = [[Int: TransportAddress]](repeating: [:], count: senders.count)
        for side in Side.allCases {
            let places = senders.indices.filter { senders[$0] == side }
            var seen: Set<TransportAddress> = []
            var isMoving = false
            for (section, ports) in told[side] ?? [:] {
                let sources = sources(at: ports, traffic, index)
                seen.formUnion(sources.lazy.map(\.address))
                isMoving = isMoving || Set(sources.lazy.map(\.address)).count > 1
                for (place, address) in zip(places, Self.addresses(sources, from: places.map { times[$0] })) {
                    endpoints[place][section] = address
                }
            }
            if seen.isEmpty { notes.append("nothing came from the \(side.tag): its address is not known") }
            if isMoving {
                notes.append(
                    "media came from several addresses of the \(side.tag): with each of its SDPs it is taken to be where "
                        + "most came from until the next one")
            }
        }
        return endpoints
    }

    /// Sources of RTP to some ports, in the order of time.
    private func sources(
        at ports: [TransportAddress], _ traffic: RecordedTraffic, _ index: TrafficIndex
    ) -> [(nanoseconds: UInt64, address: TransportAddress)] {
        let sources = ports.flatMap { port in
            index.datagrams(of: port, within: 0...UInt64.max, in: traffic).lazy.map { traffic.datagrams[Int($0)] }
                .filter { $0.destination == port && $0.bytes.first.map { $0 >> 6 == 2 } ?? false }
                .map { (nanoseconds: $0.nanoseconds, address: $0.source) }
        }
        return ports.count < 2 ? sources : sources.sorted { $0.nanoseconds < $1.nanoseconds }
    }

    /// The address at each of `times`; empty when there are no sources.
    private static func addresses(
        _ sources: [(nanoseconds: UInt64, address: TransportAddress)], from times: [UInt64]
    ) -> [TransportAddress] {
        guard var last = sources.first?.address else { return [] }
        var next = sources.prefix { $0.nanoseconds < times.first ?? 0 }.count
        return times.indices.map { place in
            let end = place + 1 < times.count ? times[place + 1] : UInt64.max
            var counts: [TransportAddress: Int] = [:]
            var most: TransportAddress?
            while next < sources.count, sources[next].nanoseconds < end {
                last = sources[next].address
                counts[last, default: 0] += 1
                if counts[last, default: 0] > most.map({ counts[$0, default: 0] }) ?? 0 { most = last }
                next += 1
            }
            return most ?? last
        }
    }

    /// Shortly before the packet that came next. The time in the metadata is only right for the first documents.
    private static func time(of document: RecordingMetadata.Document, _ traffic: RecordedTraffic) -> UInt64 {
        let packets = traffic.datagrams
        guard let last = packets.last, let first = packets.first else { return document.nanoseconds }
        if document.nextPacket > packets.count { return last.nanoseconds &+ 1 }
        let next = packets[document.nextPacket - 1].nanoseconds
        if document.nextPacket == 1 {
            let isBefore = document.nanoseconds < first.nanoseconds
            return isBefore && isPlausible(document.nanoseconds, traffic) ? document.nanoseconds : next - min(1, next)
        }
        return next - min(1, next)
    }

    /// Within a day of the packets: another clock, or damage, would have the call last for years.
    private static func isPlausible(_ nanoseconds: UInt64, _ traffic: RecordedTraffic) -> Bool {
        guard let first = traffic.datagrams.first, let last = traffic.datagrams.last else { return true }
        let day: UInt64 = 86_400_000_000_000
        return nanoseconds >= first.nanoseconds - min(day, first.nanoseconds) && nanoseconds <= last.nanoseconds &+ day
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
