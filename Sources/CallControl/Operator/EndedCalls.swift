import CallReports
import Forwarding
import Synchronization

/// What was known of calls when they ended: mostly it is asked after hanging up. What is to be said of a call is found
/// out when somebody asks, which hardly ever happens. Bounded in number, time and memory; the oldest makes room.
final class EndedCalls: Sendable {
    private struct Entry {
        let report: CallReport
        let octets: Int
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
    func add(_ report: CallReport) {
        guard limits.count > 0 else { return }
        let entry = Entry(report: report, octets: Self.octets(report))
        state.withLock { state in
            state.numbers[report.callID] = state.firstNumber + UInt64(state.entries.count - state.first)
            state.entries.append(entry)
            state.octets += entry.octets
            while state.entries.count - state.first > limits.count || state.octets > limits.octets {
                Self.removeFirst(&state)
            }
        }
    }

    /// The last call of this name; `nil` for one that is forgotten or never was.
    func last(_ callID: String) -> CallReport? {
        state.withLock { state in
            guard let number = state.numbers[callID] else { return nil }
            return state.entries[state.first + Int(number - state.firstNumber)]?.report
        }
    }

    /// Forgets calls whose time is over.
    func forget(now: UInt64) {
        let lifetime = UInt64(clamping: limits.seconds) &* 1_000_000_000
        state.withLock { state in
            while state.first < state.entries.count, let oldest = state.entries[state.first],
                now > oldest.report.takenNanoseconds, now - oldest.report.takenNanoseconds > lifetime
            {
                Self.removeFirst(&state)
            }
        }
    }

    /// How many are remembered.
    var count: Int { state.withLock { $0.entries.count - $0.first } }

    private static func removeFirst(_ state: inout State) {
        guard state.first < state.entries.count, let oldest = state.entries[state.first] else { return }
        if state.numbers[oldest.report.callID] == state.firstNumber { state.numbers[oldest.report.callID] = nil }
        state.octets -= oldest.octets
        state.entries[state.first] = nil
        state.first += 1
        state.firstNumber += 1
        guard state.first >= 64, state.first * 2 >= state.entries.count else { return }
        state.entries.removeFirst(state.first)
        state.first = 0
    }

    /// About what an entry takes.
    private static func octets(_ entry: CallReport) -> Int {
        var sum = 512 + 2 * entry.callID.utf8.count + (entry.metadata?.utf8.count ?? 0)
        for party in entry.parties.indices {
            sum += 256 + (entry.parties[party].tag?.utf8.count ?? 0)
            for section in entry.parties[party].sections.indices {
                sum += octets(entry.parties[party].sections[section])
            }
        }
        return sum
    }

    private static func octets(_ section: SectionReport) -> Int {
        var sum = 512 + section.mediaType.utf8.count + section.signalled.transport.utf8.count
        for format in section.signalled.formats { sum += 64 + (format.name?.utf8.count ?? 0) }
        for port in section.ports.indices {
            sum += MemoryLayout<PortReport>.stride
            guard let counters = section.ports[port].counters else { continue }
            sum += (counters.drops.count + counters.dropNanoseconds.count) * MemoryLayout<UInt64>.stride
            sum += (counters.ingress.count + counters.egress.count) * MemoryLayout<StreamStatistics>.stride
            sum += counters.receptionReports.count * MemoryLayout<ReceptionReport>.stride
            sum += counters.senderReports.count * MemoryLayout<SenderReport>.stride
            sum += counters.earlierSenderReports.count * MemoryLayout<SenderReport>.stride
            sum += counters.events.count * MemoryLayout<PortEvent>.stride
            sum += (section.ports[port].handshake?.outcomes.count ?? 0) * MemoryLayout<HandshakeReport.Outcome>.stride
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
