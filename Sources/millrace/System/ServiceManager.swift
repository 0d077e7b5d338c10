import Glibc

/// Tells the service manager how far the daemon is, by the protocol of sd_notify(3).
struct ServiceManager {
    /// `$NOTIFY_SOCKET`: a path, or a name of the abstract namespace that starts with `@`; `nil` without a manager.
    let socketName: String?

    /// The manager that started this process.
    static func ofThisProcess() -> ServiceManager { ServiceManager(socketName: environmentValue("NOTIFY_SOCKET")) }

    /// Sends assignments such as `READY=1`, one to a line. A manager that cannot be reached is not told.
    @discardableResult
    func notify(_ state: String) -> Bool {
        guard let socketName, let first = socketName.utf8.first,
            first == UInt8(ascii: "/") || first == UInt8(ascii: "@")
        else { return false }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(socketName.utf8)
        let isAbstract = first == UInt8(ascii: "@")
        if isAbstract { name[0] = 0 }
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        // The abstract namespace counts every octet; a path ends with its zero.
        let pathOffset = MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path)
        let length = socklen_t(pathOffset + name.count + (isAbstract ? 0 : 1))
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let text = Array(state.utf8)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), $0, length) == text.count
            }
        }
    }
}
