public import Forwarding
public import NetTypes
internal import RTP

/// What happens to a datagram between its receipt and its transmission, for all ports of one worker. Sans-IO: the
/// worker's thread calls, and sends what it finds in the ``TransmissionList``.
///
/// The stages, in order: demultiplexing, source check and learning, statistics, forwarding. On ports with ICE or
/// encryption, checks and handshakes branch off first, and a packet is authenticated before its source is learned. A packet that does not come
/// through is counted under a ``DropReason`` and as an error of the port: of the receiving port, but for a failed
/// transmission. `packets` and `bytes` count what passed the source check, whether or not there was a way out; errors
/// count everything dropped, so that they add up to the drops.
///
/// Not `Sendable`, and lives on one thread; ``counters`` alone may be read from others. The tables are allocated once;
/// nothing is allocated, retained or locked per packet.
public struct PacketPath: ~Copyable {
    /// What the ports have seen. Readable from any thread.
    public let counters: PortCounterTable
    /// Number of port slots.
    public let capacity: Int
    let slots: UnsafeMutablePointer<PortSlot>
    let clocks: UnsafeMutablePointer<ClockTable>
    let sinkCells: UnsafeMutablePointer<ResolvedSink>
    /// Of ports that send to an address of the relay; the others' memory is never touched.
    let watches: UnsafeMutablePointer<LoopWatch>
    /// Of ports with conversions; the others' memory is never touched.
    let seats: UnsafeMutablePointer<UnsafeMutablePointer<ConversionSeat>>
    let ownAddresses: UnsafeMutableBufferPointer<IPAddress>
    /// First word of the rows of `counters`, so that the packet path need not touch the object.
    let firstRow: CounterRow
    /// Buffers given out between two calls of ``batchSent()``.
    public static let scratchLimit = 512
    static let handshakeLimit = 256
    let scratch: UnsafeMutablePointer<ScratchRing>
    /// What has happened lately; `nil` when it was not asked for. Readable from any thread.
    public let flightRecorder: FlightRecorder?
    /// Copies of packets, for one reader on any thread.
    public let taps: TapRing
    let observer: UnsafeMutablePointer<PathObserver>
    var handshakes = HandshakeQueue(capacity: handshakeLimit)
    var events = HandshakeEventQueue()
    var agents: AgentTable
    var senders = SenderTable()
    /// For the secrets of ICE agents.
    var generator: any RandomNumberGenerator
    /// For the cookies of handshakes.
    let helloSecret: HelloSecret
    /// Packets on their way to the threads that convert them, one ring for each thread.
    public let conversionRings: [ConversionRing]
    let lanes: UnsafeMutablePointer<ConversionWriter>
    let laneCount: Int
    /// How many ports each of those threads has.
    let laneLoads: UnsafeMutablePointer<Int>
    /// Orders for those threads that are not in their rings yet.
    var orders: [PendingOrder] = []
    /// Changes the SSRC of reports that were altered and would have to leave with the key that they came with.
    let reportDisguise: UInt32
    /// How many ports have streams converted.
    var conversionCount = 0
    /// How many ports have a leg.
    var legCount = 0
    /// The last number given to a leg's contexts.
    var lastVersion: UInt64 = 0
    /// Slots below are initialised; the others' memory was never touched.
    private(set) var initialised = 0

    /// A path with room for `capacity` ports of `pools` pools, none of which is open.
    ///
    /// - Parameters:
    ///   - ownAddresses: where packets to the relay's own ports go to, advertised addresses included.
    ///   - software: SOFTWARE in the messages of ICE agents (RFC 8489 §14.14); empty for none.
    ///   - generator: must be unpredictable.
    ///   - flightRecorderBytes: memory of the flight recorder; 0 for none.
    ///   - tapBytes: memory for copies of packets, taken from the system as it is used.
    ///   - conversionRings: for what is on its way to the threads that convert media, at least one. A port always uses the
    ///     same one.
    public init(
        capacity: Int, pools: Int = 1, ownAddresses: [IPAddress] = [], software: String = "",
        generator: any RandomNumberGenerator = SystemRandomNumberGenerator(), flightRecorderBytes: Int = 0,
        tapBytes: Int = 4 << 20, conversionRings: [ConversionRing] = [ConversionRing(bytes: 1 << 20)]
    ) {
        precondition(capacity > 0, "a worker needs ports")
        precondition(!conversionRings.isEmpty, "somebody has to convert")
        self.conversionRings = conversionRings
        laneCount = conversionRings.count
        lanes = .allocate(capacity: conversionRings.count)
        for (index, ring) in conversionRings.enumerated() { (lanes + index).initialize(to: ring.writer) }
        laneLoads = .allocate(capacity: conversionRings.count)
        laneLoads.initialize(repeating: 0, count: conversionRings.count)
        agents = AgentTable(software: software)
        self.generator = generator
        reportDisguise = UInt32.random(in: 1 ... .max, using: &self.generator)
        helloSecret = HelloSecret(using: &self.generator)
        self.capacity = capacity
        counters = PortCounterTable(capacity: capacity, pools: pools)
        firstRow = counters.row(0)
        flightRecorder = flightRecorderBytes > 0 ? FlightRecorder(bytes: flightRecorderBytes) : nil
        taps = TapRing(bytes: tapBytes)
        observer = .allocate(capacity: 1)
        observer.initialize(
            to: PathObserver(
                media: flightRecorder?.media.writer, control: flightRecorder?.control.writer, tap: taps.writer))
        scratch = .allocate(capacity: 1)
        scratch.initialize(to: ScratchRing(capacity: Self.scratchLimit))
        precondition(MemoryLayout<PortSlot>.stride == PortSlot.length, "slots are cache lines")
        slots = Self.table(of: PortSlot.self, count: capacity)
        clocks = Self.table(of: ClockTable.self, count: capacity)
        sinkCells = Self.table(of: ResolvedSink.self, count: capacity * PortSlot.inlineSinks)
        watches = .allocate(capacity: capacity)
        seats = .allocate(capacity: capacity)
        self.ownAddresses = .allocate(capacity: ownAddresses.count)
        _ = self.ownAddresses.initialize(from: ownAddresses)
    }

    deinit {
        for slot in 0..<initialised {
            if slots[slot].hasOwnSinks { slots[slot].sinks.deallocate() }
            slots[slot].elements?.deallocate()
            if let leg = slots[slot].leg { leg.deinitialize(count: 1).deallocate() }
            if let seat = conversion(of: slot) { seat.deinitialize(count: 1).deallocate() }
        }
        lanes.deallocate()
        laneLoads.deallocate()
        scratch.deinitialize(count: 1).deallocate()
        observer.deallocate()
        UnsafeMutableRawPointer(slots).deallocate()
        UnsafeMutableRawPointer(clocks).deallocate()
        UnsafeMutableRawPointer(sinkCells).deallocate()
        watches.deallocate()
        seats.deallocate()
        ownAddresses.deallocate()
    }

    /// Memory for `count` values that begins with a cache line.
    private static func table<Value: BitwiseCopyable>(of type: Value.Type, count: Int) -> UnsafeMutablePointer<Value> {
        UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Value>.stride, alignment: 64)
            .bindMemory(to: type, capacity: count)
    }

    /// Gives the slot to `port` of `pool`, whose numbers start at zero. Everything that arrives is dropped with
    /// ``DropReason/noSink`` until a plan comes.
    public mutating func open(_ port: LocalPortID, pool: Int = 0, now: UInt64) {
        let slot = Int(port.slot)
        precondition(slot < capacity, "slot \(slot) of \(capacity)")
        while initialised <= slot {
            slots[initialised] = PortSlot(sinks: sinkCells + initialised * PortSlot.inlineSinks)
            initialised += 1
        }
        counters.prepare(slot)
        releaseLeg(slot)
        releaseSinks(slot)
        releaseConversions(slot)
        slots[slot] = PortSlot(sinks: sinkCells + slot * PortSlot.inlineSinks)
        slots[slot].generation = port.generation
        slots[slot].state = .waiting
        slots[slot].observation = flightRecorder == nil ? 0 : Self.flightBit
        row(slot).reset(generation: port.generation, pool: pool)
        observer.pointee.now = now
        note(.opened, of: port)
    }

    /// Takes the slot from `port`. Without effect when it belongs to another owner already.
    public mutating func close(_ port: LocalPortID) {
        guard isOpen(port) else { return }
        let slot = Int(port.slot)
        note(.closed, of: port)
        let passages = passages(through: slot)
        releaseLeg(slot)
        endPassages(passages, through: slot)
        releaseSinks(slot)
        releaseConversions(slot)
        slots[slot].state = .closed
        slots[slot].observation = 0
        direct(slots + slot, to: nil)
        counters.retire(row(slot))
    }

    /// Handles one datagram that arrived on `slot`.
    ///
    /// Appends what is to be sent to `output`; the bytes are those of `packet`, which may have been rewritten in place
    /// and must stay valid until the batch was sent. A transmission for which there is no room is dropped and counted
    /// as ``DropReason/sendFailed`` of the sending port.
    ///
    /// - Parameters:
    ///   - packet: the datagram.
    ///   - capacity: octets of writable memory from the start of `packet`, for protection in place; less than
    ///     `packet.count` says that there is none beyond.
    ///   - isTruncated: the datagram was larger than `packet`.
    ///   - now: monotonic nanoseconds.
    public mutating func receive(
        slot: UInt32, packet: UnsafeMutableRawBufferPointer, capacity: Int = 0, isTruncated: Bool,
        source: TransportAddress, now: UInt64, into output: inout TransmissionList
    ) {
        let index = Int(slot)
        guard index < initialised else { return }
        let port = slots + index
        let room = max(capacity, packet.count)
        if port.pointee.observation != 0 {
            return receiveObserved(
                packet, room: room, isTruncated: isTruncated, on: port, slot: index, source: source, now: now,
                into: &output)
        }
        process(
            packet, room: room, isTruncated: isTruncated, on: port, slot: index, source: source, now: now, into: &output
        )
    }

    /// What ``receive(slot:packet:capacity:isTruncated:source:now:into:)`` does, whoever looks on.
    @inline(__always)
    mutating func process(
        _ packet: UnsafeMutableRawBufferPointer, room: Int, isTruncated: Bool, on port: UnsafeMutablePointer<PortSlot>,
        slot index: Int, source: TransportAddress, now: UInt64, into output: inout TransmissionList
    ) {
        let row = row(index)
        let carriage = port.pointee.carries
        guard port.pointee.state == .planned, !isTruncated else {
            return refuse(isTruncated: isTruncated, on: port, row, now: now)
        }
        if let leg = port.pointee.leg {
            return receiveSecured(packet, room: room, on: port, leg, source: source, now: now, into: &output)
        }
        guard var arrived = ArrivedPacket(packet, count: packet.count, room: room, on: carriage) else {
            return row.dropUnknown(UnsafeRawBufferPointer(packet), carriage: carriage, now: now)
        }
        let traffic = Traffic.received(isRTCP: arrived.isRTCP)
        switch port.pointee.filter.admit(source, decides: !arrived.isRTCP || carriage == .rtcp, now: now) {
        case .accepted: break
        case .learned: publishEndpoint(of: port, row, now: now)
        case .foreign:
            // It may have been the first one after the window, which confirms the other source.
            publishEndpoint(of: port, row, now: now)
            return row.refuse(source, traffic: traffic, now: now)
        }
        if row.load(CounterRow.Word.lastPacket) == 0 { row.note(.firstPacket, UInt64(source.port), now: now) }
        count(arrived, byteCount: packet.count, on: index, row, traffic: traffic, now: now)
        if arrived.kind == .rtcp {
            readReports(UnsafeRawBufferPointer(start: arrived.bytes, count: arrived.count), on: index, now: now)
        }
        if arrived.kind == .rtcp, conversionCount > 0, !convertReports(&arrived, on: index) { return }
        if port.pointee.isRestrained,
            !letsPass(&arrived, on: port, slot: index, row, traffic: traffic, now: now)
        {
            return
        }
        forward(arrived, from: port, row, traffic: traffic, now: now, into: &output)
    }

    /// A datagram that is not looked at.
    @inline(never)
    private func refuse(
        isTruncated: Bool, on port: UnsafeMutablePointer<PortSlot>, _ row: CounterRow, now: UInt64
    ) {
        guard port.pointee.state != .closed else { return }
        row.drop(
            isTruncated ? .truncated : .noSink, traffic: Traffic.received(isRTCP: port.pointee.carries == .rtcp),
            now: now)
    }

    @inline(never)
    mutating func publishEndpoint(of port: UnsafeMutablePointer<PortSlot>, _ row: CounterRow, now: UInt64) {
        let leg = port.pointee.leg
        // With ICE the agent alone says where the peer is.
        guard leg?.pointee.agent == nil else { return }
        let (endpoint, isConfirmed) = (port.pointee.filter.endpoint, port.pointee.filter.isConfirmed)
        if endpoint != port.pointee.endpoint { row.note(.learned, UInt64(endpoint?.port ?? 0), now: now) }
        if isConfirmed, !port.pointee.isConfirmed { row.note(.confirmed, UInt64(endpoint?.port ?? 0), now: now) }
        if endpoint != port.pointee.endpoint || isConfirmed != port.pointee.isConfirmed {
            note(isConfirmed ? .confirmed : .learned, of: port, port - slots, endpoint)
        }
        direct(port, to: endpoint)
        port.pointee.isConfirmed = isConfirmed
        row.publish(
            endpoint, isConfirmed: isConfirmed, learnedEpoch: port.pointee.filter.learnedEpoch, now: now)
        if let leg { noteReadiness(of: leg) }
    }
}

extension PacketPath {
    /// First words of the kinds of traffic in a row.
    enum Traffic {
        @inline(__always)
        static func received(isRTCP: Bool) -> Int {
            isRTCP ? CounterRow.Word.rtcpIn : CounterRow.Word.rtpIn
        }

        @inline(__always)
        static func sent(isRTCP: Bool) -> Int {
            isRTCP ? CounterRow.Word.rtcpOut : CounterRow.Word.rtpOut
        }
    }

    @inline(__always)
    func row(_ slot: Int) -> CounterRow {
        firstRow.row(after: slot)
    }

    /// What the port in a slot has for conversions.
    @inline(__always)
    func conversion(of slot: Int) -> UnsafeMutablePointer<ConversionSeat>? {
        slots[slot].isConverted ? seats[slot] : nil
    }

    /// Whether `port` is the present owner of its slot.
    func isOpen(_ port: LocalPortID) -> Bool {
        let slot = Int(port.slot)
        return slot < initialised && slots[slot].state != .closed && slots[slot].generation == port.generation
    }

    /// Gives back the memory of a long list of sinks, and of their elements.
    func releaseSinks(_ slot: Int) {
        if slots[slot].hasOwnSinks { slots[slot].sinks.deallocate() }
        slots[slot].elements?.deallocate()
        slots[slot].elements = nil
        slots[slot].hasOwnSinks = false
        slots[slot].sinks = sinkCells + slot * PortSlot.inlineSinks
        slots[slot].sinkCount = 0
    }
}
