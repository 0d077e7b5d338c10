import Glibc
import LinuxIO
import NetTypes
import Testing

let ringIsAvailable =
    if case .available = IORing.probe() { true } else { false }

/// A loopback address with a port for the kernel to choose.
func loopback(_ family: IPAddress.Family, _ port: UInt16 = 0) -> TransportAddress {
    switch family {
    case .ipv4: TransportAddress(IPAddress(ipv4: 0x7F00_0001), port)
    case .ipv6: TransportAddress(IPAddress(ipv6High: 0, low: 1), port)
    }
}

/// `#expect` for conditions about values that cannot be copied.
func holds(_ condition: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(condition, sourceLocation: sourceLocation)
}

func makeRing(buffers: Int, payload: Int = 2048, initial: Int? = nil) throws -> IORing {
    var ring = try IORing(submissions: 64, completions: 128)
    try ring.makeBuffers(count: buffers, payload: payload, initial: initial ?? buffers)
    try ring.enable()
    return ring
}

func place(_ socket: borrowing UDPSocket, in ring: inout IORing, usesTable: Bool) throws -> IORing.File {
    guard usesTable else { return .descriptor(socket.number) }
    try ring.registerFiles(count: 4)
    try ring.setFile(socket.number, at: 3)
    return .registered(3)
}

/// Waits for `count` completions and hands each to `body`.
func collect(
    _ count: Int, from ring: inout IORing, _ body: (IORing.Completion, borrowing IORing) throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    var seen = 0
    while seen < count {
        let result = ring.submitAndWait(count: UInt32(count - seen), timeoutNanoseconds: 10_000_000_000)
        try #require(result >= 0 || result == -EINTR, "no completion came", sourceLocation: sourceLocation)
        let waiting = ring.completionCount
        for index in 0..<waiting { try body(ring.completion(at: index), ring) }
        ring.removeCompletions(waiting)
        seen += waiting
    }
    #expect(seen == count, sourceLocation: sourceLocation)
}

/// Binds an address that was in use before. A process that another test starts has copies of all descriptors for a
/// moment, and the ports of closed sockets stay taken as long.
func bindAgain(_ address: TransportAddress, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let deadline = MonotonicClock.now() + 20_000_000_000
    while true {
        do throws(SystemError) {
            _ = try UDPSocket(bindingTo: address)
            return
        } catch {
            guard error.code == EADDRINUSE else { throw error }
            try #require(MonotonicClock.now() < deadline, "the port is free", sourceLocation: sourceLocation)
            MonotonicClock.sleep(microseconds: 200)
        }
    }
}

func send(_ bytes: [UInt8], from socket: borrowing UDPSocket, to destination: TransportAddress) throws {
    let number = socket.number
    let sent = withUnsafeTemporaryAllocation(byteCount: SocketAddress.size, alignment: 8) { name in
        (bytes + [0]).withUnsafeBytes { memory in
            guard let start = memory.baseAddress, let name = name.baseAddress else { return 0 }
            return DatagramIO.send(from: number, bytes: start, count: Int32(bytes.count), to: destination, name: name)
        }
    }
    try #require(sent == bytes.count)
}

/// What waits on `socket` now.
func receive(from socket: borrowing UDPSocket, capacity: Int = 2048) throws -> (count: Int, source: TransportAddress?)?
{
    let number = socket.number
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    let name = UnsafeMutableRawPointer.allocate(byteCount: SocketAddress.size, alignment: 16)
    defer {
        buffer.deallocate()
        name.deallocate()
    }
    var length: UInt32 = 0
    let count = DatagramIO.receive(from: number, into: buffer, name: name, nameLength: &length)
    if count == -Int(EAGAIN) { return nil }
    try #require(count >= 0)
    return (count, SocketAddress.read(name, length: length))
}

/// Number of open descriptors of this process.
func openDescriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
}
