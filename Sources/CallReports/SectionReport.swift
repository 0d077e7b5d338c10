public import Forwarding
public import NetTypes
public import SRTPKeying

/// One media section of one party: what was signalled for it and what its ports have seen.
public struct SectionReport: Sendable, Equatable {
    /// From 0, in the order of the SDP.
    public var index: Int
    /// `audio`, `video` …
    public var mediaType: String
    /// What the SDP says.
    public var signalled: SignalledMedia
    /// Every local port that the party was ever told for the section, the present ones last.
    public var ports: [PortReport]

    /// A section from its parts.
    public init(index: Int, mediaType: String, signalled: SignalledMedia, ports: [PortReport] = []) {
        self.index = index
        self.mediaType = mediaType
        self.signalled = signalled
        self.ports = ports
    }
}

/// What the SDP of a party says of a section.
public struct SignalledMedia: Sendable, Equatable {
    /// The transport of the `m=` line.
    public var transport: String
    /// The party has sent an SDP with this section.
    public var isKnown = false
    /// Where it wants RTP.
    public var endpoint: TransportAddress?
    /// Where it wants RTCP.
    public var rtcpEndpoint: TransportAddress?
    /// The party means to send, with its ways of holding taken in.
    public var sends = true
    /// The party means to receive.
    public var receives = true
    /// Port 0.
    public var isRejected = false
    /// RTP and RTCP share a port.
    public var isMuxed = false
    /// Index of the section whose transport it uses; `nil` for its own.
    public var bundleOwner: Int?
    /// The payload formats of its last SDP.
    public var formats: [Format] = []
    /// Payload types that the relay converts on the way from the party to the other side.
    public var convertedPayloadTypes = PayloadTypeSet()
    /// The packets are RTP, and the relay looks into them. Others, such as T.38, go through as they are.
    public var isUnderstood = true
    /// How the relay finds out where the party really sends from.
    public var learning = EndpointLearning.heuristic
    /// The party and the relay use ICE.
    public var usesICE = false
    /// Candidates in its SDP and fragments, those that cannot be used included.
    public var candidates = 0
    /// Candidates may still follow.
    public var trickles = false
    /// The party offers DTLS-SRTP.
    public var offersDTLS = false
    /// The relay begins the handshake; `nil` when either may.
    public var relayBeginsDTLS: Bool?
    /// The suite of its SDES keys.
    public var sdesSuite: CryptoSuite?
    /// The party's SDP has SDES keys of suites that are known here.
    public var offersSDES = false

    /// A section of which only the transport is known.
    public init(transport: String) {
        self.transport = transport
    }

    /// A payload format.
    public struct Format: Sendable, Equatable {
        /// 0…127.
        public var payloadType: UInt8
        /// `PCMA/8000`; `nil` for a dynamic type without `rtpmap`.
        public var name: String?

        /// A format from its parts.
        public init(payloadType: UInt8, name: String?) {
            self.payloadType = payloadType
            self.name = name
        }
    }
}

/// One local port.
public struct PortReport: Sendable, Equatable {
    /// What it is bound to.
    public var local: TransportAddress
    /// What the party was told; `nil` when that is ``local``.
    public var advertised: TransportAddress?
    /// For RTCP alone.
    public var isRTCP: Bool
    /// Media for the party leaves through it.
    public var isCurrent: Bool
    /// What it has seen; `nil` when it is closed.
    public var counters: PortCounters?
    /// How far its DTLS handshake is; `nil` where there is none.
    public var handshake: HandshakeReport?

    /// A port from its parts.
    public init(
        local: TransportAddress, isRTCP: Bool, isCurrent: Bool, counters: PortCounters?,
        handshake: HandshakeReport? = nil
    ) {
        self.local = local
        self.isRTCP = isRTCP
        self.isCurrent = isCurrent
        self.counters = counters
        self.handshake = handshake
    }
}

/// How far a DTLS handshake is.
public struct HandshakeReport: Sendable, Equatable {
    /// How far.
    public enum State: Sendable, Equatable {
        /// Nobody knows yet where the peer is.
        case waiting
        /// Datagrams go to and fro, or ours remain unanswered.
        case handshaking
        /// The keys are in use.
        case done
        /// The peer's certificate is not the one in its SDP.
        case fingerprintMismatch
        /// The peer did not answer in time.
        case timedOut
        /// It broke off, for this reason.
        case failed(String)
        /// The peer has said that it is done.
        case closedByPeer
    }

    /// How far it is.
    public var state: State
    /// Datagrams of the peer that reached the handshake.
    public var datagramsReceived: UInt32
    /// What became of earlier attempts, and when that was noticed, oldest first; the last few.
    public var outcomes: [Outcome]

    /// A handshake from its parts.
    public init(state: State, datagramsReceived: UInt32 = 0, outcomes: [Outcome] = []) {
        self.state = state
        self.datagramsReceived = datagramsReceived
        self.outcomes = outcomes
    }

    /// The end of one attempt.
    public struct Outcome: Sendable, Equatable {
        /// What it came to.
        public var outcome: SecurityEvent.Outcome
        /// When that was noticed.
        public var nanoseconds: UInt64

        /// An outcome with its time.
        public init(_ outcome: SecurityEvent.Outcome, nanoseconds: UInt64) {
            self.outcome = outcome
            self.nanoseconds = nanoseconds
        }
    }
}

extension HandshakeReport {
    /// The state of a handshake from what the port says and from its outcomes so far.
    public init(_ protection: ProtectionState, outcomes: [Outcome]) {
        self.init(
            state: protection.isPeerKnown ? .handshaking : .waiting,
            datagramsReceived: protection.handshakeDatagrams, outcomes: outcomes)
        switch outcomes.last?.outcome {
        case .established: state = .done
        case .fingerprintMismatch: state = .fingerprintMismatch
        case .failed(let reason): state = .failed(reason)
        case .timedOut: state = .timedOut
        case .closedByPeer: state = .closedByPeer
        case nil: break
        }
        if protection.isKeyed, state != .closedByPeer, state != .fingerprintMismatch { state = .done }
    }
}
