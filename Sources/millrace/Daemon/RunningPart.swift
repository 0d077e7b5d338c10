import ServiceLifecycle

/// A part of the daemon that runs by itself since it was made and only needs to be stopped.
struct RunningPart: Service {
    /// For messages.
    let name: String
    /// Ends the part; returns when it has ended.
    let stop: @Sendable () async -> Void

    func run() async throws {
        // The error says that the whole group is cancelled, which also means to stop.
        try? await gracefulShutdown()
        await stop()
    }
}
