import Glibc
import Testing

/// Which threads of the running program go before others.
@Suite struct SchedulingTests {
    private struct Policy: Equatable {
        var policy: Int
        var priority: Int

        static let usual = Policy(policy: Int(SCHED_OTHER), priority: 0)
    }

    /// `SCHED_RR` is only for the threads that carry media: a request or a handshake at that priority would hold up
    /// every packet of its processor.
    @Test(
        .enabled(if: SchedulingTests.isRealTimeAllowed, "the kernel refuses real-time priority to this user"),
        arguments: [
            ([], Policy(policy: Int(SCHED_RR), priority: 1)),
            (["--scheduling=fifo", "--priority=3"], Policy(policy: Int(SCHED_FIFO), priority: 3)),
            (["--scheduling=none"], .usual),
        ])
    private func mediaGoesFirst(_ options: [String], _ expected: Policy) throws {
        let port = try TestSocket.freePort()
        let program = try RelayProgram(
            ["--config-file=none", "-i127.0.0.1", "--listen-ng=127.0.0.1:\(port)", "--num-threads=2", "-fE"] + options)
        try program.waitForLine(with: "is ready")
        let threads = try Self.threads(of: program.process)
        let media = threads.filter { $0.name.hasPrefix("media-") }
        #expect(media.map(\.name).sorted() == ["media-0", "media-1"])
        #expect(media.allSatisfy { $0.policy == expected }, "\(media)")
        let others = threads.filter { !$0.name.hasPrefix("media-") }
        #expect(others.contains { $0.name == "ng-udp" })
        #expect(others.allSatisfy { $0.policy == .usual }, "\(others)")
        program.send(SIGTERM)
        #expect(try program.exitStatus() == 0)
    }

    /// Tried with the calling thread, which gets back what it had.
    private static let isRealTimeAllowed: Bool = {
        var parameters = sched_param()
        parameters.sched_priority = 1
        guard sched_setscheduler(0, SCHED_RR, &parameters) == 0 else { return false }
        parameters.sched_priority = 0
        return sched_setscheduler(0, SCHED_OTHER, &parameters) == 0
    }()

    /// Names and policies of the threads of a process (proc(5), `stat`).
    private static func threads(of process: pid_t) throws -> [(name: String, policy: Policy)] {
        let directory = "/proc/\(process)/task"
        let listing = try #require(opendir(directory))
        defer { closedir(listing) }
        var threads: [(name: String, policy: Policy)] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix("."), let text = TextFile.read("\(directory)/\(name)/stat"),
                let start = text.firstIndex(of: "("), let end = text.lastIndex(of: ")")
            else { continue }
            // The name may have spaces; the fields after it have none. Priority and policy are fields 40 and 41.
            let fields = text[end...].dropFirst(2).split(separator: " ")
            let priority = try #require(Int(fields[37]))
            let policy = try #require(Int(fields[38]))
            threads.append((String(text[text.index(after: start)..<end]), Policy(policy: policy, priority: priority)))
        }
        return threads
    }
}
