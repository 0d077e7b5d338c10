import CLinuxIO
import Glibc
import Synchronization

/// The thread that does the work beside the media. It runs where the relay runs, because sending and receiving the media
/// keeps the generator's processor busy, and gets only the time that nobody else wants.
final class StormThread: Sendable {
    private let load = Atomic(StormLoad.none.rawValue)
    private let stopping = Atomic(false)
    private let tally = Mutex(StormTally())
    private let failure = Mutex<LoadError?>(nil)
    private let burned = Atomic<UInt64>(0)
    private let interval: UInt64
    private let processors: [Int]?
    private let thread = Mutex<pthread_t?>(nil)

    /// How soon it looks for datagrams again when there were none.
    private static let pause: UInt64 = 200_000

    init(handshakesPerSecond: Int, processors: [Int]?) {
        self.processors = processors
        interval = 1_000_000_000 / UInt64(max(1, handshakesPerSecond))
    }

    /// Starts the thread; it inherits the processors of the caller.
    func start(_ storm: consuming HandshakeStorm, identity: DTLSIdentity) throws(LoadError) {
        var thread = pthread_t()
        let start = StormStart(self, storm, identity)
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<StormStart>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(start).toOpaque())
        guard result == 0 else {
            Unmanaged.passUnretained(start).release()
            throw .system(call: "pthread_create", errno: result)
        }
        self.thread.withLock { $0 = thread }
    }

    /// Changes what it does.
    func turn(to load: StormLoad) { self.load.store(load.rawValue, ordering: .relaxed) }

    /// What became of the calls so far, and how many ends have been computed in vain.
    var work: (tally: StormTally, burned: UInt64) { (tally.withLock { $0 }, burned.load(ordering: .relaxed)) }

    /// Throws what ended the thread early.
    func check() throws(LoadError) {
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// Ends the thread and waits for it.
    func stop() {
        stopping.store(true, ordering: .relaxed)
        if let thread = thread.withLock({ $0.take() }) { pthread_join(thread, nil) }
    }

    fileprivate func run(_ storm: inout HandshakeStorm, _ identity: DTLSIdentity) {
        do throws(LoadError) {
            if let processors, let set = ProcessorSet(processors) { try set.apply() }
            let result = batch_set_idle_priority()
            guard result == 0 else { throw .system(call: "sched_setscheduler", errno: -result) }
            try work(&storm, identity)
        } catch {
            failure.withLock { $0 = error }
        }
    }

    private func work(_ storm: inout HandshakeStorm, _ identity: DTLSIdentity) throws(LoadError) {
        var due = batch_now()
        while !stopping.load(ordering: .relaxed) {
            let now = batch_now()
            let load = StormLoad(rawValue: load.load(ordering: .relaxed)) ?? .none
            // A storm that could not keep up for a moment does not make up for it.
            if load == .none || due &+ 250_000_000 < now { due = max(due, now) }
            switch load {
            case .none: break
            case .storm:
                while due <= now {
                    try storm.begin(now: now)
                    due &+= interval
                }
            case .control:
                guard due <= now else { break }
                try burn(identity)
                // Both ends of a handshake were computed.
                due &+= 2 &* interval
            }
            let wasBusy = try storm.advance(now: now)
            tally.withLock { $0 = storm.report }
            if !wasBusy { batch_sleep_until(min(max(due, now &+ 20_000), batch_now() &+ Self.pause)) }
        }
    }

    /// One handshake between two ends in memory.
    private func burn(_ identity: DTLSIdentity) throws(LoadError) {
        let client = try DTLSPeer(identity, isClient: true, expecting: identity.fingerprint)
        let server = try DTLSPeer(identity, isClient: false, expecting: identity.fingerprint)
        client.advance()
        for _ in 0..<8 {
            for datagram in client.takeDatagrams() { datagram.withUnsafeBytes { server.receive($0) } }
            for datagram in server.takeDatagrams() { datagram.withUnsafeBytes { client.receive($0) } }
            if client.state != .waiting, server.state != .waiting { break }
        }
        guard case .established = client.state, case .established = server.state else {
            throw .security("a handshake in memory failed: \(client.state), \(server.state)")
        }
        burned.wrappingAdd(2, ordering: .relaxed)
    }
}

/// What the thread gets at its start and then owns alone.
private final class StormStart {
    private let thread: StormThread
    private var storm: HandshakeStorm
    private let identity: DTLSIdentity

    init(_ thread: StormThread, _ storm: consuming HandshakeStorm, _ identity: DTLSIdentity) {
        self.thread = thread
        self.storm = storm
        self.identity = identity
    }

    func run() { thread.run(&storm, identity) }
}
