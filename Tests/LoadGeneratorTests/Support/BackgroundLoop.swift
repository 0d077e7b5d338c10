import Glibc
import Synchronization

/// Runs a step again and again in a thread of its own until it is stopped.
final class BackgroundLoop: Sendable {
    private let step: @Sendable () -> Void
    private let stopping = Atomic(false)
    private let ended = Atomic(false)

    init(_ step: @escaping @Sendable () -> Void) {
        self.step = step
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<BackgroundLoop>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }

    private func run() {
        while !stopping.load(ordering: .relaxed) { step() }
        ended.store(true, ordering: .releasing)
    }

    /// Ends the loop and waits for the step in progress.
    func stop() {
        stopping.store(true, ordering: .relaxed)
        while !ended.load(ordering: .acquiring) { sched_yield() }
    }
}
