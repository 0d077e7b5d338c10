public import Forwarding
internal import NetTypes
internal import RTP
internal import SRTP
internal import Synchronization

/// What the path needs to tell others what it sees: reached through a pointer, so that stages which change nothing else
/// can use it.
struct PathObserver: BitwiseCopyable {
    /// Of the turn under way, in monotonic nanoseconds.
    var now: UInt64 = 0
    /// The flight recorder's rings; `nil` when it is off.
    var media: CellWriter?
    var control: CellWriter?
    let tap: TapWriter
    /// Octets of what the path's memory has in the clear of ciphertext that passes through.
    var clearCount = 0
}

extension PacketPath {
    /// Bit of ``PortSlot/observation`` for the flight recorder; those below are ``TapPoints``.
    static let flightBit: UInt8 = 0x80

    /// Says what time it is before commands are carried out, for what they make the path tell its observers.
    public mutating func beginTurn(now: UInt64) {
        observer.pointee.now = now
    }

    /// Lets readers of ``taps`` see what was copied so far. To be called before each wait.
    public func publishTaps() {
        observer.pointee.tap.publish()
    }

    /// Has copies of the packets of `port` taken at `points`, in place of those taken before.
    public mutating func tap(_ port: LocalPortID, at points: TapPoints, now: UInt64) {
        guard isOpen(port) else { return }
        let slot = slots + Int(port.slot)
        observer.pointee.now = now
        slot.pointee.observation = slot.pointee.observation & Self.flightBit | points.rawValue
        note(.tapped, of: slot, Int(port.slot), slot.pointee.endpoint)
    }

    /// As ``process(_:room:isTruncated:on:slot:source:now:into:)``, for a port that somebody looks at.
    @inline(never)
    mutating func receiveObserved(
        _ packet: UnsafeMutableRawBufferPointer, room: Int, isTruncated: Bool, on port: UnsafeMutablePointer<PortSlot>,
        slot: Int, source: TransportAddress, now: UInt64, into output: inout TransmissionList
    ) {
        guard port.pointee.state != .closed else { return }
        observer.pointee.now = now
        let row = row(slot)
        let errors = row.load(CounterRow.Word.rtpIn + 2) &+ row.load(CounterRow.Word.rtcpIn + 2)
        let points = port.pointee.observation
        let known = port.pointee.endpoint
        let isEncrypted = port.pointee.leg?.pointee.isEncrypted ?? false
        let isControl = port.pointee.carries != .opaque && !Self.isMedia(UnsafeRawBufferPointer(packet))
        // What is not media cannot be decrypted: it is clear as it is, and of no interest to who wants clear media.
        var seen = points & (isEncrypted || isControl ? 0 : TapPoints.clearIn.rawValue)
        seen |= points & TapPoints.wireIn.rawValue
        var copy: UnsafeMutableRawPointer?
        if seen != 0 {
            copy = observer.pointee.tap.append(
                tapHeader(port, slot, points: seen, source), UnsafeRawBufferPointer(packet))
        }
        process(
            packet, room: room, isTruncated: isTruncated, on: port, slot: slot, source: source, now: now, into: &output)
        var fate = isControl ? PacketFate.taken.code : PacketFate.forwarded.code
        if row.load(CounterRow.Word.rtpIn + 2) &+ row.load(CounterRow.Word.rtcpIn + 2) != errors {
            fate = UInt8(truncatingIfNeeded: row.load(CounterRow.Word.lastDrop)) | 0x80
        }
        copy?.storeBytes(of: fate, toByteOffset: Self.codeOffset, as: UInt8.self)
        guard points & Self.flightBit != 0 else { return }
        let bytes = UnsafeRawBufferPointer(packet)
        if isControl || packet.count < RTPHeader.minimumCount {
            noteControl(bytes, of: port, slot, points: TapPoints.wireIn.rawValue, fate: fate, source)
        } else {
            noteMedia(bytes, of: port, slot, fate: fate, isEncrypted: isEncrypted, source, isKnown: source == known)
        }
    }

    private static let codeOffset = 6

    @inline(__always)
    private static func isMedia(_ packet: UnsafeRawBufferPointer) -> Bool {
        let kind = DatagramKind(of: packet)
        return kind == .rtp || kind == .rtcp
    }

    @inline(__always)
    private func tapHeader(
        _ port: UnsafeMutablePointer<PortSlot>, _ slot: Int, points: UInt8, _ remote: TransportAddress
    ) -> TapHeader {
        var header = TapHeader(.packet)
        header.points = points
        header.nanoseconds = observer.pointee.now
        header.slot = UInt32(truncatingIfNeeded: slot)
        header.generation = port.pointee.generation
        header.remote = remote
        return header
    }

    /// Decrypted media of a port with encryption: the first `count` octets of `packet`, or of the path's memory where
    /// ciphertext passes through.
    @inline(never)
    func tapDecrypted(
        _ packet: UnsafeRawBufferPointer, count: Int, passes: Bool, _ port: UnsafeMutablePointer<PortSlot>, _ slot: Int,
        _ source: TransportAddress
    ) {
        observer.pointee.clearCount = count
        guard port.pointee.observation & TapPoints.clearIn.rawValue != 0 else { return }
        let bytes = passes ? UnsafeRawBufferPointer(scratch.pointee.nextBuffer) : packet
        _ = observer.pointee.tap.append(
            tapHeader(port, slot, points: TapPoints.clearIn.rawValue, source),
            UnsafeRawBufferPointer(start: bytes.baseAddress, count: min(count, bytes.count)))
    }

    /// Media that is about to be encrypted, or that leaves encrypted as it came.
    @inline(never)
    func tapBeforeProtection(
        _ bytes: UnsafeMutableRawPointer, count: Int, isProtected: Bool, _ port: UnsafeMutablePointer<PortSlot>,
        _ slot: Int, to destination: TransportAddress
    ) {
        var clear = UnsafeRawBufferPointer(start: bytes, count: count)
        if isProtected {
            let memory = scratch.pointee.nextBuffer
            clear = UnsafeRawBufferPointer(
                start: memory.baseAddress, count: min(observer.pointee.clearCount, memory.count))
        }
        tapDeparture(clear, port, slot, points: .clearOut, to: destination)
    }

    /// A datagram that leaves through `port`, of which `points` are those that it passes now.
    @inline(never)
    func tapDeparture(
        _ bytes: UnsafeRawBufferPointer, _ port: UnsafeMutablePointer<PortSlot>, _ slot: Int, points: TapPoints,
        to destination: TransportAddress
    ) {
        let seen = port.pointee.observation & points.rawValue
        guard seen != 0 else { return }
        var header = tapHeader(port, slot, points: seen, destination)
        header.code = PacketFate.sent.code
        _ = observer.pointee.tap.append(header, bytes)
    }

    /// A check or a handshake of the relay's own that leaves through `key`.
    @inline(never)
    func noteDeparture(_ bytes: UnsafeRawBufferPointer, through key: Leg.Key, to destination: TransportAddress) {
        let slot = Int(key.slot)
        let port = slots + slot
        guard port.pointee.observation != 0 else { return }
        tapDeparture(bytes, port, slot, points: .wireOut, to: destination)
        noteControl(
            bytes, of: port, slot, points: TapPoints.wireOut.rawValue, fate: PacketFate.sent.code, destination)
    }
}

// MARK: - Flight recorder

extension PacketPath {
    @inline(__always)
    private func noteMedia(
        _ bytes: UnsafeRawBufferPointer, of port: UnsafeMutablePointer<PortSlot>, _ slot: Int, fate: UInt8,
        isEncrypted: Bool, _ source: TransportAddress, isKnown: Bool
    ) {
        guard let media = observer.pointee.media else { return }
        let place = UInt64(truncatingIfNeeded: slot) &<< 32
        let now = observer.pointee.now
        let generation = port.pointee.generation
        if !isKnown {
            let cell = media.begin()
            cell[0].store(
                CellHeader.first(now, kind: CellHeader.Kind.address, generation: generation), ordering: .relaxed)
            cell[1].store(place, ordering: .relaxed)
            cell[2].store(source.address.high, ordering: .relaxed)
            cell[3].store(source.address.low, ordering: .relaxed)
        }
        let isRTCP = (192...223).contains(bytes[1]) && port.pointee.carries != .opaque
        // RTCP has its SSRC where RTP has its time stamp.
        let timestamp = Self.word(bytes, at: 4)
        let ssrc = isRTCP ? timestamp : Self.word(bytes, at: 8)
        let cell = media.begin()
        cell[0].store(
            CellHeader.first(
                now, kind: isRTCP ? CellHeader.Kind.rtcp : CellHeader.Kind.rtp, generation: generation),
            ordering: .relaxed)
        cell[1].store(place | UInt64(ssrc), ordering: .relaxed)
        cell[2].store(
            UInt64(timestamp) &<< 32 | UInt64(Self.word(bytes, at: 0) & 0xFFFF) &<< 16
                | UInt64(truncatingIfNeeded: min(bytes.count, 0xFFFF)), ordering: .relaxed)
        var last = UInt64(Self.word(bytes, at: 0) &>> 16) &<< 48 | UInt64(fate) &<< 40 | UInt64(source.port) &<< 24
        last |= (source.address.family == .ipv6 ? 2 : 0) | (isEncrypted ? 1 : 0)
        cell[3].store(last, ordering: .relaxed)
        media.finish()
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inline(never)
    private func noteControl(
        _ bytes: UnsafeRawBufferPointer, of port: UnsafeMutablePointer<PortSlot>, _ slot: Int, points: UInt8,
        fate: UInt8, _ remote: TransportAddress
    ) {
        guard let control = observer.pointee.control, port.pointee.observation & Self.flightBit != 0 else { return }
        let cell = beginControl(control, port, slot, count: bytes.count, remote)
        cell[4].store(
            UInt64(points) &<< 16 | UInt64(fate) &<< 8 | (remote.address.family == .ipv6 ? 1 : 0), ordering: .relaxed)
        for word in ControlCell.payload..<ControlCell.wordCount {
            let offset = (word &- ControlCell.payload) &* 8
            var value: UInt64 = 0
            if offset &+ 8 <= bytes.count {
                value = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            } else if offset < bytes.count {
                for place in offset..<bytes.count {
                    value |= UInt64(bytes[place]) &<< UInt64(truncatingIfNeeded: 8 &* (place &- offset))
                }
            }
            cell[word].store(value, ordering: .relaxed)
        }
        control.finish()
    }

    @inline(__always)
    private func beginControl(
        _ control: CellWriter, _ port: UnsafeMutablePointer<PortSlot>, _ slot: Int, count: Int,
        _ remote: TransportAddress
    ) -> UnsafeMutablePointer<Atomic<UInt64>> {
        let cell = control.begin()
        cell[0].store(
            CellHeader.first(
                observer.pointee.now, kind: CellHeader.Kind.other, generation: port.pointee.generation),
            ordering: .relaxed)
        cell[1].store(
            UInt64(truncatingIfNeeded: slot) &<< 32 | UInt64(truncatingIfNeeded: min(count, 0xFFFF)) &<< 16
                | UInt64(remote.port), ordering: .relaxed)
        cell[2].store(remote.address.high, ordering: .relaxed)
        cell[3].store(remote.address.low, ordering: .relaxed)
        return cell
    }

    /// Tells whoever looks at the port what happened to it.
    @inline(never)
    func note(
        _ kind: PathEvent.Kind, of port: UnsafeMutablePointer<PortSlot>, _ slot: Int, _ endpoint: TransportAddress?
    ) {
        let observation = port.pointee.observation
        guard observation != 0 else { return }
        let remote = endpoint ?? TransportAddress(.unspecified(.ipv4), 0)
        if observation & ~Self.flightBit != 0 {
            var header = tapHeader(port, slot, points: 0, remote)
            header.kind = .event
            header.code = kind.rawValue
            header.hasRemote = endpoint != nil
            _ = observer.pointee.tap.append(header, UnsafeRawBufferPointer(start: nil, count: 0))
        }
        guard observation & Self.flightBit != 0, let control = observer.pointee.control else { return }
        let cell = beginControl(control, port, slot, count: 0, remote)
        var flags = UInt64(kind.rawValue) &<< 16 | ControlCell.eventMark &<< 8
        flags |= (endpoint == nil ? 0 : 2) | (remote.address.family == .ipv6 ? 1 : 0)
        cell[4].store(flags, ordering: .relaxed)
        control.finish()
    }

    /// As ``note(_:of:_:_:)``, for a port by its name.
    func note(_ kind: PathEvent.Kind, of port: LocalPortID) {
        guard isOpen(port) else { return }
        note(kind, of: slots + Int(port.slot), Int(port.slot), nil)
    }

    /// Tells of a piece of news for the handshakes.
    func note(_ event: HandshakeEvent) {
        switch event {
        case .begin(let port, _, _): note(.handshakeBegan, of: port)
        case .ready(let port, _): note(.handshakeReady, of: port)
        case .end(let port, _): note(.handshakeEnded, of: port)
        }
    }
}
