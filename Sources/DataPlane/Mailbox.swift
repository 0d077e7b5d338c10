import Forwarding
import LinuxIO
import NetTypes
import SRTP
import Synchronization

/// What a worker is told.
enum WorkerCommand: Sendable {
    /// Take over bound sockets.
    case open([OwnedSocket])
    case install([ForwardingPlan])
    case close([LocalPortID])
    /// Keep the sockets for the next leases.
    case park([ParkedUnit])
    /// Use a parked socket, or a parked pair, for a new lease.
    case adopt([AdoptedPort])
    /// Send datagrams of a handshake to the peer.
    case transmitHandshake(LocalPortID, association: UInt64, [[UInt8]])
    /// Use the keys that a handshake led to.
    case installKeys(LocalPortID, association: UInt64, receiving: SRTPPolicy, sending: SRTPPolicy)
    /// Take copies of the packets of ports at these points from now on.
    case tap([LocalPortID], TapPoints)
    case stop
}

/// A bound socket on its way to its worker; whoever holds the value closes it or hands it on.
struct OwnedSocket: Sendable, BitwiseCopyable {
    let port: LocalPortID
    let descriptor: Int32
    let family: IPAddress.Family
    /// The TOS byte it was given when bound.
    let tos: UInt8
    /// Index of the pool that the port is from.
    var pool = 0
}

/// Commands on their way to a worker, from any thread, in order.
final class Mailbox: Sendable {
    private struct Contents {
        var commands: [WorkerCommand] = []
        var isClosed = false
    }

    /// New ports are refused while this many commands wait. The others are always taken: their number is bounded by
    /// that of the ports and what their handshakes may cost, and refusing them would leak one.
    static let limit = 65_536

    private let contents = Mutex(Contents())
    private let hasMail = Atomic<Bool>(false)
    /// There is something in a ring.
    private let wasKnocked = Atomic<Bool>(false)
    /// A ``Posture``.
    private let posture = Atomic<UInt8>(Posture.awake.rawValue)
    private let event: EventFD

    init() throws(SystemError) {
        event = try EventFD()
    }

    deinit {
        contents.withLock { contents in
            for case .open(let sockets) in contents.commands {
                for socket in sockets { _ = FileDescriptor(takingOwnershipOf: socket.descriptor) }
            }
        }
    }

    /// The descriptor that becomes readable when a waiting worker gets mail.
    var eventNumber: Int32 { event.number }

    /// How soon a command is to be carried out. Waking a thread costs more than most commands.
    enum Urgency {
        /// With the next command that does wake the worker, or with the next packet.
        case withTheNext
        /// Now, or after a nap.
        case soon
        case now
    }

    /// What the worker is doing as far as a poster cares.
    private enum Posture: UInt8 {
        /// It looks for mail before it waits.
        case awake
        /// It waits for packets for a short time.
        case napping
        /// It waits for packets, perhaps for long.
        case waiting
    }

    /// Leaves a command; false when the worker takes none any more, or no new ports at present.
    func post(_ command: WorkerCommand, _ urgency: Urgency = .now) -> Bool {
        let isTaken = contents.withLock { contents in
            if contents.isClosed { return false }
            if case .open = command, contents.commands.count >= Mailbox.limit { return false }
            contents.commands.append(command)
            return true
        }
        guard isTaken else { return false }
        hasMail.store(true, ordering: .sequentiallyConsistent)
        switch urgency {
        case .withTheNext: break
        case .soon: wake(from: .waiting)
        case .now:
            wake(from: .waiting)
            wake(from: .napping)
        }
        return true
    }

    /// Wakes the worker for something that it finds elsewhere, such as in a ring.
    func knock() {
        wasKnocked.store(true, ordering: .sequentiallyConsistent)
        wake(from: .waiting)
    }

    /// Somebody has knocked since ``answerKnock()``. For the worker only; true for certain only between
    /// ``beginWaiting(napping:)`` and the end of the wait.
    var isKnocked: Bool { wasKnocked.load(ordering: .sequentiallyConsistent) }

    /// Says that the worker is about to look; false when nobody has knocked. For the worker only.
    func answerKnock() -> Bool {
        guard wasKnocked.load(ordering: .relaxed) else { return false }
        wasKnocked.store(false, ordering: .sequentiallyConsistent)
        return true
    }

    private func wake(from posture: Posture) {
        let (isWoken, _) = self.posture.compareExchange(
            expected: posture.rawValue, desired: Posture.awake.rawValue, ordering: .sequentiallyConsistent)
        if isWoken { event.signal() }
    }

    /// Moves all commands to `commands`, which must be empty. For the worker only.
    func take(into commands: inout [WorkerCommand]) {
        guard hasMail.load(ordering: .relaxed) else { return }
        hasMail.store(false, ordering: .sequentiallyConsistent)
        contents.withLock { contents in swap(&contents.commands, &commands) }
    }

    /// Says that the worker is going to wait, or only to nap; false when it must not because there is mail. For the
    /// worker only.
    func beginWaiting(napping: Bool = false) -> Bool {
        let next = napping ? Posture.napping : .waiting
        posture.store(next.rawValue, ordering: .sequentiallyConsistent)
        guard hasMail.load(ordering: .sequentiallyConsistent) else { return true }
        endWaiting()
        return false
    }

    /// Says that the worker is awake. For the worker only.
    func endWaiting() {
        posture.store(Posture.awake.rawValue, ordering: .relaxed)
    }

    /// Makes the event unreadable after it was reported. For the worker only.
    func clearEvent() {
        event.clear()
    }

    /// Takes no more commands, closes the sockets that were on their way, and returns their slots. For the worker
    /// only, at its end.
    func close() -> [UInt32] {
        let left = contents.withLock { contents in
            contents.isClosed = true
            let commands = contents.commands
            contents.commands = []
            return commands
        }
        var slots: [UInt32] = []
        for case .open(let sockets) in left {
            for socket in sockets {
                _ = FileDescriptor(takingOwnershipOf: socket.descriptor)
                slots.append(socket.port.slot)
            }
        }
        return slots
    }
}
