package import Forwarding

/// What must be true of every packet, and what was found not to be.
package final class Ledger {
    /// What is wrong, the first few findings.
    package private(set) var violations: [String] = []
    package var streams: [MediaStream] = []
    /// Packets that came to the relay and legitimately went no further, by reason.
    package var excused: [DropReason: Int] = [:]
    /// Packets that the network doubled and the receiver refused.
    package var doublesRefused = 0
    /// Packets with keys of an earlier handshake, refused by a peer.
    package var stale = 0
    /// Datagrams in the clear or not that some stranger made and that were let in.
    package var injected = 0
    private static let limit = 10

    package func object(_ text: @autoclosure () -> String, at now: UInt64) {
        guard violations.count < Self.limit else { return }
        violations.append("\(Double((now - 1_000_000_000_000) / 1_000_000) / 1000) s: \(text())")
    }

    /// Packets let in by the relay, and those that went on.
    package func passed(isRTCP: Bool) -> (accepted: Int, forwarded: Int) {
        let streams = streams.filter { $0.isRTCP == isRTCP }
        return (streams.reduce(0) { $0 + $1.accepted }, streams.reduce(0) { $0 + $1.forwarded })
    }

    /// Packets sent, arrived, forwarded, delivered.
    package var summary: String {
        func count(_ fate: MediaStream.Fate) -> Int {
            streams.reduce(0) { $0 + $1.fates.count { $0.contains(fate) } }
        }
        let sent = streams.reduce(0) { $0 + $1.fates.count }
        return
            "sent \(sent), arrived \(count(.arrived)), forwarded \(count(.forwarded)), delivered \(count(.delivered)), "
            + "excused \(excused), doubles \(doublesRefused), stale \(stale)"
    }
}
