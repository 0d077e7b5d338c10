public import Bencode
import Forwarding
import NetTypes

/// The tags of a message; the offerer's first, in answers too.
public struct Tags: Sendable {
    /// `from-tag`.
    public var from: String?
    /// `to-tag`.
    public var to: String?
    /// `via-branch`.
    public var branch: String?

    /// Tags of one message.
    public init(_ from: String?, _ to: String? = nil, branch: String? = nil) {
        self.from = from
        self.to = to
        self.branch = branch
    }

    fileprivate var entries: BencodeDictionary {
        var entries = BencodeDictionary()
        if let from { entries.append("from-tag", .text(from)) }
        if let to { entries.append("to-tag", .text(to)) }
        if let branch { entries.append("via-branch", .text(branch)) }
        return entries
    }
}

extension TestRelay {
    /// `offer`.
    @discardableResult
    public func offer(
        _ body: Body, _ tags: Tags = Tags("A"), call: String = "call", _ options: BencodeDictionary = [:]
    ) -> Reply {
        request("offer", call: call, tags, ["sdp": .text(body.text)], options)
    }

    /// `answer`.
    @discardableResult
    public func answer(
        _ body: Body, _ tags: Tags = Tags("A", "B"), call: String = "call", _ options: BencodeDictionary = [:]
    ) -> Reply {
        request("answer", call: call, tags, ["sdp": .text(body.text)], options)
    }

    /// `delete`; at once unless a delay is given.
    @discardableResult
    public func delete(
        _ tags: Tags = Tags(nil), call: String = "call", delay: Int64? = 0, _ options: BencodeDictionary = [:]
    ) -> Reply {
        let delay: BencodeDictionary = delay.map { ["delete-delay": .integer($0)] } ?? [:]
        return request("delete", call: call, tags, delay, options)
    }

    /// `query`.
    public func query(_ tags: Tags = Tags(nil), call: String = "call") -> Reply {
        request("query", call: call, tags, [:], [:])
    }

    /// The call-ids that `list` names.
    public func list(limit: Int64 = 10_000) -> Set<String> {
        let reply = Reply(send(["command": "list", "limit": .integer(limit)]))
        return Set(reply.value("calls")?.list?.compactMap(\.text) ?? [])
    }

    /// `statistics`.
    public func statistics() -> Reply { Reply(send(["command": "statistics"])) }

    private func request(
        _ command: String, call: String, _ tags: Tags, _ entries: BencodeDictionary, _ options: BencodeDictionary
    ) -> Reply {
        var request: BencodeDictionary = ["command": .text(command), "call-id": .text(call)]
        request.append(contentsOf: tags.entries)
        request.append(contentsOf: entries)
        request.append(contentsOf: options)
        return Reply(send(request))
    }

    /// Where RTP that arrives on a local port is sent on to, if anywhere: out of which port, and to whom.
    public func rtpFlow(into port: UInt16) -> [Flow] { flows(into: port, .rtp) }

    /// Where RTCP that arrives on a local port is sent on to.
    public func rtcpFlow(into port: UInt16) -> [Flow] { flows(into: port, .rtcp) }

    private func flows(into port: UInt16, _ traffic: Sink.Traffic) -> [Flow] {
        let state = plane.snapshot
        guard let lease = state.leased.values.first(where: { $0.local.port == port }), let plan = state.plans[lease.id]
        else { return [] }
        return plan.sinks.filter { $0.traffic == .both || $0.traffic == traffic }.map { sink in
            Flow(out: state.leased[sink.port]?.local.port, to: state.plans[sink.port]?.remote?.description)
        }
    }

    /// One way on for packets.
    public struct Flow: Sendable, Equatable, CustomStringConvertible {
        /// The local port they leave through.
        public var out: UInt16?
        /// Address and port they are sent to, as text; `nil` while that is not known.
        public var to: String?

        /// Out of `out` to `to`.
        public init(out: UInt16?, to: String?) {
            self.out = out
            self.to = to
        }

        /// `30000 → 10.0.0.1:4000`.
        public var description: String { "\(out.map(String.init(describing:)) ?? "?") → \(to ?? "nobody")" }
    }
}
