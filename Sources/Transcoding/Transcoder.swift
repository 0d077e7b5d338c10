public import Forwarding
internal import RTP

/// One outgoing stream of RTP: takes the packets of its source as they arrive, and makes packets of other formats of
/// them, under sequence numbers and timestamps of its own. Sans-IO; belongs to one thread at a time.
///
/// The numbers begin with those of the first packet and go on from there, whatever the source does: packets whose payload
/// type has no conversion take part with their payload as it is. A packet that comes ahead of a missing one waits for it,
/// for two packets or ``patience``; then what is missing is made up, at most ``longestConcealment`` of it, and what is
/// missing beyond that becomes a step in the timestamps, with the marker bit behind it. Before a payload that is not
/// made here nothing is made up, and its number says what is missing. Events (RFC 4733) keep their own time. Under a plan
/// that changes no more than payload types, packets keep their numbers and times too.
///
/// The work for one packet is bounded, whatever it holds: at most ``SoundFormat/longestPacketMilliseconds`` are decoded of
/// it.
public struct Transcoder: ~Copyable {
    /// What became of a packet.
    public enum Receipt: Sendable, Equatable {
        /// It was used, or waits for an earlier one.
        case taken
        /// It came too late, or twice.
        case late
        /// No RTP packet, or its payload is none of its format.
        case malformed
    }

    /// For how long packets wait for an earlier one, in nanoseconds.
    public static let patience: UInt64 = 60_000_000
    /// Sound that is made up for lost packets in a row, in milliseconds.
    public static let longestConcealment = 100
    /// A jump in the sequence numbers by more than that is a new beginning once the next packet follows on it (RFC 3550
    /// §A.1).
    static let largestGap = 3000
    /// One back by more than that is one as well.
    static let largestDisorder = 100

    /// The source's, which the packets keep.
    public let ssrc: UInt32
    /// What its port's plan says.
    public private(set) var set: ConversionSet
    /// Of ``set``: nothing is decoded.
    private var isRenumbering: Bool
    /// While nothing is decoded: from the source's numbers to those sent.
    var shift: Shift?

    var held = HeldPackets()
    /// The source's next one; `nil` before its first packet.
    var expected: UInt16?
    /// Where the source seems to have begun anew.
    var restart: UInt16?
    /// Packets missing before the one at hand.
    var missing = 0

    var path: SoundPath?
    var timeline = Timeline()
    /// Of the packet sent next.
    var sequenceNumber: UInt16 = 0
    /// The next packet of sound begins a spurt.
    var beginsSpurt = true
    var event: CurrentEvent?
    /// How time follows for packets whose clock is not the sound's; without rates while there were none.
    var side = PacketOrigin()
    /// When the packet at hand came, in nanoseconds.
    var arrival: UInt64 = 0
    /// The packet before it.
    var last: Moment?
    /// The numbers go on from those of an earlier stream.
    let isResumed: Bool

    /// For the stream `ssrc` of a port with `set`.
    public init(_ set: ConversionSet, ssrc: UInt32) {
        self.set = set
        self.ssrc = ssrc
        isRenumbering = set.isRenumbering
        isResumed = false
    }

    /// For a source that comes back: the numbers go on, since a receiver takes lower ones for replayed.
    public init(_ set: ConversionSet, after ending: Ending) {
        self.set = set
        ssrc = ending.ssrc
        isRenumbering = set.isRenumbering
        isResumed = true
        sequenceNumber = ending.sequenceNumber
        timeline.begin(at: ending.time)
        last = ending.last
        if isRenumbering { shift = ending.shift }
    }

    /// What a stream of the same source goes on from; `nil` before the first packet.
    public var ending: Ending? {
        guard expected != nil || isResumed else { return nil }
        return Ending(ssrc: ssrc, sequenceNumber: sequenceNumber, time: latest, last: last, shift: shift)
    }

    /// Where a stream has ended.
    public struct Ending: Sendable {
        /// The source's.
        public let ssrc: UInt32
        /// Of the packet that would have been sent next.
        let sequenceNumber: UInt16
        let time: UInt32
        let last: Moment?
        let shift: Shift?
    }

    /// Takes over another plan. A conversion that is equal goes on undisturbed.
    public mutating func update(_ set: ConversionSet) {
        self.set = set
        isRenumbering = set.isRenumbering
        if !isRenumbering { shift = nil }
    }

    /// When ``deadlineReached(now:with:into:)`` has something to do, in nanoseconds; `nil` for never.
    public var nextDeadline: UInt64? { held.since.map { $0 &+ Self.patience } }

    /// Handles one packet, in clear, and appends what is to be sent.
    ///
    /// - Parameter now: monotonic nanoseconds.
    public mutating func receive(
        _ packet: UnsafeRawBufferPointer, now: UInt64, with workspace: borrowing SoundWorkspace,
        into batch: inout PacketBatch
    ) -> Receipt {
        guard let header = RTPHeader(packet), header.payload(of: packet) != nil,
            packet.count <= PacketBatch.packetLimit
        else { return .malformed }
        let number = header.sequenceNumber
        arrival = now
        guard !isRenumbering else { return renumber(packet, header, with: workspace, into: &batch) }
        guard let expected else {
            self.expected = number &+ 1
            if !isResumed {
                sequenceNumber = number
                timeline.begin(at: header.timestamp)
            }
            return take(packet, header, with: workspace, into: &batch)
        }
        let ahead = Int(Int16(bitPattern: number &- expected))
        guard ahead >= -Self.largestDisorder, ahead < Self.largestGap, restart != number else {
            guard restart == number else {
                restart = number &+ 1
                return .late
            }
            concludeGaps(with: workspace, into: &batch)
            arrival = now
            self.expected = number &+ 1
            restart = nil
            missing = 0
            return take(packet, header, with: workspace, into: &batch)
        }
        restart = nil
        if ahead < 0 { return .late }
        guard ahead == 0 else {
            guard held.insert(packet, number, now: now) else { return .late }
            if held.count == HeldPackets.capacity { concludeGap(with: workspace, into: &batch) }
            return .taken
        }
        self.expected = number &+ 1
        let receipt = take(packet, header, with: workspace, into: &batch)
        takeHeld(with: workspace, into: &batch)
        return receipt
    }

    /// Gives up on packets that have been waited for long enough.
    public mutating func deadlineReached(
        now: UInt64, with workspace: borrowing SoundWorkspace, into batch: inout PacketBatch
    ) {
        while let deadline = nextDeadline, deadline <= now { concludeGap(with: workspace, into: &batch) }
    }

    /// Takes the held packets up to the next gap.
    private mutating func takeHeld(with workspace: borrowing SoundWorkspace, into batch: inout PacketBatch) {
        while held.count > 0, held.first == expected, let packet = held.removeFirst() {
            guard let header = RTPHeader(packet) else { continue }
            arrival = held.lastArrival
            expected = header.sequenceNumber &+ 1
            _ = take(packet, header, with: workspace, into: &batch)
        }
    }

    /// The packets in front of the first held one are lost.
    private mutating func concludeGap(with workspace: borrowing SoundWorkspace, into batch: inout PacketBatch) {
        guard let expected, held.count > 0 else { return }
        missing += Int(UInt16(held.first &- expected))
        self.expected = held.first
        takeHeld(with: workspace, into: &batch)
    }

    mutating func concludeGaps(with workspace: borrowing SoundWorkspace, into batch: inout PacketBatch) {
        while held.count > 0 { concludeGap(with: workspace, into: &batch) }
    }

    /// It comes behind others that were sent after it, or twice.
    static func isReordered(_ number: UInt16, before expected: UInt16) -> Bool {
        (-largestDisorder..<0).contains(Int(Int16(bitPattern: number &- expected)))
    }

    /// Uses the packet whose turn it is.
    private mutating func take(
        _ packet: UnsafeRawBufferPointer, _ header: RTPHeader, with workspace: borrowing SoundWorkspace,
        into batch: inout PacketBatch
    ) -> Receipt {
        guard let payload = header.payload(of: packet) else { return .malformed }
        let conversion = set[header.payloadType]
        let isUsed: Bool
        if conversion?.source.encoding == .telephoneEvent || set.eventPayloadTypes.contains(header.payloadType) {
            isUsed = takeEvent(packet, header, payload, conversion, into: &batch)
        } else if let conversion, !conversion.isRenumbering {
            isUsed =
                conversion.source.encoding == .comfortNoise
                ? takeNoise(header, payload, conversion, with: workspace, into: &batch)
                : takeSound(header, payload, conversion, with: workspace, into: &batch)
        } else {
            isUsed = pass(packet, header, conversion, into: &batch)
        }
        // What cannot be used is as good as lost.
        missing = isUsed ? 0 : min(missing + 1, Self.largestGap)
        return isUsed ? .taken : .malformed
    }
}
