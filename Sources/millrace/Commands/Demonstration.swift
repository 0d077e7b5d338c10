import Dispatch
import Glibc
import LoadGenerator
import NetTypes
import Synchronization

/// The call of `millrace demo`, on a thread of its own because it waits.
final class Demonstration: Sendable {
    private let options: DemonstrationOptions
    private let once: Bool
    private let failed = Atomic<Bool>(false)

    /// A call that ends the program after it when it is the only purpose.
    init(_ options: DemonstrationOptions, once: Bool) {
        self.options = options
        self.once = once
    }

    /// The call could not be made, or was not good.
    var hasFailed: Bool { failed.load(ordering: .relaxed) }

    /// Places the call.
    func start() {
        DispatchQueue(label: "demonstration").async { self.run() }
    }

    private func run() {
        let kind = options.isCallerBrowser ? "A WebRTC party and a plain one" : "Two parties"
        writeText("\(kind) talk through the relay for \(options.duration) seconds.\n", to: STDOUT_FILENO)
        do throws(LoadError) {
            let call = DemonstrationCall(options) {
                writeText($0 + "\n", to: STDOUT_FILENO)
            } progress: {
                writeText($0.text + "\n", to: STDOUT_FILENO)
            }
            let report = try call.run()
            writeText(report.text, to: STDOUT_FILENO)
            if !report.isGood { failed.store(true, ordering: .relaxed) }
        } catch {
            complain("the call failed: \(error.description)")
            failed.store(true, ordering: .relaxed)
        }
        if once {
            kill(getpid(), SIGTERM)
        } else {
            writeText("The relay goes on serving ng on \(options.control); Ctrl-C ends it.\n", to: STDOUT_FILENO)
        }
    }
}
