/// What is kept of an established session when libssl's 45 kB for it are freed: less than a kilobyte, with which all
/// that a peer may still have to say is understood and answered.
struct ReleasedSession: ~Copyable {
    /// What a datagram of the peer asks for.
    enum Request: Equatable {
        case nothing
        /// It has not got our last flight (RFC 6347 §4.2.4), and has repeated its own.
        case lastFlight
        case closed
        /// A fatal alert.
        case alert(UInt8)
    }

    private static let alert: UInt8 = 21
    private static let handshake: UInt8 = 22
    private static let finished: UInt8 = 20

    /// Our last flight, as it was sent: what was lost of it is new to the peer. Empty when ours was not the last.
    let lastFlight: [[UInt8]]
    /// Our close_notify, to be sent once.
    let farewell: [[UInt8]]
    private let reader: RecordReader

    init(lastFlight: [[UInt8]], farewell: [[UInt8]], _ reader: consuming RecordReader) {
        self.lastFlight = lastFlight
        self.farewell = farewell
        self.reader = reader
    }

    /// Looks through the encrypted records of a datagram. What is not authentic does nothing.
    func read(_ datagram: UnsafeRawBufferPointer) -> Request {
        var request = Request.nothing
        var place = 0
        while datagram.count - place >= RecordReader.headerLength {
            let length = Int(datagram[place + 11]) << 8 | Int(datagram[place + 12])
            let end = place + RecordReader.headerLength + length
            guard end <= datagram.count else { break }
            switch read(record: UnsafeRawBufferPointer(rebasing: datagram[place..<end])) {
            case .nothing: break
            case .lastFlight: request = .lastFlight
            case let final: return final
            }
            place = end
        }
        return request
    }

    private func read(record: UnsafeRawBufferPointer) -> Request {
        guard record[3] == 0, record[4] == 1, record[0] == Self.alert || record[0] == Self.handshake,
            let plain = reader.open(record)
        else { return .nothing }
        if record[0] == Self.handshake { return plain.first == Self.finished ? .lastFlight : .nothing }
        guard plain.count == 2 else { return .nothing }
        // A description of 0 is close_notify, whatever its level; warnings end nothing.
        if plain[1] == 0 { return .closed }
        return plain[0] == 2 ? .alert(plain[1]) : .nothing
    }
}
