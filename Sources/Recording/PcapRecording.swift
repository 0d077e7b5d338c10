import Capture
import Forwarding
import Logging
import NetTypes
import Synchronization

/// One recording of one call: a file of its packets, without encryption, and a text that says what they are.
///
/// Signalling begins, interrupts and ends it; everything that touches files happens on the observers' thread.
final class PcapRecording: PacketObserver {
    private enum Phase {
        case waiting
        case running
        /// The next so many turns may still bring packets from before the end.
        case ending(turns: Int)
        case ended
    }

    private struct State {
        var phase = Phase.waiting
        var isPaused = false
        var discards = false
        var call: RecordedCall
        var locals: [LocalPortID: TransportAddress] = [:]
        /// What the file still lacks.
        var packets: [UInt8] = []
        var packetCount: UInt64 = 0
        var missed: UInt64 = 0
        var metadata: [UInt8] = []
        var terminatedMicroseconds: Int64?
    }

    /// Both files, which the observers' thread alone touches.
    private struct Files: ~Copyable {
        var packets: OutputFile
        var metadata: OutputFile
    }

    /// The names of its files.
    let names: RecordingDirectory.Names
    private let options: RecordingSetup
    private let clock: RecordingClock
    private let epochOffset: UInt64
    private let logger: Logger
    private let beganMicroseconds: Int64
    private let state: Mutex<State>
    private let files = Mutex<Files?>(nil)

    init(
        of call: RecordedCall, names: RecordingDirectory.Names, options: RecordingSetup, clock: RecordingClock,
        logger: Logger
    ) {
        self.names = names
        self.options = options
        self.clock = clock
        self.logger = logger
        epochOffset = clock.epochOffset()
        beganMicroseconds = clock.wallMicroseconds()
        state = Mutex(State(call: call))
        update(call)
        state.withLock { $0.metadata += Array("\(names.packets)\n\n".utf8) }
    }

    /// Nothing more comes of it: the file could not be written.
    var hasFailed: Bool {
        state.withLock { state in if case .ended = state.phase { true } else { false } }
    }

    // MARK: - Signalling

    /// The call has other ports or another text now.
    func update(_ call: RecordedCall) {
        state.withLock { state in
            state.call = call
            // Ports that are gone may still have packets on their way.
            for port in call.ports { state.locals[port.lease.id] = port.lease.local }
        }
    }

    /// Takes down an SDP that was sent.
    func note(_ description: SignalledDescription) {
        guard description.isRewritten else { return }
        let head = """

            Timestamp started ms: \(TimeText.milliseconds(description.microseconds))
            SDP mode: \(description.isAnswer ? "answer" : "offer")
            SDP before RTP packet: 

            """.dropLast()
        state.withLock { state in
            state.metadata += Array(head.utf8) + Array("\(state.packetCount + 1)\n\n".utf8) + description.sdp
        }
    }

    /// Lets packets pass by, or takes them again.
    func pause(_ isPaused: Bool) {
        state.withLock { $0.isPaused = isPaused }
    }

    /// Ends the recording: what has happened until now is still written.
    func end(discards: Bool, callIsOver: Bool) {
        let now = clock.wallMicroseconds()
        state.withLock { state in
            state.discards = discards
            if callIsOver { state.terminatedMicroseconds = now }
            switch state.phase {
            // The turn under way may have passed our packets already, so the one after it counts.
            case .waiting, .running: state.phase = .ending(turns: 2)
            case .ending, .ended: break
            }
        }
    }

    // MARK: - Packets

    func observe(_ item: ObservedItem) {
        guard case .packet(let packet) = item, Self.isMedia(packet) else { return }
        state.withLock { state in
            guard !state.isPaused, let local = state.locals[packet.port] else { return }
            let isInward = packet.fate != .sent
            let frame = DatagramFrame.make(
                from: isInward ? packet.remote : local, to: isInward ? local : packet.remote, payload: packet.bytes,
                originalCount: packet.originalCount, linkType: options.linkType)
            PcapFormat.append(
                frame.bytes, originalCount: frame.originalCount, nanoseconds: packet.nanoseconds &+ epochOffset,
                to: &state.packets)
            state.packetCount += 1
        }
    }

    /// What was let in or sent, and is no check or handshake.
    private static func isMedia(_ packet: ObservedPacket) -> Bool {
        switch packet.fate {
        case .forwarded, .sent: break
        case .taken: return false
        case .dropped(let reason):
            // Let in, though nobody could be found to send it to.
            guard [.noSink, .noDestination, .blocked].contains(reason) else { return false }
        }
        return packet.points.intersection(.clear) != []
    }

    func missed(_ packets: UInt64) {
        let isFirst = state.withLock { state in
            defer { state.missed += packets }
            return state.missed == 0
        }
        if isFirst { logger.warning("packets are missing from a recording", metadata: ["file": "\(names.packets)"]) }
    }

    func caughtUp() -> Bool {
        let phase = state.withLock { $0.phase }
        switch phase {
        case .ended: return false
        case .waiting: begin()
        case .running: flush()
        case .ending(let turns) where turns > 1:
            state.withLock { $0.phase = .ending(turns: turns - 1) }
            flush()
        case .ending:
            finish()
            return false
        }
        return true
    }

    // MARK: - Files

    /// Makes the files.
    private func begin() {
        do throws(OutputFile.Failure) {
            try open()
            state.withLock { state in
                if case .waiting = state.phase { state.phase = .running }
            }
        } catch {
            fail(error)
        }
    }

    private func open() throws(OutputFile.Failure) {
        options.directory.prepare(for: names.packets)
        let packets = try OutputFile(creating: names.packets)
        try packets.write(PcapFormat.header(options.linkType))
        let metadata = try OutputFile(creating: names.temporary)
        var opened: Files? = Files(packets: packets, metadata: metadata)
        files.withLock { files in
            files = opened.take()
        }
    }

    /// Writes what has gathered.
    private func flush() {
        let (packets, metadata) = state.withLock { state in
            defer { (state.packets, state.metadata) = ([], []) }
            return (state.packets, state.metadata)
        }
        let failure = files.withLock { files -> OutputFile.Failure? in
            do throws(OutputFile.Failure) {
                if !packets.isEmpty { try files?.packets.write(packets) }
                if !metadata.isEmpty { try files?.metadata.write(metadata) }
                return nil
            } catch {
                return error
            }
        }
        if let failure { fail(failure) }
    }

    /// Gives up: what was written stays as it is.
    private func fail(_ failure: OutputFile.Failure) {
        logger.error("recording failed", metadata: ["reason": "\(failure)"])
        state.withLock { state in
            state.phase = .ended
            (state.packets, state.metadata) = ([], [])
        }
        files.withLock { $0 = nil }
    }

    private func finish() {
        let isOpen = files.withLock { $0 != nil }
        // Ended before the first turn.
        if !isOpen { begin() }
        let discards = state.withLock { state in
            state.metadata += Array(closing(state).utf8)
            return state.discards
        }
        flush()
        files.withLock { $0 = nil }
        state.withLock { $0.phase = .ended }
        if discards {
            OutputFile.remove(names.packets)
            OutputFile.remove(names.temporary)
            return
        }
        do throws(OutputFile.Failure) {
            try OutputFile.move(names.temporary, to: names.metadata)
        } catch {
            logger.error("recording failed", metadata: ["reason": "\(error)"])
        }
    }

    private func closing(_ state: State) -> String {
        var text = "\nTimestamp terminated ms(first monologue): "
        text += TimeText.milliseconds(state.terminatedMicroseconds ?? 0) + "\n"
        if state.missed > 0 { text += "\npackets missed: \(state.missed)\n" }
        text += "\ncall start time: \(TimeText.date(beganMicroseconds))\n"
        text += "call end time: \(TimeText.date(clock.wallMicroseconds()))\n"
        if let metadata = state.call.metadata { text += "\n\n\(metadata)\n" }
        return text
    }
}
