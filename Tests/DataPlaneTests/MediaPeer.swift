import Glibc
import LinuxIO
import NetTypes
import Testing

/// A phone: one socket that sends and receives.
final class MediaPeer {
    private let socket: UDPSocket
    let address: TransportAddress
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    private let name = UnsafeMutableRawPointer.allocate(byteCount: SocketAddress.size, alignment: 16)

    init(on address: IPAddress = freshAddress(), receiveBuffer: Int? = nil) throws {
        let socket = try UDPSocket(bindingTo: TransportAddress(address, 0))
        if let receiveBuffer { try socket.setReceiveBuffer(bytes: receiveBuffer) }
        self.address = try socket.localAddress()
        self.socket = socket
    }

    deinit {
        buffer.deallocate()
        name.deallocate()
    }

    func send(_ bytes: [UInt8], to destination: TransportAddress, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let sent = (bytes + [0]).withUnsafeBytes { memory in
            guard let start = memory.baseAddress else { return -1 }
            return DatagramIO.send(
                from: socket.number, bytes: start, count: Int32(bytes.count), to: destination, name: name)
        }
        try #require(sent == bytes.count, sourceLocation: sourceLocation)
    }

    /// The next datagram; `nil` when none came within `seconds`.
    func receive(within seconds: Double = 10) -> (bytes: [UInt8], source: TransportAddress?)? {
        let deadline = MonotonicClock.now() + UInt64(seconds * 1e9)
        while true {
            var length: UInt32 = 0
            let count = DatagramIO.receive(from: socket.number, into: buffer, name: name, nameLength: &length)
            if count >= 0 {
                return (Array(buffer.prefix(count)), SocketAddress.read(name, length: length))
            }
            let now = MonotonicClock.now()
            guard now < deadline else { return nil }
            var waiting = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
            poll(&waiting, 1, Int32((deadline - now) / 1_000_000) + 1)
        }
    }

    /// Expects `bytes` from `source` next.
    func expect(
        _ bytes: [UInt8], from source: TransportAddress, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let datagram = try #require(receive(), sourceLocation: sourceLocation)
        #expect(datagram.bytes == bytes, sourceLocation: sourceLocation)
        #expect(datagram.source == source, sourceLocation: sourceLocation)
    }
}

/// An RTP packet of payload type 0 with `payload` bytes.
func rtp(_ sequenceNumber: Int, ssrc: UInt32 = 0x1234_5678, payload: Int = 160) -> [UInt8] {
    let sequence = UInt16(truncatingIfNeeded: sequenceNumber)
    var bytes: [UInt8] = [0x80, 0, UInt8(sequence >> 8), UInt8(sequence & 0xFF), 0, 0, 0, 0]
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: ssrc >> UInt32(shift))) }
    return bytes + (0..<payload).map { UInt8(truncatingIfNeeded: $0 &+ sequenceNumber) }
}

/// An empty RTCP receiver report.
let receiverReport: [UInt8] = [0x80, 201, 0, 1, 0x12, 0x34, 0x56, 0x78]
