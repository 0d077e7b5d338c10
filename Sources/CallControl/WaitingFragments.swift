import SDP
import Synchronization

/// Trickle fragments that overtook the offer or answer of their party, or the ICE restart that they belong to
/// (ng-protocol §4.2): they wait a moment for it. Bounded in number and octets, for anybody may be named in them.
final class WaitingFragments: Sendable {
    private static let lifetime: UInt64 = 3_000_000_000
    private static let limit = 1024
    private static let limitOfParty = 16
    /// Octets of SDP that may wait in all; what is kept of them is a few times as much.
    static let octetLimit = 1 << 20

    /// Who a fragment is of.
    struct Key: Hashable {
        var callID: String
        var tag: String

        /// Octets of the names.
        var octets: Int { callID.utf8.count + tag.utf8.count }
    }

    private struct Fragment {
        var description: SessionDescription
        /// Those of the key with them.
        var octets: Int
        var due: UInt64
    }

    private struct State {
        var waiting: [Key: [Fragment]] = [:]
        var octets = 0

        mutating func dropOverdue(now: UInt64) {
            // The last one of a party waits longest.
            for (key, fragments) in waiting where (fragments.last?.due ?? 0) <= now { remove(key) }
        }

        @discardableResult
        mutating func remove(_ key: Key) -> [Fragment] {
            let fragments = waiting.removeValue(forKey: key) ?? []
            for fragment in fragments { octets -= fragment.octets }
            return fragments
        }
    }

    private let state = Mutex(State())

    /// Lets a fragment of `octets` wait; one too many is dropped.
    func add(_ description: SessionDescription, octets: Int, of key: Key, now: UInt64) {
        let octets = octets + key.octets
        state.withLock { state in
            if state.waiting.count >= WaitingFragments.limit || state.octets + octets > WaitingFragments.octetLimit {
                state.dropOverdue(now: now)
            }
            guard state.octets + octets <= WaitingFragments.octetLimit,
                state.waiting[key] != nil || state.waiting.count < WaitingFragments.limit,
                state.waiting[key, default: []].count < WaitingFragments.limitOfParty
            else { return }
            state.octets += octets
            state.waiting[key, default: []].append(
                Fragment(description: description, octets: octets, due: now &+ WaitingFragments.lifetime))
        }
    }

    /// Nothing waits.
    var isEmpty: Bool { state.withLock { $0.waiting.isEmpty } }

    /// Hands the fragments of a party that are still good to `use`, oldest first. Those it has no use for yet, which it
    /// says by `false`, wait on.
    func take(_ key: Key, now: UInt64, _ use: (SessionDescription) -> Bool) {
        let fragments = state.withLock { $0.remove(key) }
        let left = fragments.filter { $0.due > now && !use($0.description) }
        guard !left.isEmpty else { return }
        state.withLock { state in
            for fragment in left { state.octets += fragment.octets }
            state.waiting[key, default: []].insert(contentsOf: left, at: 0)
        }
    }

    /// Octets of the fragments that wait.
    var octets: Int { state.withLock { $0.octets } }

    /// Forgets what has waited for nothing.
    func dropOverdue(now: UInt64) {
        state.withLock { $0.dropOverdue(now: now) }
    }
}
