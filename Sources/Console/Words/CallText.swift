internal import Bencode
internal import CallControl

/// Calls as text (ng-protocol §9).
enum CallText {
    /// A call in one line.
    static func line(_ call: CallOverview) -> String {
        let identifier = padded(call.callID, 60)
        let created = padded(String(call.createdMicroseconds / 1_000_000), 12)
        return "ID: \(identifier) | del:\(call.isDeletionPending ? "y" : "n") | creat:\(created) | prx:\(call.client)"
            + " | redis:-1 | frgn:n | rec:n\n"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// A call in full; `nil` for one that is not known.
    static func block(_ callID: String, _ context: OperatorContext) -> String? {
        context.controller.description(of: callID).map { block($0.overview, $0.details) }
    }

    /// A call in full.
    static func block(_ call: CallOverview, _ details: BencodeDictionary) -> String {
        var text = """

            callid: \(call.callID)
            deletionmark: \(call.isDeletionPending ? "yes" : "no")
            created: \(call.createdMicroseconds / 1_000_000)
            proxy: \(call.client)
            tos: \(call.tos)
            last_signal: \(details.first("last signal")?.integer ?? 0)
            redis_keyspace: -1
            last redis update: 0
            foreign: no
            recording: no

            """
        for (index, entry) in (details.first("tags")?.dictionary?.entries ?? []).enumerated() {
            text += "\n" + party(entry.value.dictionary ?? [:], isFirst: index == 0, now: call.readSeconds)
        }
        return text + "\n"
    }

    /// A party with its media. `now` is in seconds since the epoch.
    static func party(_ party: BencodeDictionary, isFirst: Bool, now: Int64) -> String {
        func value(_ key: String) -> String { party.first(key)?.text ?? "" }
        let age = max(0, now - (party.first("created")?.integer ?? now))
        var text = "--- Tag '\(value("tag"))', type: \(isFirst ? "FROM_TAG" : "TO_TAG"), label '\(value("label"))', "
        text += "branch '\(value("via-branch"))', callduration \(age).00\n"
        for peer in party.first("subscriptions")?.list ?? [] {
            text += "---     subscribed to '\(peer.dictionary?.first("tag")?.text ?? "")' (offer/answer)\n"
        }
        for media in party.first("medias")?.list ?? [] { text += section(media.dictionary ?? [:], now: now) }
        return text
    }

    private static func section(_ media: BencodeDictionary, now: Int64) -> String {
        let codec = media.first("codec")?.text.map { " using \($0)" } ?? " using unknown codec"
        var text = "------ Media #\(media.first("index")?.integer ?? 0) (\(media.first("type")?.text ?? "") over "
        text += "\(media.first("protocol")?.text ?? "unknown protocol"))\(codec)\n"
        for stream in media.first("streams")?.list ?? [] { text += port(stream.dictionary ?? [:], now: now) }
        return text
    }

    private static func port(_ stream: BencodeDictionary, now: Int64) -> String {
        guard let local = address(stream.first("local address"), stream.first("local port")) else { return "" }
        let endpoint = stream.first("endpoint")?.dictionary ?? [:]
        let remote = address(endpoint.first("address"), endpoint.first("port")) ?? "(unknown)"
        let source = stream.first("SSRC")?.integer.map { String($0, radix: 16) } ?? "0"
        let counters = stream.first("stats")?.dictionary ?? [:]
        func count(_ key: String) -> Int64 { counters.first(key)?.integer ?? 0 }
        let isRTCP = stream.first("flags")?.list?.first?.text == "RTCP"
        let last = stream.first("last packet")?.integer ?? 0
        return "-------- Port \(local) <> \(remote)\(isRTCP ? " (RTCP)" : ""), SSRC \(source), \(count("packets")) p, "
            + "\(count("bytes")) b, \(count("errors")) e, \(max(0, now - last)) uts 0 kts\n"
    }

    private static func address(_ address: BencodeValue?, _ port: BencodeValue?) -> String? {
        guard let address = address?.text, let port = port?.integer else { return nil }
        return address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
