import Capture
import Forwarding
import NetTypes

/// What a capture of a call looks like: three interfaces, of which one shows the wire, one the media without its
/// encryption, and one what the relay knows: SDP, events, announcements of streams. Makes blocks of what happened; knows
/// no thread and no clock.
struct CaptureFile {
    private enum Interface: Int {
        case wire
        case clear
        case relay
    }

    private(set) var writer: PcapngWriter
    private var call: RecordedCall
    private var ports: [LocalPortID: RecordedCall.Port] = [:]
    /// Where the peer of each port is, as far as events have told.
    private var endpoints: [LocalPortID: TransportAddress] = [:]
    private var announced: Set<TransportAddress> = []
    private var sequence = 0
    private var counts: [UInt64] = [0, 0, 0]
    /// Packets that were left out.
    private(set) var missed: UInt64 = 0
    /// Nanoseconds to be added to monotonic times.
    private let epochOffset: UInt64

    init(of call: RecordedCall, epochOffset: UInt64) {
        self.call = call
        self.epochOffset = epochOffset
        writer = PcapngWriter(application: CaptureMarks.application, comment: "call \(call.id)")
        _ = writer.addInterface(name: CaptureMarks.wire, description: "as on the wire")
        _ = writer.addInterface(
            name: CaptureMarks.clear, description: "without encryption; ports have their upper bit turned over")
        _ = writer.addInterface(
            name: CaptureMarks.relay, description: "made up by the relay: SDP, announcements, events")
        update(call)
    }

    /// The call has these ports now.
    mutating func update(_ call: RecordedCall) {
        self.call = call
        for port in call.ports {
            // Streams with other formats are announced anew.
            if let known = ports[port.lease.id], known.formats != port.formats { announced = [] }
            ports[port.lease.id] = port
        }
    }

    /// Counts packets that were left out.
    mutating func miss(_ packets: UInt64) {
        missed += packets
    }

    /// All blocks since the last time.
    mutating func take() -> [UInt8] { writer.take() }

    // MARK: - Packets

    /// Adds what happened on a port of the call.
    mutating func add(_ item: ObservedItem) {
        switch item {
        case .packet(let packet): add(packet)
        case .event(let event): add(event)
        }
    }

    private mutating func add(_ packet: ObservedPacket) {
        guard let port = ports[packet.port] else { return }
        let time = packet.nanoseconds &+ epochOffset
        let isClear = packet.points.isDisjoint(with: .wire)
        var peer = packet.remote
        // The flight recorder leaves out the address of a packet that came from where its port sends to.
        if peer.address.isUnspecified, let known = endpoints[packet.port] ?? port.endpoint {
            peer.address = known.address
        }
        let local = isClear ? port.lease.local.withClearPort : port.lease.local
        let remote = isClear ? peer.withClearPort : peer
        let isInward = packet.fate != .sent
        let (source, destination) = isInward ? (remote, local) : (local, remote)
        if !packet.points.isDisjoint(with: .clear) || isClear, packet.bytes.first.map({ $0 >> 6 == 2 }) ?? false {
            announce(destination, of: port, at: time, isClear: isClear)
        }
        var comments: [String] = []
        if case .dropped(let reason) = packet.fate { comments.append(CaptureMarks.dropped + "\(reason)") }
        let frame = DatagramFrame.make(
            from: source, to: destination, payload: packet.bytes, originalCount: packet.originalCount)
        write(
            frame, isClear ? .clear : .wire, at: time, direction: isInward ? .inbound : .outbound, comments: comments)
    }

    /// Tells readers, once for each stream, that what goes to `destination` is RTP.
    private mutating func announce(
        _ destination: TransportAddress, of port: RecordedCall.Port, at time: UInt64, isClear: Bool
    ) {
        guard !port.isRTCP, announced.insert(destination).inserted else { return }
        var stream = AnnouncedStream(address: destination, mediaType: port.mediaType)
        // What either party may send in the section, the own party's numbers first.
        let others = call.ports.filter { $0.section == port.section && $0.party != port.party && !$0.isRTCP }
        for format in port.formats + others.flatMap(\.formats)
        where !stream.formats.contains(where: { $0.payloadType == format.payloadType }) {
            stream.formats.append((format.payloadType, format.mapping))
        }
        stream.rtcpPort = port.rtcpPort.map { isClear ? $0 ^ CaptureMarks.clearPortBit : $0 }
        let identifier = UInt16(truncatingIfNeeded: announced.count)
        let frame = DatagramFrame.make(
            from: SyntheticMessage.Host.relay.address, to: SyntheticMessage.announcementAddress,
            payload: SyntheticMessage.announcement(of: stream, identifier: identifier))
        write(frame, .relay, at: time, comments: ["announcement of a stream, made up for readers of this file"])
    }

    private mutating func write(
        _ frame: (bytes: [UInt8], originalCount: Int), _ interface: Interface, at time: UInt64,
        direction: PcapngWriter.Direction = .unknown, comments: [String] = []
    ) {
        counts[interface.rawValue] += 1
        writer.addPacket(
            frame.bytes, originalCount: frame.originalCount, interface: interface.rawValue, nanoseconds: time,
            direction: direction, comments: comments)
    }

    // MARK: - What the relay knows

    private mutating func add(_ event: PathEvent) {
        guard let port = ports[event.port], event.kind != .tapped else { return }
        endpoints[event.port] = event.endpoint ?? endpoints[event.port]
        var text = "port \(port.lease.local.port)"
        if let tag = port.tag { text += " of \(tag)" }
        text += ": " + event.kind.text
        if let endpoint = event.endpoint {
            text += " \(endpoint)"
        } else if event.kind == .planned {
            text += " nowhere"
        }
        note(text, at: event.nanoseconds &+ epochOffset)
    }

    /// Adds a line of text as a message of syslog (RFC 3164), which readers show as it is, and as a comment.
    mutating func note(_ text: String, at time: UInt64) {
        let address = TransportAddress(SyntheticMessage.Host.relay.address.address, 514)
        let frame = DatagramFrame.make(from: address, to: address, payload: Array("<142>millrace: \(text)".utf8))
        write(frame, .relay, at: time, comments: [text])
    }

    /// Adds an SDP as the body of a SIP message.
    mutating func add(_ description: SignalledDescription) {
        if !description.isAnswer, !description.isRewritten { sequence += 1 }
        let offerer = SyntheticMessage.Host.offerer
        let answerer = SyntheticMessage.Host.answerer
        let (sender, receiver): (SyntheticMessage.Host, SyntheticMessage.Host) =
            switch (description.isAnswer, description.isRewritten) {
            case (false, false): (offerer, .relay)
            case (false, true): (.relay, answerer)
            case (true, false): (answerer, .relay)
            case (true, true): (.relay, offerer)
            }
        let message = SyntheticMessage.sip(
            isRequest: !description.isAnswer, from: sender, to: receiver, callID: call.id,
            fromTag: description.fromTag, toTag: description.isAnswer ? description.toTag : nil,
            sequence: max(1, sequence), sdp: description.sdp)
        let comment = CaptureMarks.description(
            isAnswer: description.isAnswer, isRewritten: description.isRewritten)
        write(
            DatagramFrame.make(from: sender.address, to: receiver.address, payload: message), .relay,
            at: UInt64(clamping: description.microseconds) &* 1_000,
            comments: [comment] + (description.request.map { [CaptureMarks.request + $0] } ?? []))
    }

    /// What was written so far.
    func summary(reason: String) -> CaptureSummary {
        CaptureSummary(wire: counts[0], clear: counts[1], notes: counts[2], missed: missed, reason: reason)
    }

    /// Adds what was counted, at the end.
    mutating func close(at time: UInt64, reason: String) {
        note("the capture ends: \(reason)" + (missed > 0 ? "; \(missed) packets are missing" : ""), at: time)
        for interface in [Interface.wire, .clear, .relay] {
            // Nobody knows which interface lost packets would have been on.
            let dropped = interface == .wire ? missed : 0
            writer.addStatistics(
                interface: interface.rawValue, nanoseconds: time, received: counts[interface.rawValue] + dropped,
                dropped: dropped)
        }
    }
}

extension TransportAddress {
    fileprivate var withClearPort: TransportAddress {
        TransportAddress(address, port ^ CaptureMarks.clearPortBit)
    }
}

extension PathEvent.Kind {
    fileprivate var text: String {
        switch self {
        case .opened: "opened"
        case .closed: "closed"
        case .planned: "new plan; packets go to"
        case .learned: "endpoint learned for now:"
        case .confirmed: "endpoint learned for good:"
        case .pairFound: "ICE has found a way to"
        case .pairNominated: "ICE has agreed on the way to"
        case .handshakeBegan: "DTLS handshake asked for"
        case .handshakeReady: "the peer of the DTLS handshake is known"
        case .handshakeEnded: "DTLS association over"
        case .keysInstalled: "keys of the DTLS handshake in place"
        case .tapped: "capture begins"
        }
    }
}
