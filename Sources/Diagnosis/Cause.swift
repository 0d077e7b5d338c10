/// What a direction of a call suffers from, or why there is nothing to complain of. The raw value is the stable name for
/// programs.
public enum Cause: String, Sendable, Hashable, CaseIterable {
    // What was agreed or asked for.
    /// All is well.
    case healthy
    /// Nothing was signalled that could carry media.
    case nothingSignalled = "nothing-signalled"
    /// The call goes on with another branch of the fork.
    case forkedAway = "forked-away"
    /// The section was rejected (port 0).
    case rejected
    /// The proxy asked for the media to be dropped.
    case blocked
    /// An end holds, sends only or receives only, as agreed.
    case notDue = "not-due"
    /// Offered, and no answer was passed to the relay so far: it rings.
    case unanswered
    /// Media comes, or the time for ringing is over, and still no answer was passed to the relay.
    case answerMissing = "answer-missing"
    /// A later offer was never answered, and media has changed since.
    case reofferUnanswered = "reoffer-unanswered"
    /// The end of the call was asked for.
    case ending
    /// The end of the call was asked for, and both ends talk on.
    case deletedEarly = "deleted-early"
    /// The call, or its last agreement, is too young to tell.
    case tooEarly = "too-early"

    // Connectivity checks.
    /// Checks come with credentials that were not agreed.
    case iceCredentials = "ice-credentials"
    /// None of the peer's candidates can be used.
    case iceCandidates = "ice-candidates"
    /// Neither a check nor an answer to one has come.
    case iceUnanswered = "ice-unanswered"
    /// The peer's checks come, and ours remain unanswered.
    case iceOneWay = "ice-one-way"
    /// Checks go to and fro, and no pair of candidates works.
    case iceFailed = "ice-failed"
    /// A pair works, and was never nominated.
    case iceNotNominated = "ice-not-nominated"
    /// The peer has stopped answering checks.
    case iceConsentLost = "ice-consent-lost"

    // Handshakes.
    /// The certificate is not the one in the SDP.
    case dtlsFingerprint = "dtls-fingerprint"
    /// The handshake broke off.
    case dtlsFailed = "dtls-failed"
    /// The peer has sent nothing for the handshake.
    case dtlsUnanswered = "dtls-unanswered"
    /// Datagrams go to and fro, and the handshake does not end.
    case dtlsIncomplete = "dtls-incomplete"
    /// Where to send the handshake is not known.
    case dtlsWaiting = "dtls-waiting"
    /// The peer has closed the association.
    case dtlsClosed = "dtls-closed"

    // Keys.
    /// An encrypted profile was agreed, and no usable keys.
    case keysMissing = "keys-missing"
    /// No packet was ever authentic.
    case srtpAuthentication = "srtp-authentication"
    /// Packets were authentic, and are no more.
    case srtpKeyChanged = "srtp-key-changed"
    /// Packets in the clear where encryption was agreed.
    case notEncrypted = "not-encrypted"
    /// Encrypted packets where none were agreed.
    case encrypted = "encrypted-unexpectedly"
    /// Packets come again, or with indices that were used before.
    case replayed
    /// A key has protected as many packets as it may.
    case keyExpired = "key-expired"

    // Arrival.
    /// Nothing comes.
    case nothingArrives = "nothing-arrives"
    /// Nothing comes, and the relay named an address that the end cannot reach.
    case unreachableRelay = "unreachable-relay"
    /// Packets come from another address than the one they are expected from.
    case addressMismatch = "address-mismatch"
    /// Two sources send to one port.
    case secondSource = "second-source"
    /// RTP comes to the port for RTCP.
    case wrongPort = "wrong-port"
    /// Checks are all that comes.
    case onlySTUN = "only-stun"
    /// DTLS comes, and no handshake was agreed.
    case unexpectedDTLS = "unexpected-dtls"
    /// What comes is no RTP.
    case unknownPackets = "unknown-packets"
    /// Packets are larger than the relay takes.
    case oversized
    /// Reports come, and no media.
    case onlyRTCP = "only-rtcp"
    /// Media came, and comes no more.
    case mediaStopped = "media-stopped"
    /// The end has said goodbye in RTCP.
    case goodbye
    /// Nothing comes at the moment, as before when nobody spoke, or while the end still reports.
    case pause
    /// A section that needs no packets has none at the moment, or a camera is off while audio comes.
    case idle

    // The way out.
    /// Packets go round between ports of the relay.
    case looped
    /// The threads that transcode cannot keep up, or have all the streams that they may have.
    case transcoderBusy = "transcoder-busy"
    /// Whom they are for was not signalled.
    case noReceiver = "no-receiver"
    /// The receiver has named no address that can be sent to.
    case noDestination = "no-destination"
    /// The system refuses to send.
    case sendRefused = "send-refused"
    /// The network says that the receiver cannot be reached (ICMP).
    case unreachable
    /// The receiver has named an address that means nothing here, and has not been heard of from elsewhere.
    case privateDestination = "private-destination"
    /// The receiver's SDP names a port of the relay itself.
    case pointsAtRelay = "points-at-relay"
    /// Packets come, and do not leave.
    case notForwarded = "not-forwarded"
    /// The receiver reports that it gets nothing.
    case receiverHearsNothing = "receiver-hears-nothing"
    /// The receiver reports, but on nothing that it gets.
    case receiverReportsNothing = "receiver-reports-nothing"

    // Content and quality.
    /// A codec that the receiver has not agreed to.
    case codecMismatch = "codec-mismatch"
    /// A payload type that nobody has spoken of.
    case payloadType = "payload-type"
    /// The receiver knows the codec by another payload type.
    case payloadTypeNumber = "payload-type-number"
    /// Nothing but silence and comfort noise.
    case onlySilence = "only-silence"
    /// Many packets are lost on the way to the relay.
    case loss
    /// Many packets are lost between the relay and the receiver.
    case lossBehindRelay = "loss-behind-relay"
    /// Packets come irregularly.
    case jitter
}

extension Cause {
    /// The direction carries nothing because of it, as opposed to little or bad.
    public var isTotal: Bool {
        switch self {
        case .healthy, .tooEarly, .ending, .deletedEarly, .secondSource, .loss, .lossBehindRelay, .jitter, .pause,
            .idle, .receiverReportsNothing, .payloadTypeNumber, .unanswered:
            false
        default: true
        }
    }
}

/// How bad a finding is.
public enum Severity: String, Sendable, Hashable, CaseIterable {
    /// Media passes.
    case healthy
    /// Worth knowing, and no fault: what was agreed or asked for, or no more than a blemish.
    case note
    /// Not to be judged yet.
    case tooEarly = "too-early"
    /// Something is wrong.
    case fault

    /// Greater is worse.
    var rank: Int {
        switch self {
        case .healthy: 0
        case .note: 1
        case .tooEarly: 2
        case .fault: 3
        }
    }
}
