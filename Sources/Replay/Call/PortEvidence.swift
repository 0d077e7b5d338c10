internal import NetTypes
internal import RTP

/// What a capture shows of one local port of the relay, as far as keys and paths follow from it. Keys themselves are in
/// no capture.
struct PortEvidence {
    /// When a remote address answered the relay's checks, since the epoch.
    struct Answers {
        var first: UInt64
        var last: UInt64
    }

    private(set) var answers: [TransportAddress: Answers] = [:]
    private var firstCheck: UInt64?
    private var firstHandshakeIn: UInt64?
    private var firstHandshakeOut: UInt64?
    private var firstMediaOut: UInt64?
    /// Of media that the relay took.
    private var firstMediaIn: UInt64?
    /// Where that came from.
    private(set) var mediaSource: TransportAddress?
    /// Octets that encryption adds to a packet of RTP; `nil` where the capture does not show them in the clear.
    private(set) var overhead: Int?
    /// Packets of RTP that came in, and those of them whose media is there in the clear.
    private(set) var packets = 0
    private(set) var clearPackets = 0

    /// Takes a datagram to or from the port; `clear` is the same one without its encryption.
    mutating func note(_ datagram: RecordedDatagram, isInbound: Bool, clear: [UInt8]?) {
        let time = datagram.nanoseconds
        switch datagram.bytes.withUnsafeBytes({ DatagramKind(of: $0) }) {
        case .stun where isInbound:
            firstCheck = firstCheck ?? time
            guard datagram.bytes.starts(with: [0x01, 0x01]) else { return }
            answers[datagram.source, default: Answers(first: time, last: time)].last = time
        case .dtls:
            if isInbound {
                firstHandshakeIn = firstHandshakeIn ?? time
            } else {
                firstHandshakeOut = firstHandshakeOut ?? time
            }
        case .rtp, .rtcp:
            guard isInbound else { return firstMediaOut = firstMediaOut ?? time }
            noteMedia(datagram, clear: clear)
        default: break
        }
    }

    private mutating func noteMedia(_ datagram: RecordedDatagram, clear: [UInt8]?) {
        packets += 1
        if let clear {
            clearPackets += 1
            if overhead == nil, datagram.originalCount > clear.count { overhead = datagram.originalCount - clear.count }
        }
        guard datagram.dropReason == nil else { return }
        firstMediaIn = firstMediaIn ?? datagram.nanoseconds
        mediaSource = mediaSource ?? datagram.source
    }

    /// When the keys of a DTLS handshake on the port were in place at the latest: media comes and goes only then.
    /// `nil`: the capture does not show that the handshake was ever done.
    var keysNanoseconds: UInt64? {
        // Half a handshake is none, whatever media the peer sends.
        let isHalf = (firstHandshakeIn == nil) != (firstHandshakeOut == nil) && firstMediaOut == nil
        guard !isHalf else { return nil }
        return [firstMediaIn, firstMediaOut].compactMap(\.self).min()
    }

    /// Media went on when the capture began, and nothing shows how ICE came to its way.
    var isBeyondChecks: Bool {
        guard let media = firstMediaIn else { return false }
        let firstAnswer = answers.values.map(\.first).min()
        return firstAnswer.map { media < $0 } ?? (firstCheck.map { media < $0 } ?? true)
    }

    /// Whether `remote` answers a check of the relay at `nanoseconds`.
    func answersCheck(from remote: TransportAddress, at nanoseconds: UInt64) -> Bool {
        guard let known = answers[remote] else { return false }
        return known.first <= nanoseconds &+ Self.before && nanoseconds <= known.last &+ Self.after
    }

    /// A check of the replay may be a little before the one that was answered.
    private static let before: UInt64 = 500_000_000
    /// Consent is renewed about every five seconds (RFC 7675 §5.1).
    private static let after: UInt64 = 6_000_000_000
}
