internal import Glibc
public import Logging
internal import NIOCore
public import NIOPosix

/// The control protocol on a local socket: requests on lines, any number on a connection, some at the same time.
///
/// Who may open the socket is the file's permission; there is no other check.
public final class ControlSocketListener: Sendable {
    /// The name of the socket.
    public let path: String
    private let server: StreamServer
    /// Tells our socket from one that another process has put in its place.
    private let identity: FileIdentity?

    private init(path: String, server: StreamServer) {
        self.path = path
        self.server = server
        identity = FileIdentity(path)
    }

    /// Makes the socket and serves it. A socket of that name that nobody listens on is replaced.
    ///
    /// - Parameter mode: permission of the file.
    public static func start(
        at path: String, mode: UInt32, group: MultiThreadedEventLoopGroup, logger: Logger, connections: Int = 64,
        service: @escaping LineService
    ) async throws(LocalSocketError) -> ControlSocketListener {
        let descriptor = try LocalSocket.bind(path, mode: mode)
        let log = LimitedLog(logger)
        let limits = LineLimits(
            name: "control", words: 65_536, json: 65_536, requestsInProgress: 8, keepsOpen: true, idleSeconds: 3600,
            stuckSeconds: 30)
        do {
            let server = try await StreamServer.start(
                onBound: descriptor, group: group,
                StreamServer.Settings(name: "control", connections: connections, allowsHalfClosure: true, log: log)
            ) { channel in
                try channel.pipeline.syncOperations.addHandler(
                    LineConnectionHandler(channel: channel, limits: limits, log: log, service: service))
            }
            return ControlSocketListener(path: path, server: server)
        } catch {
            unlink(path)
            throw LocalSocketError(path: path, reason: "\(error)")
        }
    }

    /// Takes no more connections, ends the commands under way, closes what is open, and removes the socket.
    public func stop() async {
        await server.stop()
        if let identity, FileIdentity(path) == identity { unlink(path) }
    }
}

/// Why a local socket could not be made.
public struct LocalSocketError: Error, Sendable, Equatable {
    /// The name of the socket.
    public let path: String
    /// What went wrong, for people.
    public let reason: String

    /// An error.
    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }
}

/// Which file a name stands for.
private struct FileIdentity: Equatable {
    var device: UInt64
    var number: UInt64

    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
    }
}

/// Local stream sockets by the functions of the system: between binding and listening, when nobody can connect yet,
/// the file gets its permission.
enum LocalSocket {
    /// Binds a socket to `path` and returns its descriptor.
    static func bind(_ path: String, mode: UInt32) throws(LocalSocketError) -> CInt {
        guard var address = address(path) else {
            throw LocalSocketError(path: path, reason: "the name is empty or longer than 107 octets")
        }
        try removeStale(path, &address)
        let descriptor = open()
        guard descriptor >= 0 else { throw failure(path) }
        guard with(&address, { Glibc.bind(descriptor, $0, $1) }) == 0, chmod(path, mode) == 0 else {
            let error = failure(path)
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func open() -> CInt {
        socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
    }

    /// Removes a socket that a process left behind. One that somebody listens on, and any other file, stay.
    private static func removeStale(_ path: String, _ address: inout sockaddr_un) throws(LocalSocketError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw LocalSocketError(path: path, reason: "the file exists and is no socket")
        }
        let probe = open()
        guard probe >= 0 else { throw failure(path) }
        defer { close(probe) }
        guard with(&address, { connect(probe, $0, $1) }) != 0, errno == ECONNREFUSED else {
            throw LocalSocketError(path: path, reason: "another process listens on it")
        }
        unlink(path)
    }

    private static func address(_ path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        guard !name.isEmpty, name.count < MemoryLayout.size(ofValue: address.sun_path), !name.contains(0) else {
            return nil
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        return address
    }

    private static func with(
        _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func failure(_ path: String) -> LocalSocketError {
        LocalSocketError(path: path, reason: String(cString: strerror(errno)))
    }
}
