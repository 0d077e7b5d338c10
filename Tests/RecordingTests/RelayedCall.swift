import Bencode
import CallControl
import Capture
import DataPlane
import Forwarding
import Glibc
import LinuxIO
import Logging
import NGProtocol
import NetTypes
import Recording
import SRTP
import SRTPKeying
import Synchronization
import TestSupport
import Testing

/// The relay in one piece, with real sockets on an address of its own, and two phones: one that speaks SRTP and one that
/// does not.
final class RelayedCall {
    final class Ahead: Sendable {
        let nanoseconds = Atomic<UInt64>(0)
    }

    static let callID = "call/1@example.net"

    let plane: DataPlane
    let controller: CallController
    let captures: CaptureService
    /// Nanoseconds that the clock of the captures is ahead.
    let ahead = Ahead()
    let log = LogRecorder()
    let secure: Phone
    let plain: Phone
    private(set) var secureTarget = TransportAddress(.unspecified(.ipv4), 0)
    private(set) var plainTarget = TransportAddress(.unspecified(.ipv4), 0)
    private let address: IPAddress
    private var sender: SRTPSender
    private let key: SDESAttribute
    private static let next = Atomic<UInt32>(0)

    init(_ options: (RecordingDirectory, (inout RecordingSetup) -> Void)? = nil) throws {
        let number = Self.next.wrappingAdd(1, ordering: .relaxed).newValue
        address = IPAddress(ipv4: 0x7F80_0000 | UInt32(getpid() & 0x7F) << 16 | number & 0xFFFF)
        let table = InterfaceTable(specs: ["\(address)"], minimum: 20_000, maximum: 20_099)
        var configuration = DataPlaneConfiguration(pools: table.pools)
        configuration.workers = 1
        plane = try DataPlane(configuration)
        let clock = RecordingClock(
            monotonicNanoseconds: { MonotonicClock.now() },
            wallMicroseconds: {
                var now = timespec()
                clock_gettime(CLOCK_REALTIME, &now)
                return Int64(now.tv_sec) &* 1_000_000 &+ Int64(now.tv_nsec) / 1000
            })
        let logger = log.logger(label: "test")
        var recorder: RecordingService?
        if let (directory, change) = options {
            var settings = RecordingSetup(directory: directory)
            change(&settings)
            recorder = RecordingService(options: settings, plane: plane, clock: clock, logger: logger)
        }
        captures = CaptureService(
            plane: plane,
            clock: RecordingClock(
                monotonicNanoseconds: { [ahead] in
                    clock.monotonicNanoseconds() &+ ahead.nanoseconds.load(ordering: .relaxed)
                }, wallMicroseconds: clock.wallMicroseconds), logger: logger)
        var control = CallControlConfiguration(interfaces: table)
        control.keptSignalling = 8192
        controller = CallController(
            configuration: control, plane: plane,
            clock: ControlClock(
                monotonicNanoseconds: clock.monotonicNanoseconds, wallMicroseconds: clock.wallMicroseconds),
            logger: logger, recorder: recorder, followers: [captures])
        secure = try Phone(on: address)
        plain = try Phone(on: address)
        var generator = SystemRandomNumberGenerator()
        key = SDESAttribute(
            tag: 1, suite: .aesCM128Tag80, masterKey: MasterKey(randomFor: .aesCM128Tag80, using: &generator))
        sender = try SRTPSender(SRTPPolicy(key))
    }

    deinit {
        controller.endAllCalls()
        plane.stop()
    }

    @discardableResult
    func request(_ dictionary: BencodeDictionary) throws -> BencodeDictionary {
        let request = try NGRequestParser().parse(dictionary)
        return controller.handle(request, from: TransportAddress(address, 9)).dictionary
    }

    private func sdp(_ phone: Phone, secure: Bool) -> BencodeValue {
        var text = "v=0\r\no=- 1 1 IN IP4 \(address)\r\ns=-\r\nc=IN IP4 \(address)\r\nt=0 0\r\n"
        text += "m=audio \(phone.address.port) \(secure ? "RTP/SAVP" : "RTP/AVP") 0\r\na=rtpmap:0 PCMU/8000\r\n"
        if secure { text += "a=crypto:\(key.text())\r\n" }
        return .text(text + "a=rtcp-mux\r\n")
    }

    private func port(in reply: BencodeDictionary) throws -> TransportAddress {
        let sdp = try #require(reply.first("sdp")?.text)
        let line = try #require(sdp.split(separator: "\r\n").first { $0.hasPrefix("m=audio ") })
        return TransportAddress(address, try #require(UInt16(line.split(separator: " ")[1])))
    }

    /// Offer and answer; gives their replies.
    @discardableResult
    func place(_ more: BencodeDictionary = [:]) throws -> [BencodeDictionary] {
        var offer: BencodeDictionary = [
            "command": "offer", "call-id": .text(Self.callID), "from-tag": "A", "sdp": sdp(secure, secure: true),
            "transport-protocol": "RTP/AVP", "rtcp-mux": ["accept", "offer"],
        ]
        offer.append(contentsOf: more)
        let offered = try request(offer)
        plainTarget = try port(in: offered)
        let answered = try request([
            "command": "answer", "call-id": .text(Self.callID), "from-tag": "A", "to-tag": "B",
            "sdp": sdp(plain, secure: false),
        ])
        secureTarget = try port(in: answered)
        let ports = controller.withRecordedCall(Self.callID) { call, _ in call.ports.map(\.lease.id) } ?? []
        try eventually("the plans are in place") { plane.counters(of: ports).allSatisfy { $0?.endpoint != nil } }
        return [offered, answered]
    }

    /// Both phones send packets of these numbers, 20 ms of µ-law each, and get those of the other one.
    func talk(_ numbers: Range<UInt16>) throws {
        for number in numbers {
            let packet = Self.rtp(number, ssrc: 0xAAAA_0001)
            var buffer = packet + [UInt8](repeating: 0, count: 64)
            let result = buffer.withUnsafeMutableBytes { sender.protectRTP($0, length: packet.count) }
            guard case .ok(let length) = result else {
                Issue.record("\(result)")
                return
            }
            try secure.send(Array(buffer[..<length]), to: secureTarget)
            #expect(plain.receive() == packet)
            try plain.send(Self.rtp(number, ssrc: 0xBBBB_0002), to: plainTarget)
            #expect(secure.receive() != nil)
        }
    }

    static func rtp(_ number: UInt16, ssrc: UInt32) -> [UInt8] {
        var bytes: [UInt8] = [0x80, 0, UInt8(number >> 8), UInt8(number & 255)]
        for word in [UInt32(number) * 160, ssrc] {
            for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
        return bytes + (0..<160).map { UInt8(truncatingIfNeeded: $0 &* 3 &+ Int(number)) }
    }

    func delete() throws {
        try request(["command": "delete", "call-id": .text(Self.callID), "delete-delay": 0])
    }
}

/// A socket that sends and receives.
final class Phone {
    private let socket: UDPSocket
    let address: TransportAddress
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
    private let name = UnsafeMutableRawPointer.allocate(byteCount: SocketAddress.size, alignment: 16)

    init(on address: IPAddress) throws {
        let socket = try UDPSocket(bindingTo: TransportAddress(address, 0))
        self.address = try socket.localAddress()
        self.socket = socket
    }

    deinit {
        buffer.deallocate()
        name.deallocate()
    }

    func send(_ bytes: [UInt8], to destination: TransportAddress) throws {
        let sent = bytes.withUnsafeBytes { memory in
            memory.baseAddress.map {
                DatagramIO.send(
                    from: socket.number, bytes: $0, count: Int32(bytes.count), to: destination, name: name)
            } ?? -1
        }
        try #require(sent == bytes.count)
    }

    /// The next datagram; `nil` when none comes for a long time.
    func receive() -> [UInt8]? {
        let deadline = MonotonicClock.now() + 10_000_000_000
        while true {
            var length: UInt32 = 0
            let count = DatagramIO.receive(from: socket.number, into: buffer, name: name, nameLength: &length)
            if count >= 0 { return Array(buffer.prefix(count)) }
            guard MonotonicClock.now() < deadline else { return nil }
            var waiting = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
            poll(&waiting, 1, 100)
        }
    }
}

/// Tries `condition` until it holds. The deadline is far beyond what is ever needed.
func eventually(_ what: Comment, _ condition: () throws -> Bool) throws {
    let deadline = MonotonicClock.now() + 20_000_000_000
    while try !condition() {
        try #require(MonotonicClock.now() < deadline, what)
        MonotonicClock.sleep(microseconds: 500)
    }
}

/// Every frame of a capture file.
func records(_ bytes: [UInt8]) throws -> [CaptureRecord] {
    var reader = try CaptureReader(bytes)
    var records: [CaptureRecord] = []
    while let record = try reader.next() { records.append(record) }
    #expect(!reader.isTruncated)
    return records
}
