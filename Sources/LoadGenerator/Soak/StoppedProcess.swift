import Glibc
import Synchronization

/// Stops another process for a moment, and never for longer than this one lives.
enum StoppedProcess {
    /// The process that is stopped; 0 for none.
    private static let process = Atomic<Int32>(0)
    /// What ends this process from outside, other than SIGKILL.
    private static let endings = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    /// Runs `body` while `other` is stopped. One at a time.
    static func during(_ other: pid_t, _ body: () -> Void) {
        process.store(other, ordering: .sequentiallyConsistent)
        var former: [(Int32, sigaction)] = []
        for number in endings {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                let stopped = StoppedProcess.process.load(ordering: .sequentiallyConsistent)
                if stopped > 0 { kill(stopped, SIGCONT) }
                signal(number, SIG_DFL)
                raise(number)
            }
            var before = sigaction()
            // Who ignores a signal goes on ignoring it, as under nohup.
            guard sigaction(number, nil, &before) == 0, !isIgnored(before), sigaction(number, &action, nil) == 0 else {
                continue
            }
            former.append((number, before))
        }
        kill(other, SIGSTOP)
        body()
        kill(other, SIGCONT)
        for (number, before) in former {
            var before = before
            sigaction(number, &before, nil)
        }
        process.store(0, ordering: .sequentiallyConsistent)
    }

    private static func isIgnored(_ action: sigaction) -> Bool {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
