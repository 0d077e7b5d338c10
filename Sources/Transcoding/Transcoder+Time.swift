internal import Forwarding
internal import RTP

/// Where a packet belongs in the outgoing stream.
extension Transcoder {
    /// A step in the source's timestamps by more than that is a new beginning, in seconds.
    static let longestPause = 60
    /// What is taken for the clock of a payload type of which nothing is known, in Hz: speech.
    private static let usualClockRate: UInt32 = 8000

    /// The time behind all sound so far.
    var end: UInt32 { timeline.next &+ (path?.filledTicks ?? 0) }

    /// The time behind all sound and all events so far.
    var latest: UInt32 {
        let end = end
        guard let event, Int32(bitPattern: event.end &- end) > 0 else { return end }
        return event.end
    }

    /// `time` is no further from the latest than a pause may be.
    func isNear(_ time: UInt32) -> Bool {
        abs(Int(Int32(bitPattern: time &- latest))) <= Self.longestPause * Int(timeline.origin.outgoingClockRate)
    }

    /// When the packet at hand is, judged by its arrival, since its timestamp tells nothing: of another clock, or begun
    /// anew. Less than the longest loss that is made up is jitter.
    func arrivalTime(_ clockRate: UInt32) -> UInt32 {
        guard let last, arrival > last.arrival else { return latest }
        let milliseconds = min((arrival - last.arrival) / 1_000_000, 3_600_000)
        let time = last.time &+ UInt32(truncatingIfNeeded: milliseconds * UInt64(clockRate) / 1000)
        let ahead = Int(Int32(bitPattern: time &- latest))
        return ahead > Int(clockRate) * Self.longestConcealment / 1000 ? time : latest
    }

    /// When a packet that is no sound is in the outgoing stream. It follows from the sound's time where both have one clock,
    /// and from the last packet of its own clock otherwise. The sound's relation stays as it is.
    ///
    /// - Parameter outgoing: of a stream without any sound so far.
    mutating func time(of header: RTPHeader, rate known: UInt32, outgoing: UInt32) -> UInt32 {
        if timeline.origin.clockRate == 0 {
            let rate = known > 0 ? known : Self.usualClockRate
            timeline.anchor(
                header.timestamp, at: latest, clockRate: rate, outgoingClockRate: outgoing > 0 ? outgoing : rate)
        }
        let rate = known > 0 ? known : timeline.origin.clockRate
        let clock = timeline.origin.outgoingClockRate
        let time: UInt32
        if side.clockRate == rate, side.outgoingClockRate == clock, isNear(side.map(header.timestamp)) {
            time = side.map(header.timestamp)
        } else if timeline.hasClock(rate), isNear(timeline.origin.map(header.timestamp)) {
            timeline.advanceAnchor(to: header.timestamp)
            return timeline.origin.map(header.timestamp)
        } else {
            time = arrivalTime(clock)
        }
        side.timestamp = header.timestamp
        side.outgoing = time
        side.clockRate = rate
        side.outgoingClockRate = clock
        return time
    }

    /// The sound's relation, of a packet of sound.
    mutating func anchor(_ header: RTPHeader, at time: UInt32, _ source: UInt32, _ target: UInt32) {
        timeline.anchor(header.timestamp, at: time, clockRate: source, outgoingClockRate: target)
        side = PacketOrigin()
    }

    /// An event that is long past says nothing any more.
    mutating func forgetOldEvent() {
        guard let event else { return }
        let age = Int(Int32(bitPattern: end &- event.end))
        if abs(age) > 2 * Self.longestPause * Int(timeline.origin.outgoingClockRate) { self.event = nil }
    }
}
