import Diagnosis
import Synchronization

/// What was to be said of calls that have ended: mostly it is asked after hanging up. Bounded in number, time and
/// memory; the oldest makes room.
final class EndedCalls: Sendable {
    struct Entry: Sendable {
        let diagnosis: CallDiagnosis
        /// Why the call ended, as in the log.
        let ending: String
        /// Monotonic nanoseconds.
        let endedNanoseconds: UInt64
        let durationNanoseconds: UInt64
    }

    private struct State {
        /// The oldest first, from `first` on.
        var entries: [Entry?] = []
        var first = 0
        /// Number of the first entry, counted from the start of the relay.
        var firstNumber: UInt64 = 0
        /// Number of the last entry of each `call-id`.
        var numbers: [String: UInt64] = [:]
        var octets = 0
    }

    private let limits: RememberedCalls
    private let state = Mutex(State())

    init(limits: RememberedCalls) {
        self.limits = limits
    }

    /// Remembers a call.
    func add(_ entry: Entry) {
        guard limits.count > 0 else { return }
        state.withLock { state in
            state.numbers[entry.diagnosis.callID] = state.firstNumber + UInt64(state.entries.count - state.first)
            state.entries.append(entry)
            state.octets += Self.octets(entry)
            while state.entries.count - state.first > limits.count || state.octets > limits.octets {
                Self.removeFirst(&state)
            }
        }
    }

    /// The last call of this name; `nil` for one that is forgotten or never was.
    func last(_ callID: String) -> Entry? {
        state.withLock { state in
            guard let number = state.numbers[callID] else { return nil }
            return state.entries[state.first + Int(number - state.firstNumber)]
        }
    }

    /// Forgets calls whose time is over.
    func forget(now: UInt64) {
        let lifetime = UInt64(clamping: limits.seconds) &* 1_000_000_000
        state.withLock { state in
            while state.first < state.entries.count, let oldest = state.entries[state.first],
                now > oldest.endedNanoseconds, now - oldest.endedNanoseconds > lifetime
            {
                Self.removeFirst(&state)
            }
        }
    }

    /// How many are remembered.
    var count: Int { state.withLock { $0.entries.count - $0.first } }

    private static func removeFirst(_ state: inout State) {
        guard state.first < state.entries.count, let oldest = state.entries[state.first] else { return }
        if state.numbers[oldest.diagnosis.callID] == state.firstNumber { state.numbers[oldest.diagnosis.callID] = nil }
        state.octets -= octets(oldest)
        state.entries[state.first] = nil
        state.first += 1
        state.firstNumber += 1
        guard state.first >= 64, state.first * 2 >= state.entries.count else { return }
        state.entries.removeFirst(state.first)
        state.first = 0
    }

    /// About what an entry takes, from the length of its texts.
    private static func octets(_ entry: Entry) -> Int {
        let diagnosis = entry.diagnosis
        var sum = 512 + 2 * diagnosis.callID.utf8.count + diagnosis.sentence.utf8.count
        for direction in diagnosis.directions {
            sum += 384 + direction.sentence.utf8.count
            for fact in direction.evidence {
                sum += 64
                if case .text(let text) = fact.value { sum += text.utf8.count }
            }
        }
        return sum
    }
}

/// How many calls that have ended can still be explained.
public struct RememberedCalls: Sendable, Equatable {
    /// Calls at most; 0 for none.
    public var count = 1000
    /// For so long at most.
    public var seconds = 600
    /// Memory at most, about.
    public var octets = 16 << 20

    /// The defaults.
    public init() {}
}
