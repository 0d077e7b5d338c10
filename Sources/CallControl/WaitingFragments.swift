import SDP
import Synchronization

/// Trickle fragments that overtook the offer or answer of their party (ng-protocol §4.2): they wait a moment for it.
/// Bounded, for anybody may be named in them.
final class WaitingFragments: Sendable {
    private static let lifetime: UInt64 = 3_000_000_000
    private static let limit = 1024
    private static let limitOfParty = 16

    /// Who a fragment is of.
    struct Key: Hashable {
        var callID: String
        var tag: String
    }

    private struct Fragment {
        var description: SessionDescription
        var due: UInt64
    }

    private let waiting = Mutex<[Key: [Fragment]]>([:])

    /// Lets a fragment wait; one too many is dropped.
    func add(_ description: SessionDescription, of key: Key, now: UInt64) {
        waiting.withLock { waiting in
            if waiting.count >= WaitingFragments.limit { WaitingFragments.dropOverdue(&waiting, now: now) }
            guard waiting[key] != nil || waiting.count < WaitingFragments.limit,
                waiting[key, default: []].count < WaitingFragments.limitOfParty
            else { return }
            waiting[key, default: []].append(
                Fragment(description: description, due: now &+ WaitingFragments.lifetime))
        }
    }

    /// The fragments of a party that are still good, oldest first; they wait no longer.
    func take(_ key: Key, now: UInt64) -> [SessionDescription] {
        waiting.withLock { waiting in
            guard !waiting.isEmpty else { return [] }
            return (waiting.removeValue(forKey: key) ?? []).filter { $0.due > now }.map(\.description)
        }
    }

    /// Forgets what has waited for nothing.
    func dropOverdue(now: UInt64) {
        waiting.withLock { WaitingFragments.dropOverdue(&$0, now: now) }
    }

    private static func dropOverdue(_ waiting: inout [Key: [Fragment]], now: UInt64) {
        // The last one of a party waits longest.
        waiting = waiting.filter { ($0.value.last?.due ?? 0) > now }
    }
}
