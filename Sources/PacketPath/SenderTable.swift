internal import SRTP

/// The contexts that protect what goes out, one for each key: ports that send with the same key, such as those for RTP
/// and RTCP of one party, or its old and its new ones, count its indices together, so that none is used twice.
struct SenderTable: ~Copyable {
    typealias Sender = UnsafeMutablePointer<SRTPSender>

    private struct Seat {
        var policy: SRTPPolicy
        var sender: Sender
        var users: Int
    }

    /// For how many keys that nobody uses any more it is known how far they were used.
    static let formerLimit = 1024

    /// By number of the key. More than one when they differ in more than their key.
    private var seats: [UInt64: [Seat]] = [:]
    private var former: [UInt64: [SRTPStreamPosition]] = [:]
    private var formerOrder: [UInt64] = []

    deinit {
        for seat in seats.values.joined() { seat.sender.deinitialize(count: 1).deallocate() }
    }

    /// The context for `policy`, to be given back; `nil` when there can be none.
    mutating func take(_ policy: SRTPPolicy) -> Sender? {
        let number = policy.keyNumber
        let others = seats[number] ?? []
        if let index = others.firstIndex(where: { $0.policy.isSame(as: policy) }) {
            seats[number]?[index].users += 1
            return others[index].sender
        }
        guard var context = try? SRTPSender(policy) else { return nil }
        for position in former[number] ?? [] { context.resume(at: position) }
        for other in others {
            for position in Self.positions(of: other.sender) { context.resume(at: position) }
        }
        let sender = Sender.allocate(capacity: 1)
        sender.initialize(to: context)
        seats[number, default: []].append(Seat(policy: policy, sender: sender, users: 1))
        return sender
    }

    /// One user less of `sender`, whose key has this number.
    mutating func giveBack(_ sender: Sender, number: UInt64) {
        guard let index = seats[number]?.firstIndex(where: { $0.sender == sender }) else { return }
        seats[number]?[index].users -= 1
        guard seats[number]?[index].users == 0 else { return }
        seats[number]?.remove(at: index)
        if seats[number]?.isEmpty == true { seats[number] = nil }
        remember(Self.positions(of: sender), number)
        sender.deinitialize(count: 1).deallocate()
    }

    /// Goes on behind what somebody else has protected with the key of this number, who has done so until now. What of it
    /// never came here is unknown: RTCP leaves as much room as nobody sends meanwhile. RTP needs none, as its indices are
    /// those of the packets that came.
    mutating func advance(_ number: UInt64, behind positions: @autoclosure () -> [SRTPStreamPosition]) {
        guard let users = seats[number], !users.isEmpty else { return }
        let positions = positions()
        for seat in users {
            for position in positions {
                let control = position.rtcpIndex.map { min($0, Self.lastIndex &- Self.leap) &+ Self.leap }
                seat.sender.pointee.resume(
                    at: SRTPStreamPosition(ssrc: position.ssrc, rtpIndex: position.rtpIndex, rtcpIndex: control))
            }
        }
    }

    /// SRTCP indices that are left out, and the last one that there is (RFC 3711 §3.4).
    private static let leap: UInt32 = 1 << 16
    private static let lastIndex: UInt32 = 0x7FFF_FFFF

    private mutating func remember(_ positions: [SRTPStreamPosition], _ number: UInt64) {
        guard !positions.isEmpty else { return }
        if former.updateValue(positions, forKey: number) != nil { return }
        formerOrder.append(number)
        if formerOrder.count > Self.formerLimit { former[formerOrder.removeFirst()] = nil }
    }

    /// The SRTCP index, being common to all streams, comes as that of any.
    private static func positions(of sender: Sender) -> [SRTPStreamPosition] {
        let common = sender.pointee.lastRTCPIndex.map { SRTPStreamPosition(ssrc: 0, rtpIndex: nil, rtcpIndex: $0) }
        return sender.pointee.positions + (common.map { [$0] } ?? [])
    }
}
