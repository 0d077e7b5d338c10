public import Forwarding
import LinuxIO
import PacketPath
import Synchronization

/// Who looks at which ports, and the thread that carries copies of packets from the workers to them. The thread starts
/// with the first observer; without any it sleeps.
final class Observation: Sendable {
    /// One who looks on.
    fileprivate struct Seat {
        let observer: any PacketObserver
        let points: TapPoints
        var ports: Set<LocalPortID>
    }

    private struct Contents {
        var seats: [ObjectIdentifier: Seat] = [:]
        var isRunning = false
        var isStopping = false
        /// Copies lost until now, by worker.
        var missed: [UInt64] = []
    }

    /// How long packets gather before they are handed over, in microseconds: short beside what fits into a worker's
    /// ring. Where they are few, as those of one call are, every turn of the thread costs more than its packets.
    private static let pause: UInt32 = 10_000
    private static let longPause: UInt32 = 40_000
    private static let fewItems = 128
    private static let lastTurns = 4
    private static let itemsPerTurn = 65_536

    private let contents = Mutex(Contents())
    private let thread = Mutex<OwnedThread?>(nil)
    /// Held while observers are called, so that one can be told when it is over.
    private let handingOver = Mutex(())
    private let wake: Result<EventHandle, SystemError>

    init() {
        do throws(SystemError) {
            wake = .success(try EventHandle())
        } catch {
            wake = .failure(error)
        }
    }

    /// Adds `observer`.
    func attach(
        _ observer: any PacketObserver, to ports: [LocalPortID], at points: TapPoints, of workers: [Worker]
    ) {
        let starts = contents.withLock { contents in
            guard !contents.isStopping else { return false }
            contents.seats[ObjectIdentifier(observer)] = Seat(observer: observer, points: points, ports: Set(ports))
            if contents.isRunning { return false }
            contents.isRunning = true
            contents.missed = workers.map(\.taps.missed)
            return true
        }
        guard case .success(let wake) = wake else { return }
        if starts {
            thread.withLock { thread in
                thread = try? OwnedThread(name: "observers", stackSize: 512 * 1024) { self.run(workers, wake) }
            }
        }
        wake.event.signal()
        apply(ports, on: workers)
    }

    /// Replaces the ports of an observer.
    func setPorts(_ ports: [LocalPortID], of observer: any PacketObserver, on workers: [Worker]) {
        let changed = contents.withLock { contents -> Set<LocalPortID> in
            guard let before = contents.seats[ObjectIdentifier(observer)]?.ports else { return [] }
            contents.seats[ObjectIdentifier(observer)]?.ports = Set(ports)
            return before.symmetricDifference(ports)
        }
        apply(changed, on: workers)
    }

    /// Removes an observer, which is not called again. Not to be called by an observer from its thread.
    func detach(_ observer: any PacketObserver, from workers: [Worker]) {
        remove(observer, from: workers)
        handingOver.withLock { _ in }
    }

    private func remove(_ observer: any PacketObserver, from workers: [Worker]) {
        let seat = contents.withLock { $0.seats.removeValue(forKey: ObjectIdentifier(observer)) }
        apply(seat?.ports ?? [], on: workers)
    }

    /// Ends the thread, after what has happened so far was seen.
    func stop() {
        contents.withLock { $0.isStopping = true }
        if case .success(let wake) = wake { wake.event.signal() }
        thread.withLock { $0.take() }?.join()
    }

    /// Has the workers copy what is wanted of `ports` now.
    private func apply(_ ports: some Sequence<LocalPortID>, on workers: [Worker]) {
        // Posted under the lock, so that what was wanted last comes last.
        contents.withLock { contents in
            let wanted = Dictionary(grouping: ports) { port in
                TapRequest(
                    worker: Int(port.worker),
                    points: contents.seats.values.reduce(into: []) { points, seat in
                        if seat.ports.contains(port) { points.formUnion(seat.points) }
                    })
            }
            for (request, ports) in wanted where workers.indices.contains(request.worker) {
                // A worker that has ended has no packets either.
                _ = workers[request.worker].seat.mailbox.post(.tap(ports, request.points))
            }
        }
    }

    private struct TapRequest: Hashable {
        var worker: Int
        var points: TapPoints
    }

    // MARK: - The thread

    private func run(_ workers: [Worker], _ wake: EventHandle) {
        while true {
            let (isStopping, isIdle) = contents.withLock { ($0.isStopping, $0.seats.isEmpty) }
            guard !isStopping else { break }
            let items = handOver(workers)
            if isIdle {
                wake.event.clear()
            } else {
                MonotonicClock.sleep(microseconds: items > Self.fewItems ? Self.pause : Self.longPause)
            }
        }
        // Whoever ends with the calls writes its last words.
        for _ in 0..<Self.lastTurns { _ = handOver(workers) }
    }

    /// How many items were handed over.
    private func handOver(_ workers: [Worker]) -> Int {
        handingOver.withLock { _ in
            var items = 0
            var seats: [Seat] = []
            var byPort: [LocalPortID: [Seat]] = [:]
            contents.withLock { contents in
                seats = Array(contents.seats.values)
                for seat in seats {
                    for port in seat.ports { byPort[port, default: []].append(seat) }
                }
            }
            for (place, source) in workers.enumerated() {
                let worker = UInt16(truncatingIfNeeded: place)
                // No more than was there at the beginning: a flood must not keep the others waiting.
                var budget = Self.itemsPerTurn
                while budget > 0, let item = source.taps.next(worker: worker) {
                    for seat in byPort[item.port] ?? [] { seat.show(item) }
                    budget -= 1
                }
                items += Self.itemsPerTurn - budget
                let missed = source.taps.missed
                let before = contents.withLock { contents in
                    let before = contents.missed[place]
                    contents.missed[place] = missed
                    return before
                }
                guard missed > before else { continue }
                for seat in seats where seat.ports.contains(where: { $0.worker == worker }) {
                    seat.observer.missed(missed - before)
                }
            }
            for seat in seats where !seat.observer.caughtUp() { remove(seat.observer, from: workers) }
            return items
        }
    }
}

extension Observation.Seat {
    /// Another observer of the port may want other points.
    fileprivate func show(_ item: ObservedItem) {
        guard case .packet(var packet) = item else { return observer.observe(item) }
        packet.points.formIntersection(points)
        if !packet.points.isEmpty { observer.observe(.packet(packet)) }
    }
}

/// An event with a place of its own.
private final class EventHandle: Sendable {
    let event: EventFD

    init() throws(SystemError) {
        event = try EventFD()
    }
}

// MARK: - The plane

extension DataPlane: ObservableMediaPlane {
    /// Has copies of the ports' packets made and handed to `observer`.
    public func attach(_ observer: any PacketObserver, to ports: [LocalPortID], at points: TapPoints) {
        observation.attach(observer, to: ports, at: points, of: workers)
    }

    /// Replaces the ports that `observer` sees.
    public func setPorts(_ ports: [LocalPortID], of observer: any PacketObserver) {
        observation.setPorts(ports, of: observer, on: workers)
    }

    /// Ends the copies that nobody else wants.
    public func detach(_ observer: any PacketObserver) {
        observation.detach(observer, from: workers)
    }

    /// What the workers' flight recorders still know of `ports`.
    public func flightRecord(of ports: [LocalPortID], before nanoseconds: UInt64) -> [ObservedItem] {
        var items: [ObservedItem] = []
        for (worker, own) in Dictionary(grouping: ports, by: \.worker) where workers.indices.contains(Int(worker)) {
            guard let recorder = workers[Int(worker)].flightRecorder else { continue }
            items += recorder.items(of: Set(own), worker: worker, before: nanoseconds)
        }
        return items.sorted { $0.nanoseconds < $1.nanoseconds }
    }
}
