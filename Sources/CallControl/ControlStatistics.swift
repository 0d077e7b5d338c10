import Forwarding
import NGProtocol
import NetTypes
import Synchronization

/// What the daemon counts over its life beside the media (ng-protocol §8). Safe from any thread.
final class ControlStatistics: Sendable {
    /// Requests of one client address.
    struct Client {
        var counts = [UInt64](repeating: 0, count: NGCommand.allCases.count)
        var nanoseconds = [UInt64](repeating: 0, count: NGCommand.allCases.count)
        var errors: UInt64 = 0

        fileprivate mutating func note(_ command: Int, nanoseconds spent: UInt64, failed: Bool) {
            counts[command] &+= 1
            nanoseconds[command] &+= spent
            if failed { errors &+= 1 }
        }
    }

    /// Packets, bytes and errors a second, over the last full second.
    struct Rates {
        var packets: UInt64 = 0
        var bytes: UInt64 = 0
        var errors: UInt64 = 0
    }

    /// All numbers, copied out in one go.
    struct State {
        var clients: [IPAddress: Client] = [:]
        var rates = Rates()
        var endings = [Int](repeating: 0, count: CallEnding.allCases.count)
        var rejected = 0
        var begun = 0
        var callSeconds = 0.0
        var callSecondsSquared = 0.0
        var summary = Sums()
        var lastTotals = PortCounters.Traffic()
        var lastNanoseconds: UInt64 = 0
    }

    /// Sums over ended calls.
    struct Sums {
        var zeroWayStreams = 0
        var oneWayStreams = 0
    }

    let startMicroseconds: Int64
    private let state = Mutex(State())
    /// Most client addresses counted apart: a flood of forged sources must neither grow the table nor make the reply to
    /// `statistics`, which names each client with about 2 KiB, exceed a datagram.
    private static let clientLimit = 16
    /// In the order in which they are counted.
    private static let commands = NGCommand.allCases

    init(startMicroseconds: Int64) {
        self.startMicroseconds = startMicroseconds
    }

    /// The numbers as they are now.
    var snapshot: State { state.withLock { $0 } }

    func note(_ command: NGCommand, from client: IPAddress, nanoseconds: UInt64, failed: Bool) {
        guard let index = Self.commands.firstIndex(of: command) else { return }
        state.withLock { state in
            guard state.clients[client]?.note(index, nanoseconds: nanoseconds, failed: failed) == nil else { return }
            let key =
                state.clients.count < ControlStatistics.clientLimit ? client : IPAddress.unspecified(client.family)
            state.clients[key, default: Client()].note(index, nanoseconds: nanoseconds, failed: failed)
        }
    }

    func noteRejectedCall() {
        state.withLock { $0.rejected += 1 }
    }

    func noteCallBegin() {
        state.withLock { $0.begun += 1 }
    }

    func noteCallEnd(_ ending: CallEnding, nanoseconds: UInt64, _ summary: CallSummary) {
        let seconds = Double(nanoseconds) / 1e9
        state.withLock { state in
            if let index = CallEnding.allCases.firstIndex(of: ending) { state.endings[index] += 1 }
            state.callSeconds += seconds
            state.callSecondsSquared += seconds * seconds
            state.summary.zeroWayStreams += summary.zeroWayStreams
            state.summary.oneWayStreams += summary.oneWayStreams
        }
    }

    /// Turns the sums since the start into rates since the last measurement.
    func measureRates(totals: PortCounters.Traffic, nowNanoseconds: UInt64) -> Rates {
        state.withLock { state in
            let elapsed = nowNanoseconds &- state.lastNanoseconds
            if state.lastNanoseconds != 0, elapsed > 0 {
                func rate(_ now: UInt64, _ before: UInt64) -> UInt64 {
                    UInt64(Double(now &- min(before, now)) * 1e9 / Double(elapsed))
                }
                state.rates = Rates(
                    packets: rate(totals.packets, state.lastTotals.packets),
                    bytes: rate(totals.bytes, state.lastTotals.bytes),
                    errors: rate(totals.errors, state.lastTotals.errors))
            }
            state.lastTotals = totals
            state.lastNanoseconds = nowNanoseconds
            return state.rates
        }
    }
}
