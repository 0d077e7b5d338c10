/// What a receiver knows about one RTP source: extended sequence, losses, jitter (RFC 3550 §6.4.1, A.1, A.3, A.8).
///
/// Counts from the first packet on, without the probation of A.1: a relay has forwarded it already. The fields fill
/// ``wordCount`` 64-bit words without a gap, so that the value can be kept in shared memory word by word.
public struct ReceptionStatistics: Sendable, Equatable, BitwiseCopyable {
    /// The synchronisation source.
    public let ssrc: UInt32
    /// Clock rate of the last packet that counted for jitter, in Hz; 0 when unknown.
    public private(set) var clockRate: UInt32 = 0
    /// Packets received, whatever their sequence numbers.
    public private(set) var packets: UInt64 = 0
    /// Bytes of those packets.
    public private(set) var bytes: UInt64 = 0
    /// RTP timestamp of the last packet in order.
    public private(set) var lastTimestamp: UInt32 = 0
    /// Highest sequence number of the present run, with its cycles in the upper half.
    public private(set) var extendedHighestSequenceNumber: UInt32 = 0
    /// First sequence number of the present run, extended. Lower than the first received one when packets from
    /// before it come late.
    private var base: UInt32 = 0
    private var receivedInRun: UInt32 = 0
    /// Losses of earlier runs.
    private var lostBefore: UInt32 = 0
    /// Packets whose sequence number was among the last 64 received.
    public private(set) var duplicates: UInt32 = 0
    /// Packets that came after one with a higher sequence number.
    public private(set) var reordered: UInt32 = 0
    /// RTP timestamp of the last packet less its time of arrival in timestamp units.
    private var transit: UInt32 = 0
    /// Bit n: the packet n before the highest was received.
    private var window: UInt64 = 0
    /// Sixteen times the jitter, as A.8 keeps it.
    private var scaledJitter: UInt32 = 0
    /// The sequence number after a jump that would confirm a restart (A.1).
    private var expectedAfterJump: UInt16 = 0
    /// Payload type of the last packet that was no event.
    public private(set) var payloadType: UInt8 = 0
    private var flags: UInt8 = 0

    /// Monotonic nanoseconds of the first packet.
    public private(set) var firstArrival: UInt64 = 0
    /// Monotonic nanoseconds of the last packet.
    public private(set) var lastArrival: UInt64 = 0
    /// The longest time between two packets, in nanoseconds.
    public private(set) var longestGap: UInt64 = 0
    /// Monotonic nanoseconds at which it ended.
    public private(set) var longestGapEnd: UInt64 = 0
    /// Timestamp units from one packet to the next in a row; 0 while unknown.
    public private(set) var samplesPerPacket: UInt32 = 0
    private var lastStep: UInt32 = 0
    /// Milliseconds of the sender's timeline without packets, as in discontinuous transmission.
    public private(set) var silentMilliseconds: UInt32 = 0
    /// Packets of comfort noise, or with next to no payload.
    public private(set) var quietPackets: UInt32 = 0
    private var losses = LossRuns()
    private var transitBase: UInt32 = 0
    private var scaledJitterMaximum: UInt32 = 0
    /// Of the present stretch, the first one of this timeline, and the last one that is complete.
    private var floor = TransitFloor()
    private var firstFloor = TransitFloor()
    private var lastFloor = TransitFloor()
    /// How often at least one sequence number was left out.
    public private(set) var skips: UInt32 = 0
    /// How often the sender began a new run of sequence numbers.
    public private(set) var restarts: UInt16 = 0
    /// Loss of the last whole interval in hundredths of a percent, or ``noInterval``.
    private var intervalLoss = Self.noInterval
    private var expectedBefore: UInt32 = 0
    private var receivedBefore: UInt32 = 0

    /// The size of a value in 64-bit words.
    public static let wordCount = 24

    private static let hasTransit: UInt8 = 1
    private static let hasJumped: UInt8 = 2
    private static let hasFirstFloor: UInt8 = 4
    private static let hasLastFloor: UInt8 = 8
    /// In the last whole interval less than a tenth of what came was expected.
    private static let hasStoodStill: UInt8 = 16
    private static let noInterval = UInt16.max
    /// An interval has at least so many packets, and is no shorter than this on average.
    private static let intervalPackets: UInt32 = 256
    private static let intervalNanoseconds: UInt64 = 5_000_000_000
    /// A floor is made of this many packets.
    private static let floorMask: UInt64 = 255
    /// A gap of this many packets is a restart of the sender, not loss (A.1).
    private static let maximumDropout: UInt16 = 3000
    /// A packet this far behind the highest is a restart, not late (A.1).
    private static let maximumMisorder: UInt16 = 100

    /// A source of which nothing was received.
    public init(ssrc: UInt32) {
        self.ssrc = ssrc
    }
}

extension ReceptionStatistics {
    /// Packets expected in the present run (A.3).
    public var expected: UInt32 {
        packets == 0 ? 0 : extendedHighestSequenceNumber &- base &+ 1
    }

    /// Packets received in the present run, late ones and duplicates included (A.3).
    public var received: UInt32 { receivedInRun }

    /// Packets lost in all runs: expected less received, never below zero in any of them.
    public var lost: UInt64 {
        UInt64(lostBefore) &+ UInt64(lostInRun)
    }

    /// Interarrival jitter in timestamp units (A.8).
    public var jitter: UInt32 { scaledJitter >> 4 }

    /// The highest value that ``jitter`` has had.
    public var highestJitter: UInt32 { scaledJitterMaximum >> 4 }

    /// How the losses are spread, those among the last 64 packets included as if nothing came late any more.
    public var lossPattern: LossPattern {
        var copy = self
        copy.settleWindow()
        return LossPattern(
            bursts: copy.losses.bursts, burstPackets: copy.losses.burstPackets, burstLosses: copy.losses.burstLosses)
    }

    /// By how many millionths the sender's RTP clock runs faster than the clock of arrival; `nil` until some ten
    /// seconds of packets were seen.
    public var clockDrift: Double? {
        guard flags & Self.hasLastFloor != 0, clockRate != 0 else { return nil }
        let milliseconds = lastFloor.milliseconds &- firstFloor.milliseconds
        guard milliseconds >= 3_000, milliseconds < 1 << 31 else { return nil }
        let units = Double(Int64(firstFloor.units) - Int64(lastFloor.units))
        return units / Double(clockRate) / Double(milliseconds) * 1e9
    }

    /// Packets expected and lost since the last call of this function, or since the sender's last restart. Late packets
    /// may make up for earlier losses; there are never less than none.
    public mutating func takeInterval() -> (expected: UInt32, lost: UInt32) {
        let interval = self.interval
        if interval.expected > 0 { intervalLoss = Self.basisPoints(interval) }
        let received = receivedInRun &- receivedBefore
        flags &= ~Self.hasStoodStill
        if received >= Self.intervalPackets, interval.expected < received / 10 { flags |= Self.hasStoodStill }
        (expectedBefore, receivedBefore) = (expected, receivedInRun)
        return interval
    }

    /// Whether ``takeInterval()`` is due: some five seconds of media, and enough packets for a figure.
    public func isIntervalWhole(now: UInt64) -> Bool {
        // Of numbers that stand still none is expected.
        let count = max(interval.expected, receivedInRun &- receivedBefore)
        guard count >= Self.intervalPackets else { return false }
        let lifetime = max(now &- firstArrival, 1)
        return UInt64(count) >= min(packets, 1 << 30) &* Self.intervalNanoseconds / lifetime
    }

    /// Loss lately, in hundredths of a percent: in the last whole interval and the one under way.
    public var recentLossBasisPoints: UInt16 {
        let current = interval
        guard intervalLoss != Self.noInterval else { return Self.basisPoints(current) }
        // The interval before weighs as much as it has packets: those of five seconds, or the fewest that one has.
        let lifetime = max(lastArrival &- min(firstArrival, lastArrival), 1)
        let usual = min(packets, 1 << 30) &* Self.intervalNanoseconds / lifetime
        let before = min(max(UInt64(Self.intervalPackets), usual), 1 << 32)
        let now = UInt64(current.expected)
        return UInt16(clamping: (UInt64(intervalLoss) &* before &+ UInt64(current.lost) &* 10_000) / (before &+ now))
    }

    /// Packets expected in the interval under way, and how many more than that have come. While it is young, the one
    /// before counts, too, if sequence numbers stood still in it: as so many repetitions as an interval has at least.
    public var recentRepetitions: (expected: UInt32, surplus: UInt32) {
        let before = flags & Self.hasStoodStill == 0 ? 0 : Self.intervalPackets
        let (expected, received) = (interval.expected, before &+ receivedInRun &- receivedBefore)
        return (expected, received > expected ? received &- expected : 0)
    }

    /// The interval under way.
    private var interval: (expected: UInt32, lost: UInt32) {
        let (newlyExpected, newlyReceived) = (expected &- expectedBefore, receivedInRun &- receivedBefore)
        // A number from before the first one makes the run longer, never shorter.
        return (newlyExpected, newlyExpected > newlyReceived ? newlyExpected &- newlyReceived : 0)
    }

    private static func basisPoints(_ interval: (expected: UInt32, lost: UInt32)) -> UInt16 {
        interval.expected == 0 ? 0 : UInt16(UInt64(interval.lost) &* 10_000 / UInt64(interval.expected))
    }

    private var lostInRun: UInt32 {
        let (expected, received) = (self.expected, receivedInRun)
        return expected > received ? expected &- received : 0
    }

    /// Counts a packet of `byteCount` bytes.
    ///
    /// - Parameters:
    ///   - clockRate: of the packet's payload type, in Hz; 0 keeps the packet out of the jitter.
    ///   - isEvent: the packet tells of an event (RFC 4733): its timestamps stand still, so it stays out of the jitter,
    ///     and it does not change the payload type of the stream.
    ///   - isQuiet: the packet carries comfort noise, or next to nothing.
    ///   - now: monotonic nanoseconds.
    @discardableResult
    public mutating func record(
        sequenceNumber: UInt16, timestamp: UInt32, payloadType: UInt8, byteCount: Int, clockRate: UInt32,
        isEvent: Bool = false, isQuiet: Bool = false, now: UInt64
    ) -> Arrival {
        let highestBefore = extendedHighestSequenceNumber
        noteTime(now)
        let arrival = packets == 0 ? start(at: sequenceNumber, as: .inOrder) : follow(sequenceNumber)
        if !isEvent || packets == 0 {
            self.payloadType = payloadType
        }
        packets &+= 1
        bytes &+= UInt64(truncatingIfNeeded: byteCount)
        switch arrival {
        case .inOrder, .restart:
            let step = timestamp &- lastTimestamp
            lastTimestamp = timestamp
            if isQuiet { quietPackets &+= 1 }
            if step != samplesPerPacket, !isEvent, extendedHighestSequenceNumber &- highestBefore == 1 {
                noteStep(step, clockRate: clockRate, isQuiet: isQuiet)
            }
        case .reordered:
            break
        case .duplicate, .jump:
            return arrival
        }
        if clockRate != 0, !isEvent {
            measureJitter(timestamp: timestamp, clockRate: clockRate, now: now)
            if packets & Self.floorMask == 0 { endFloor() }
        }
        return arrival
    }

    @inline(__always)
    private mutating func noteTime(_ now: UInt64) {
        if packets == 0 {
            firstArrival = now
        } else if now > lastArrival, now &- lastArrival > longestGap {
            longestGap = now &- lastArrival
            longestGapEnd = now
        }
        lastArrival = now
    }

    /// The timestamp has gone on by something else than usual since the packet before this one. Two equal steps are
    /// the usual one from now on; a much longer one is time in which the sender had nothing to say.
    @inline(never)
    private mutating func noteStep(_ step: UInt32, clockRate: UInt32, isQuiet: Bool) {
        guard clockRate != 0, step != 0, UInt64(step) <= 60 &* UInt64(clockRate) else { return }
        if samplesPerPacket != 0, step > 2 &* samplesPerPacket {
            let silence = UInt64(step &- samplesPerPacket) &* 1000 / UInt64(clockRate)
            silentMilliseconds &+= UInt32(truncatingIfNeeded: silence)
        } else if step == lastStep, step <= clockRate / 4, !isQuiet {
            samplesPerPacket = step
        }
        lastStep = step
    }

    private mutating func start(at sequenceNumber: UInt16, as arrival: Arrival) -> Arrival {
        extendedHighestSequenceNumber = UInt32(sequenceNumber)
        base = UInt32(sequenceNumber)
        receivedInRun = 1
        window = 1
        flags &= Self.hasFirstFloor | Self.hasLastFloor
        (expectedBefore, receivedBefore) = (0, 0)
        return arrival
    }

    /// A.1 for a source that has been heard before.
    @inline(__always)
    private mutating func follow(_ sequenceNumber: UInt16) -> Arrival {
        let ahead = sequenceNumber &- UInt16(truncatingIfNeeded: extendedHighestSequenceNumber)
        if ahead == 1, window >> 63 == 1 {
            extendedHighestSequenceNumber &+= 1
            receivedInRun &+= 1
            window = window &<< 1 | 1
            return .inOrder
        }
        if ahead != 0, ahead < Self.maximumDropout {
            advance(by: ahead)
            return .inOrder
        }
        return followIrregular(sequenceNumber, behind: 0 &- ahead)
    }

    @inline(never)
    private mutating func advance(by ahead: UInt16) {
        if ahead > 1 { skips &+= 1 }
        leave(UInt32(ahead))
        extendedHighestSequenceNumber &+= UInt32(ahead)
        receivedInRun &+= 1
        window = (ahead < 64 ? window &<< UInt64(ahead) : 0) | 1
    }

    /// As many numbers leave the window for good. Those that did not come by now count as lost in the pattern.
    private mutating func leave(_ count: UInt32) {
        let inWindow = UInt64(min(count, 64))
        for place in 0..<inWindow {
            let age = 63 &- place
            guard window & (1 &<< age) == 0 else { continue }
            let position = extendedHighestSequenceNumber &- UInt32(truncatingIfNeeded: age)
            if Int32(bitPattern: position &- base) > 0 { losses.note(position) }
        }
        if count > 64 { losses.note(extendedHighestSequenceNumber &+ 1, count: count &- 64) }
    }

    private mutating func settleWindow() {
        if packets > 0 { leave(64) }
        losses.end()
    }

    @inline(never)
    private mutating func followIrregular(_ sequenceNumber: UInt16, behind: UInt16) -> Arrival {
        guard behind < Self.maximumMisorder else { return jump(to: sequenceNumber) }
        receivedInRun &+= 1
        if behind < 64 {
            let bit: UInt64 = 1 &<< UInt64(behind)
            guard window & bit == 0 else {
                duplicates &+= 1
                return .duplicate
            }
            window |= bit
        }
        reordered &+= 1
        let extended = extendedHighestSequenceNumber &- UInt32(behind)
        if Int32(bitPattern: extended &- base) < 0 {
            base = extended
        }
        return .reordered
    }

    private mutating func jump(to sequenceNumber: UInt16) -> Arrival {
        guard flags & Self.hasJumped != 0, sequenceNumber == expectedAfterJump else {
            flags |= Self.hasJumped
            expectedAfterJump = sequenceNumber &+ 1
            return .jump
        }
        lostBefore &+= lostInRun
        settleWindow()
        if restarts < .max { restarts &+= 1 }
        return start(at: sequenceNumber, as: .restart)
    }

    /// A.8. Differences of more than five seconds are a new timeline of the sender, not jitter.
    private mutating func measureJitter(timestamp: UInt32, clockRate: UInt32, now: UInt64) {
        if clockRate != self.clockRate {
            if self.clockRate != 0 {
                let rescaled = UInt64(scaledJitter) &* UInt64(clockRate) / UInt64(self.clockRate)
                scaledJitter = UInt32(truncatingIfNeeded: min(rescaled, UInt64(UInt32.max) >> 2))
            }
            self.clockRate = clockRate
            samplesPerPacket = 0
            flags &= ~Self.hasTransit
        }
        let (seconds, rest) = now.quotientAndRemainder(dividingBy: 1_000_000_000)
        let units = seconds &* UInt64(clockRate) &+ rest &* UInt64(clockRate) / 1_000_000_000
        let newTransit = UInt32(truncatingIfNeeded: units) &- timestamp
        if flags & Self.hasTransit != 0 {
            let difference = Int32(bitPattern: newTransit &- transit).magnitude
            if UInt64(difference) <= 5 &* UInt64(clockRate), difference < 1 << 26 {
                scaledJitter = scaledJitter &+ difference &- (scaledJitter &+ 8) >> 4
                if scaledJitter > scaledJitterMaximum { scaledJitterMaximum = scaledJitter }
            } else {
                startFloors(newTransit)
            }
        } else {
            startFloors(newTransit)
        }
        transit = newTransit
        flags |= Self.hasTransit
        let relative = Int32(bitPattern: newTransit &- transitBase)
        if relative < floor.units {
            floor.units = relative
            floor.milliseconds = UInt32(truncatingIfNeeded: (now &- firstArrival) / 1_000_000)
        }
    }

    /// A new timeline of the sender: what was before cannot be compared with it.
    private mutating func startFloors(_ transit: UInt32) {
        transitBase = transit
        floor = TransitFloor()
        flags &= ~(Self.hasFirstFloor | Self.hasLastFloor)
    }

    @inline(never)
    private mutating func endFloor() {
        if flags & Self.hasFirstFloor == 0 {
            firstFloor = floor
            flags |= Self.hasFirstFloor
        } else {
            lastFloor = floor
            flags |= Self.hasLastFloor
        }
        floor = TransitFloor()
    }
}
