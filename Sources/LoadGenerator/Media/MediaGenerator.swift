import CLinuxIO
import Glibc
import NetTypes

/// Plays both ends of many calls from the calling thread: sends on schedule, takes what arrives, and never sleeps, so that
/// the relay is not charged for waking anyone.
///
/// Legs towards which something is on its way are looked at in turn; the others only now and then. A packet is thus found
/// within a few microseconds of its arrival even with thousands of sockets and no waiting on any of them.
package struct MediaGenerator: ~Copyable {
    /// Nothing is expected any more on a leg that got nothing for this long; late packets are still found, later.
    static let patience: UInt64 = 50_000_000
    static let lateSend: UInt64 = 1_000_000

    let legs: UnsafeMutableBufferPointer<Leg>
    private let listed: UnsafeMutablePointer<Int32>
    private var listedCount = 0
    private var cursor = 0
    private var sweep = 0

    /// Kept for their sockets, whose descriptors the legs use.
    let calls: [PlacedCall]
    let workload: MediaWorkload
    let outgoing: UnsafeMutableRawPointer
    private let incoming: UnsafeMutableRawPointer
    private let arrivals: UnsafeMutablePointer<batch_datagram>
    let counts: UnsafeMutableBufferPointer<UInt64>
    /// When the last packets of every leg left, for those on which that cannot be read.
    let departures: UnsafeMutablePointer<UInt64>
    let departuresKept: Int
    let sealed: SealedPackets
    var longest: UInt64 = 0
    private var schedule: SendSchedule

    var windowStart = UInt64.max
    var windowEnd = UInt64.max
    var clockRuns = false
    /// What became of the packets of the window.
    package internal(set) var tally = MediaTally()

    static let incomingStride = 2048
    let outgoingStride: Int
    /// Sleep between packets, for a processor that is shared with other work; arrivals must be stamped then.
    package var isResting = false
    /// Nanoseconds for which arrivals wait in their sockets, where delays are of no interest: several are taken at once,
    /// which leaves the generator more time to send. 0: they are taken as soon as they are found.
    var gathering: UInt64 = 0
    private var nextLook: UInt64 = 0

    /// A generator for `calls`, which begins to send when it first plays. Of protected legs, `sealedSeconds` of packets are
    /// encrypted right now.
    package init(_ calls: [PlacedCall], workload: MediaWorkload, sealedSeconds: Double = 0) {
        self.calls = calls
        self.workload = workload
        legs = .allocate(capacity: max(1, calls.count * 2))
        for (index, call) in calls.enumerated() {
            legs.initializeElement(
                at: 2 * index, to: Leg(call.caller, number: 2 * index, peer: 2 * index + 1, other: call.callee))
            legs.initializeElement(
                at: 2 * index + 1, to: Leg(call.callee, number: 2 * index + 1, peer: 2 * index, other: call.caller))
        }
        sealed = SealedPackets(legs, workload: workload, seconds: sealedSeconds)
        listed = .allocate(capacity: legs.count)
        listed.initialize(repeating: 0, count: legs.count)
        outgoingStride = (workload.packetLength + SRTPTransform.room + 15) & ~15
        outgoing = .allocate(byteCount: outgoingStride * BATCH_LIMIT, alignment: 64)
        // About a second of packets; one that takes longer counts as lost.
        departuresKept = 1 << (64 - max(64, min(65_536, workload.packetsPerSecond) - 1).leadingZeroBitCount)
        departures = .allocate(capacity: legs.count * departuresKept)
        departures.initialize(repeating: 0, count: legs.count * departuresKept)
        incoming = .allocate(byteCount: Self.incomingStride * BATCH_LIMIT, alignment: 64)
        arrivals = .allocate(capacity: BATCH_LIMIT)
        counts = .allocate(capacity: DelayHistogram.bucketCount)
        counts.initialize(repeating: 0)
        schedule = workload.schedule(legs: legs.count, start: batch_now())
    }

    deinit {
        legs.deallocate()
        listed.deallocate()
        outgoing.deallocate()
        incoming.deallocate()
        arrivals.deallocate()
        counts.deallocate()
        departures.deallocate()
    }

    /// One-way delays of the packets sent in the window.
    package var delays: DelayHistogram { DelayHistogram(counts: UnsafeBufferPointer(counts), maximum: longest) }

    /// From now on packets count. The schedule starts afresh, so that a pause before this is not caught up with.
    package mutating func openWindow() {
        tally = MediaTally()
        counts.update(repeating: 0)
        longest = 0
        clockRuns = true
        windowStart = batch_now()
        windowEnd = .max
        schedule = workload.schedule(legs: legs.count, start: windowStart)
    }

    /// From now on packets do not count, except those that were sent before and still arrive.
    package mutating func closeWindow() {
        clockRuns = false
        windowEnd = batch_now()
    }

    /// Begins the schedule now, for a first play or one after a pause.
    package mutating func restartSchedule() { schedule = workload.schedule(legs: legs.count, start: batch_now()) }

    /// Sends and receives for `nanoseconds`.
    package mutating func play(_ nanoseconds: UInt64) {
        let end = batch_now() &+ nanoseconds
        var now = batch_now()
        while now < end {
            var budget = 8
            while schedule.due <= now, budget > 0 {
                send(at: now)
                budget &-= 1
                now = batch_now()
            }
            takeArrivals(at: now)
            now = batch_now()
            if isResting, schedule.due > now { batch_sleep_until(min(schedule.due, end)) }
            now = batch_now()
        }
    }

    /// Only receives, until everything that was sent has arrived or `nanoseconds` have passed; at least for 20 ms, in
    /// case more arrives than was sent.
    package mutating func drain(_ nanoseconds: UInt64) {
        var now = batch_now()
        let end = now &+ nanoseconds
        let earliest = now &+ min(nanoseconds, 20_000_000)
        while now < end, now < earliest || tally.received < tally.sent {
            takeArrivals(at: now)
            now = batch_now()
        }
    }

    @inline(__always)
    private mutating func send(at now: UInt64) {
        let number = schedule.leg
        let lateness = now &- schedule.due
        schedule.advance()
        let leg = legs.baseAddress.unsafelyUnwrapped + number
        let burst = workload.packetsPerBurst
        let length = workload.packetLength
        if let session = leg.pointee.outbound {
            sendProtected(leg, number, session, now, lateness)
            return
        }
        var sentAt = now
        for index in 0..<burst {
            let packet = outgoing + index &* outgoingStride
            leg.pointee.writeHeader(to: packet, workload: workload, last: index == burst &- 1)
            sentAt = burst == 1 ? now : batch_now()
            let stamp = PacketStamp(
                flow: UInt32(truncatingIfNeeded: number), number: leg.pointee.sent &+ UInt64(index), sentAt: sentAt)
            stamp.write(to: packet + 12, length: length &- 12)
        }
        if leg.pointee.inboundOfPeer { noteDeparture(of: number, leg.pointee.sent, burst) }
        transmit(leg, outgoing, length, outgoingStride, now, lateness)
    }

    /// Sends a burst and counts it.
    @inline(__always)
    mutating func transmit(
        _ leg: UnsafeMutablePointer<Leg>, _ packets: UnsafeMutableRawPointer, _ length: Int, _ stride: Int,
        _ now: UInt64, _ lateness: UInt64
    ) {
        let burst = workload.packetsPerBurst
        let result = withUnsafePointer(to: leg.pointee.target) {
            batch_send(
                leg.pointee.descriptor, packets, length, stride, UInt32(burst),
                leg.pointee.isConnected ? nil : $0)
        }
        let accepted = Int(max(0, result))
        leg.pointee.sent &+= UInt64(burst)
        expect(accepted, at: Int(leg.pointee.peer), now)
        guard clockRuns else { return }
        tally.sent &+= UInt64(accepted)
        tally.unsent &+= UInt64(burst &- accepted)
        tally.latestSend = max(tally.latestSend, lateness)
        if lateness > Self.lateSend { tally.lateSends &+= UInt64(burst) }
    }

    @inline(__always)
    private mutating func expect(_ count: Int, at number: Int, _ now: UInt64) {
        let leg = legs.baseAddress.unsafelyUnwrapped + number
        leg.pointee.pending &+= Int32(truncatingIfNeeded: count)
        leg.pointee.expectedSince = now
        guard leg.pointee.place < 0, count > 0, gathering == 0 else { return }
        leg.pointee.place = Int32(truncatingIfNeeded: listedCount)
        listed[listedCount] = Int32(truncatingIfNeeded: number)
        listedCount &+= 1
    }

    @inline(__always)
    private mutating func unlist(_ leg: UnsafeMutablePointer<Leg>) {
        leg.pointee.pending = 0
        guard leg.pointee.place >= 0 else { return }
        listedCount &-= 1
        let last = listed[listedCount]
        listed[Int(leg.pointee.place)] = last
        legs[Int(last)].place = leg.pointee.place
        leg.pointee.place = -1
    }

    /// Looks at some of the legs that expect something, and at one of all.
    @inline(__always)
    private mutating func takeArrivals(at now: UInt64) {
        guard gathering == 0 else { return gatherArrivals(at: now) }
        // At rest, what arrived is taken a little later: the kernel has noted the time.
        var looks = min(isResting ? 3 : 16, listedCount)
        while looks > 0, listedCount > 0 {
            looks &-= 1
            if cursor >= listedCount { cursor = 0 }
            let number = Int(listed[cursor])
            let leg = legs.baseAddress.unsafelyUnwrapped + number
            if receive(leg) {
                if leg.pointee.pending <= 0 { unlist(leg) } else { cursor &+= 1 }
            } else if now > leg.pointee.expectedSince &+ Self.patience {
                unlist(leg)
            } else {
                cursor &+= 1
            }
        }
        let leg = legs.baseAddress.unsafelyUnwrapped + sweep
        sweep = sweep &+ 1 == legs.count ? 0 : sweep &+ 1
        if leg.pointee.place < 0 { _ = receive(leg) }
    }

    /// Looks at all legs in turn, each once in the time that arrivals wait.
    @inline(never)
    private mutating func gatherArrivals(at now: UInt64) {
        // After a pause the looks that were missed are not made up for.
        nextLook = max(nextLook, now > gathering ? now &- gathering : 0)
        var budget = 8
        while nextLook <= now, budget > 0 {
            budget &-= 1
            nextLook &+= max(1, gathering / UInt64(legs.count))
            _ = receive(legs.baseAddress.unsafelyUnwrapped + sweep)
            sweep = sweep &+ 1 == legs.count ? 0 : sweep &+ 1
        }
    }

    /// Takes what has arrived on one leg; `false` when nothing had.
    @inline(__always)
    private mutating func receive(_ leg: UnsafeMutablePointer<Leg>) -> Bool {
        let wanted = max(1, min(UInt32(BATCH_LIMIT), UInt32(truncatingIfNeeded: leg.pointee.pending)))
        let count = withUnsafePointer(to: leg.pointee.target) {
            leg.pointee.isStamped
                ? batch_receive_stamped(
                    leg.pointee.descriptor, incoming, Self.incomingStride, wanted, arrivals, $0)
                : batch_receive(leg.pointee.descriptor, incoming, Self.incomingStride, wanted, arrivals, $0)
        }
        guard count > 0 else { return false }
        let now = batch_now()
        var media: UInt64 = 0
        for index in 0..<Int(count) {
            let packet = incoming + index &* Self.incomingStride
            if leg.pointee.hasWebRTC, packet.load(as: UInt8.self) < 64 {
                attend(packet, arrivals[index], leg, now)
            } else {
                inspect(packet, arrivals[index], leg, now)
                media &+= 1
            }
        }
        leg.pointee.pending &-= count
        // Whatever is missing now was overtaken: it is lost or will be found by the sweep.
        if leg.pointee.arrivals.next == legs[Int(leg.pointee.peer)].sent { leg.pointee.pending = 0 }
        if clockRuns { tally.forwarded &+= media }
        return true
    }
}
