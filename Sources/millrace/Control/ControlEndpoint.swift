import Glibc
import NetTypes

/// Where a running relay takes operators' commands.
enum ControlEndpoint: Equatable, CustomStringConvertible {
    /// A local socket.
    case socket(String)
    /// A TCP port of the command line interface.
    case address(TransportAddress)

    /// The socket that the systemd unit makes.
    static let standardSocket = "/run/millrace/control.sock"
    /// Where rtpengine's tool looks.
    static let standardAddress = TransportAddress(IPAddress(ipv4: 0x7F00_0001), 9900)

    var description: String {
        switch self {
        case .socket(let path): path
        case .address(let address): "\(address)"
        }
    }

    /// The endpoint that options name, else the standard socket where it exists, else the standard address.
    static func choose(socket: String?, address: TransportAddress?) -> ControlEndpoint {
        if let socket { return .socket(socket) }
        if let address { return .address(address) }
        return access(standardSocket, R_OK | W_OK) == 0 ? .socket(standardSocket) : .address(standardAddress)
    }

    /// Connects, and returns the descriptor, or a negative error number.
    func connect() -> Int32 {
        switch self {
        case .socket(let path):
            var address = sockaddr_un()
            let name = Array(path.utf8)
            guard !name.isEmpty, name.count < MemoryLayout.size(ofValue: address.sun_path) else { return -ENAMETOOLONG }
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
            return ControlEndpoint.connect(AF_UNIX, &address)
        case .address(let address) where address.address.family == .ipv4:
            var raw = sockaddr_in()
            raw.sin_family = sa_family_t(AF_INET)
            raw.sin_port = address.port.bigEndian
            raw.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.address.low).bigEndian
            return ControlEndpoint.connect(AF_INET, &raw)
        case .address(let address):
            var raw = sockaddr_in6()
            raw.sin6_family = sa_family_t(AF_INET6)
            raw.sin6_port = address.port.bigEndian
            withUnsafeMutableBytes(of: &raw.sin6_addr) { bytes in
                bytes.storeBytes(of: address.address.high.bigEndian, as: UInt64.self)
                bytes.storeBytes(of: address.address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return ControlEndpoint.connect(AF_INET6, &raw)
        }
    }

    private static func connect<Address>(_ family: Int32, _ address: inout Address) -> Int32 {
        let descriptor = Glibc.socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return -errno }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard result == 0 else {
            let error = errno
            close(descriptor)
            return -error
        }
        return descriptor
    }
}
