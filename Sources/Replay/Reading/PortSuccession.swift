internal import NetTypes

/// When ports of one call of a capture turn up in another one: a call whose end the capture does not have was over by
/// then, if it still had them.
struct PortSuccession {
    /// A port that a later call got.
    struct Successor {
        /// Of the reply that names it, since the epoch.
        var nanoseconds: UInt64
        var callID: String
    }

    /// For each port, the calls to which it was given, in the order of their first reply that names it.
    private var owners: [TransportAddress: [Successor]] = [:]

    init(_ dialogues: [RecordedDialogue]) {
        for dialogue in dialogues {
            var own: Set<TransportAddress> = []
            for exchange in dialogue.exchanges {
                let sections = exchange.rewritten.map(RewrittenSection.all(of:)) ?? []
                for section in sections.compactMap(\.self) where own.insert(section.rtp).inserted {
                    owners[section.rtp, default: []].append(
                        Successor(nanoseconds: exchange.nanoseconds, callID: dialogue.callID))
                }
            }
        }
        for port in owners.keys { owners[port]?.sort { $0.nanoseconds < $1.nanoseconds } }
    }

    /// The first call that gets a port of this one, after the last that is heard of it; `nil` when none does.
    ///
    /// - Parameter ports: those that the call has after its last request. Others were given back while it went on, as
    ///   those of a branch that ended, or of a section that joined a bundle.
    func successor(of dialogue: RecordedDialogue, holding ports: Set<TransportAddress>) -> Successor? {
        let last = dialogue.exchanges.last?.nanoseconds ?? 0
        return ports.compactMap { port in
            owners[port]?.first { $0.callID != dialogue.callID && $0.nanoseconds > last }
        }.min { ($0.nanoseconds, $0.callID) < ($1.nanoseconds, $1.callID) }
    }
}
