import DaemonConfiguration
import Glibc

/// The file that names the daemon's process while it runs.
struct PIDFile {
    let path: String

    /// Writes the process id.
    func write() throws(StartupError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw StartupError("cannot write pidfile \(path): \(errorText(errno))") }
        writeText("\(getpid())\n", to: descriptor)
        close(descriptor)
    }

    /// Removes the file.
    func remove() { unlink(path) }
}
