import CallReports
import Forwarding
import NetTypes

/// One end of a direction: a party with one of its sections, and what its ports have seen.
struct End {
    let party: PartyReport
    let section: SectionReport
    let name: PartyName
    /// Open and closed ports of the section, or of the one whose transport it uses.
    let ports: [PortReport]
    /// What the open ones have seen.
    let counters: [PortCounters]
    /// Several sections share the ports.
    let isShared: Bool
    /// RTP streams of the section received from the party, the one heard last at the end.
    let streams: [StreamStatistics]
    private let peer: PartyReport?
    private let clock: Clock

    /// - Parameter peer: the party at the other end, whose SDP numbers the formats that this one sends.
    init(_ party: PartyReport, section index: Int, peer: PartyReport?, name: PartyName, clock: Clock) {
        self.party = party
        self.peer = peer
        section = party.sections[index]
        self.name = name
        self.clock = clock
        let owner = party.sections[index].signalled.bundleOwner.flatMap {
            party.sections.indices.contains($0) ? party.sections[$0] : nil
        }
        isShared =
            owner != nil || party.sections.contains { $0.index != index && $0.signalled.bundleOwner == index }
        ports = (owner?.ports ?? []) + party.sections[index].ports
        counters = ports.compactMap(\.counters)
        var streams = counters.flatMap(\.ingress)
        if isShared {
            let sharers = Self.sharers(of: index, party, peer)
            streams = streams.filter { sharers.sections(of: $0.payloadType).contains(index) }
        }
        self.streams = streams.sorted { $0.lastPacketNanoseconds < $1.lastPacketNanoseconds }
    }

    var signalled: SignalledMedia { section.signalled }

    /// Another section of the same party has audio that comes at the moment.
    var hasAudioElsewhere: Bool {
        party.sections.indices.contains {
            $0 != section.index && party.sections[$0].mediaType == "audio"
                && End(party, section: $0, peer: peer, name: name, clock: clock).flows
        }
    }

    /// The sentence's word for it.
    var words: String { name.words }

    /// The port that media for the party leaves through.
    var port: PortReport? { ports.last { $0.isCurrent && !$0.isRTCP } ?? ports.last { !$0.isRTCP } }

    /// Where the party was told to send.
    var target: TransportAddress? { port.map { $0.advertised ?? $0.local } }

    /// Where its media goes to.
    var endpoint: TransportAddress? { port?.counters?.endpoint }

    /// Accepted RTP packets of the section.
    var packets: UInt64 {
        isShared
            ? streams.reduce(0) { $0 &+ $1.packets }
            : counters.reduce(0) { $0 &+ $1.rtpIn.packets }
    }

    var reports: UInt64 { counters.reduce(0) { $0 &+ $1.rtcpIn.packets } }
    /// RTP packets that left for the party.
    var sent: UInt64 { counters.reduce(0) { $0 &+ $1.rtpOut.packets } }

    /// The last RTP packet; 0 for none.
    var lastMedia: UInt64 {
        guard signalled.isUnderstood else { return lastPacket }
        return streams.last?.lastPacketNanoseconds ?? 0
    }

    /// The last packet of any kind that was let in; 0 for none.
    var lastPacket: UInt64 { counters.map(\.lastPacketNanoseconds).max() ?? 0 }

    /// The first one.
    var firstPacket: UInt64 { counters.map(\.firstPacketNanoseconds).filter { $0 != 0 }.min() ?? 0 }

    /// Media comes at the moment.
    var flows: Bool { packets > 0 && clock.isRecent(lastMedia) }

    /// Packets dropped for a reason on all ports, and when that was the last time.
    func drops(_ reason: DropReason) -> (count: UInt64, last: UInt64) {
        let index = Int(reason.rawValue)
        return (
            counters.reduce(0) { $0 &+ ($1.drops.indices.contains(index) ? $1.drops[index] : 0) },
            counters.map { $0.dropNanoseconds.indices.contains(index) ? $0.dropNanoseconds[index] : 0 }.max() ?? 0
        )
    }

    /// Packets are dropped for the reason at the moment: more than stragglers.
    func isDropping(_ reason: DropReason, atLeast least: UInt64 = Thresholds.stragglers) -> Bool {
        let drops = drops(reason)
        guard drops.count >= least else { return false }
        if clock.hasBeen(drops.last) { return true }
        // Drops that went on after the end were evidence before it if their run had begun by then.
        return clock.isTooLate(drops.last)
            && counters.contains { $0.dropRun.map { $0.reason == reason && $0.sinceNanoseconds <= clock.now } ?? false }
    }

    /// The run of drops for the reason that goes on at the moment; `nil` for stragglers.
    func run(_ reason: DropReason) -> DropRun? {
        guard isDropping(reason, atLeast: Thresholds.run) else { return nil }
        return counters.compactMap(\.dropRun).filter { $0.reason == reason && $0.packets >= Thresholds.run }
            .max { $0.packets < $1.packets }
    }

    /// How many packets a second a run has.
    func rate(of run: DropRun) -> Double {
        Double(run.packets) * 1e9 / Double(max(clock.age(run.sinceNanoseconds), 100_000_000))
    }

    /// All drops but for those of checks and handshakes, which are refused on good calls, too.
    var allDrops: [(reason: DropReason, count: UInt64)] {
        DropReason.allCases.compactMap { reason in
            guard reason != .stunRefused, reason != .handshakeRefused else { return nil }
            let count = drops(reason).count
            return count == 0 ? nil : (reason, count)
        }
    }

    /// The source that was refused last.
    var foreignSource: ForeignSource? { counters.compactMap(\.foreignSource).max { $0.nanoseconds < $1.nanoseconds } }

    /// Sums of what has no business on the ports.
    var unexpected: UnexpectedPackets {
        counters.reduce(into: UnexpectedPackets()) { sum, one in
            sum.checks &+= one.unexpected.checks
            sum.handshakes &+= one.unexpected.handshakes
            sum.mediaOnReportPort &+= one.unexpected.mediaOnReportPort
            sum.keepalives &+= one.unexpected.keepalives
            sum.others &+= one.unexpected.others
            sum.unencrypted &+= one.unexpected.unencrypted
            sum.examined &+= one.unexpected.examined
        }
    }

    /// Connectivity checks of the port for RTP, where both sides use them.
    var checks: CheckStatistics? {
        guard let checks = port?.counters?.checks, checks.hasRemote else { return nil }
        return checks
    }

    /// The handshake of the port for RTP.
    var handshake: HandshakeReport? { port?.handshake }

    /// The encryption of the port for RTP.
    var protection: ProtectionState? { port?.counters?.protection }

    /// Something has come from the party to its present port for RTP, so that the address for the way back is known.
    var wasHeard: Bool { (port?.counters?.firstPacketNanoseconds ?? 0) != 0 }

    /// The codec of a payload type as the party's SDP names it: `PCMU/8000`.
    func codec(_ payloadType: UInt8) -> String? {
        signalled.formats.first { $0.payloadType == payloadType }?.name
    }

    /// Whether the party's SDP has the payload type.
    func knows(_ payloadType: UInt8) -> Bool { signalled.formats.contains { $0.payloadType == payloadType } }

    /// Event of this kind on any port, the last one before the end: monotonic nanoseconds; `nil` for none.
    func event(_ kind: PortEvent.Kind) -> UInt64? {
        instants(of: kind).filter { !clock.isTooLate($0) }.max()
    }

    /// When a stream of the section was last said goodbye to: as ``event(_:)``.
    var goodbye: UInt64? {
        let all = counters.flatMap(\.events).filter { event in
            event.kind == .goodbye && streams.contains { UInt64($0.ssrc) == event.value }
        }
        return all.map { $0.microseconds &* 1000 }.filter { !clock.isTooLate($0) }.max()
    }

    /// The end has stopped answering checks, as it does when the call is over.
    var losesConsentAfterwards: Bool { instants(of: .consentLost).contains { clock.isTooLate($0) } }

    /// Checks have found a pair some time, as far as the port remembers.
    var hadPair: Bool {
        [PortEvent.Kind.pairSelected, .pairNominated, .consentLost].contains { event($0) != nil }
    }

    private func instants(of kind: PortEvent.Kind) -> [UInt64] {
        counters.flatMap(\.events).filter { $0.kind == kind }.map { $0.microseconds &* 1000 }
    }

    /// The port that the main stream comes to.
    var mainCounters: PortCounters? {
        guard let stream = mainStream else { return nil }
        return counters.last { $0.ingress.contains { $0.ssrc == stream.ssrc } }
    }

    /// The stream that carries the media: the one heard last that is more than an episode.
    var mainStream: StreamStatistics? {
        streams.last { $0.packets >= Thresholds.stream && clock.isRecent($0.lastPacketNanoseconds) } ?? streams.last
    }
}

extension StreamStatistics {
    /// How many packets of sound the stream has a second while there is something to say, else how many it has on average:
    /// with pauses that is far less, and what comes beside it would look like much. Of video several packets may have one
    /// time stamp.
    var usualPacketsPerSecond: Double {
        let isSteady = clockRate != 0 && clockRate != 90_000 && samplesPerPacket != 0
        return isSteady ? Double(clockRate) / Double(samplesPerPacket) : packetsPerSecond
    }

    /// How many packets the stream has a second on average; 0 when unknown.
    var packetsPerSecond: Double {
        let (first, last) = (firstPacketNanoseconds, lastPacketNanoseconds)
        return last > first ? Double(packets) * 1e9 / Double(last - first) : 0
    }
}

extension End {
    /// The sections of a bundle with the payload types by which their streams are told apart (RFC 8843 §9.2).
    fileprivate struct Sharers {
        /// Whose transport it is.
        let owner: Int
        /// Index of a section, the payload types of the receiver's SDP, by which a sender goes, and those of its own.
        let types: [(section: Int, received: [UInt8], own: [UInt8])]

        /// Where a stream with this payload type belongs; what no SDP lists is the owner's.
        func sections(of payloadType: UInt8) -> [Int] {
            let received = types.filter { $0.received.contains(payloadType) }
            let known = received.isEmpty ? types.filter { $0.own.contains(payloadType) } : received
            return known.isEmpty ? [owner] : known.map(\.section)
        }
    }

    fileprivate static func sharers(of index: Int, _ party: PartyReport, _ peer: PartyReport?) -> Sharers {
        let owner = party.sections[index].signalled.bundleOwner ?? index
        let shared = party.sections.indices.filter {
            $0 == owner || party.sections[$0].signalled.bundleOwner == owner
        }
        return Sharers(
            owner: owner,
            types: shared.map { section in
                let other = peer.flatMap { $0.sections.indices.contains(section) ? $0.sections[section] : nil }
                return (
                    section, other?.signalled.formats.map(\.payloadType) ?? [],
                    party.sections[section].signalled.formats.map(\.payloadType)
                )
            })
    }
}

/// What time it is, for a call that may have ended.
struct Clock {
    /// The moment that everything is judged at.
    ///
    /// Ends stop sending when they hang up, not when the relay forgets the call: where its end was asked for, it is
    /// judged as it was then.
    let now: UInt64
    /// What is later is no evidence: after the end was asked for, ends close their sockets and associations.
    private let latest: UInt64

    init(_ report: CallReport) {
        let asked = report.deletionNanoseconds
        now = asked == 0 ? report.takenNanoseconds : min(asked, report.takenNanoseconds)
        let (limit, overflow) = now.addingReportingOverflow(Thresholds.dropTime)
        // Ports are read a little later than a report on a call that goes on is begun.
        latest = asked == 0 || overflow ? .max : limit
    }

    /// The instant belongs to what came after the end.
    func isTooLate(_ nanoseconds: UInt64) -> Bool { nanoseconds > latest }

    /// As ``isRecent(_:within:)``, for instants that are evidence only when they are no later than the end.
    func hasBeen(_ nanoseconds: UInt64, within limit: UInt64 = Thresholds.recent) -> Bool {
        isRecent(nanoseconds, within: limit) && !isTooLate(nanoseconds)
    }

    /// Time since an instant; 0 for one that is later.
    func age(_ nanoseconds: UInt64) -> UInt64 { now > nanoseconds ? now - nanoseconds : 0 }

    /// The instant was, and not long ago.
    func isRecent(_ nanoseconds: UInt64, within limit: UInt64 = Thresholds.recent) -> Bool {
        nanoseconds != 0 && age(nanoseconds) <= limit
    }
}
