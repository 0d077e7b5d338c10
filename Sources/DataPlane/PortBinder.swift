import Forwarding
import Glibc
import LinuxIO
import NetTypes

/// Binds the sockets of a lease: all of them or none.
struct PortBinder: Sendable {
    /// Kernel memory in bytes for waiting packets; `nil` for the kernel's default.
    let receiveBuffer: Int?

    enum Outcome: Equatable {
        /// The descriptors, in the order of the ports; the receiver owns them.
        case bound([Int32])
        /// Another program holds the port at this index.
        case inUse(Int)
        case failed(SystemError)
    }

    func bind(_ ports: [UInt16], on address: IPAddress, tos: UInt8) -> Outcome {
        var bound: [Int32] = []
        for (index, port) in ports.enumerated() {
            do throws(SystemError) {
                let socket = try UDPSocket(bindingTo: TransportAddress(address, port))
                if tos != 0 { try socket.setTOS(tos) }
                // Without it the relay works as well; only what ICMP says is not known.
                try? socket.setErrorReports(true)
                if let receiveBuffer { try socket.setReceiveBuffer(bytes: receiveBuffer) }
                bound.append(socket.release())
            } catch {
                for descriptor in bound { _ = FileDescriptor(takingOwnershipOf: descriptor) }
                return error.code == EADDRINUSE ? .inUse(index) : .failed(error)
            }
        }
        return .bound(bound)
    }
}
