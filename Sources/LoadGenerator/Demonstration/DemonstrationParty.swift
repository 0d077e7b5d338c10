import CLinuxIO
import RTP

/// One party of the demonstration: sends a tone as PCMU and keeps what it hears.
struct DemonstrationParty {
    /// Samples in a packet of 20 ms.
    static let samplesPerPacket = 160

    /// How the party's media goes over the wire.
    enum Way {
        /// RTP in the clear.
        case plain(CallEnd)
        /// SRTP with keys from DTLS, where ICE says.
        case browser(BrowserEnd)
    }

    private let way: Way
    private var tone: ToneGenerator
    private var header: RTPHeader
    private(set) var sent = 0
    private(set) var unexpected = 0
    private var packets: [(number: Int, samples: [Int16])] = []
    private var numbers: Set<Int> = []
    private var highest: Int?
    private var lowest: Int?

    init(_ way: Way, tone frequency: Double, ssrc: UInt32) {
        self.way = way
        tone = ToneGenerator(frequency: frequency)
        header = RTPHeader(payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: ssrc, hasMarker: true)
    }

    /// The socket, to wait on.
    var descriptor: Int32 {
        switch way {
        case .plain(let end): end.socket.descriptor
        case .browser(let browser): browser.end.socket.descriptor
        }
    }

    /// Packets heard, each counted once.
    var received: Int { numbers.count }

    /// Packets missing between the first and the last one heard.
    var gaps: Int {
        guard let lowest, let highest else { return 0 }
        return highest - lowest + 1 - numbers.count
    }

    /// What was heard, in the order in which it was sent.
    var samples: [Int16] { packets.sorted { $0.number < $1.number }.flatMap(\.samples) }

    /// Sends the next 20 ms.
    mutating func send() throws(LoadError) {
        var packet = [UInt8](repeating: 0, count: RTPHeader.minimumCount + Self.samplesPerPacket)
        packet.withUnsafeMutableBytes { _ = header.write(to: $0) }
        for index in 0..<Self.samplesPerPacket {
            packet[RTPHeader.minimumCount + index] = MuLaw.encode(tone.next())
        }
        switch way {
        case .plain(let end): try end.socket.send(packet, to: end.target)
        case .browser(let browser): try browser.send(packet)
        }
        header.sequenceNumber &+= 1
        header.timestamp &+= UInt32(Self.samplesPerPacket)
        header.hasMarker = false
        sent += 1
    }

    /// Takes everything that has arrived, and does what else is due.
    mutating func receive() throws(LoadError) {
        switch way {
        case .plain(let end): receive(end)
        case .browser(let browser):
            try browser.turn()
            var heard: [[UInt8]?] = []
            try browser.receive { heard.append($0.map(Array.init)) }
            for packet in heard {
                let isTaken = packet.map { packet in packet.withUnsafeBytes { take($0) } } ?? false
                if !isTaken { unexpected += 1 }
            }
        }
    }

    private mutating func receive(_ end: CallEnd) {
        var target = batch_address(end.target)
        var datagram = batch_datagram()
        var buffer = [UInt8](repeating: 0, count: 2048)
        while batch_receive(end.socket.descriptor, &buffer, buffer.count, 1, &datagram, &target) == 1 {
            let taken = buffer[..<min(Int(datagram.length), buffer.count)].withUnsafeBytes { octets in
                datagram.from_elsewhere == 0 && take(octets)
            }
            if !taken { unexpected += 1 }
        }
    }

    private mutating func take(_ octets: UnsafeRawBufferPointer) -> Bool {
        guard DatagramKind(of: octets) == .rtp, let heard = RTPHeader(octets), heard.payloadType == 0,
            let payload = heard.payload(of: octets)
        else { return false }
        let number = extend(heard.sequenceNumber)
        guard numbers.insert(number).inserted else { return true }
        highest = max(highest ?? number, number)
        lowest = min(lowest ?? number, number)
        packets.append((number, payload.map(MuLaw.decode)))
        return true
    }

    /// The sequence number with its cycles, nearest to the highest one heard.
    private func extend(_ sequence: UInt16) -> Int {
        guard let highest else { return Int(sequence) }
        return highest + Int(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: highest)))
    }
}
