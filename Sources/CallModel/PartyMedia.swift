public import Forwarding
public import MediaFormats
public import NetTypes
public import SDP

/// One media section as far as one party is concerned: what it said, what it was told, and the local ports it sends to.
public struct PartyMedia: Sendable {
    /// `audio`, `video` …
    public var mediaType: String
    /// The transport of this party's leg, as last received from it or forced upon it.
    public var transport: String {
        didSet { if transport != oldValue { transportKind = TransportKind(transport) } }
    }
    /// The meaning of ``transport``.
    public private(set) var transportKind: TransportKind

    // What the party's own SDP says.
    /// Endpoint for RTP from `c=` and `m=`; `nil` before the party's first SDP.
    public var endpoint: TransportAddress?
    /// Endpoint for RTCP from `a=rtcp`, else one port above.
    public var rtcpEndpoint: TransportAddress?
    /// Direction as received, or `sendrecv`.
    public var direction: Direction = .sendrecv
    /// The `c=` was 0.0.0.0 or `::`, and not of a trickling ICE agent.
    public var isHeld = false
    /// Port 0, received or passed on.
    public var isRejected = false
    /// The formats of the party's last document.
    public var formats: [PayloadFormat] = []
    /// The format texts of the party's last `m=` line.
    public var formatTexts: [String] = []
    /// The last `a=ptime` that the party has written or been told, in milliseconds as written.
    public var ptime: String?
    /// The `a=ptime` of the party's own last document.
    public var ownPtime: String?
    /// `ptime` and `ptime-reverse` of the last offer, towards this party, in milliseconds.
    public var askedPtime: Int?
    /// The party's SDP has `a=rtcp-mux`.
    public var announcesMux = false
    /// `a=extmap-allow-mixed` or header extensions in the last document.
    public var announcesMixedExtensions = false
    /// The last document has header extensions.
    public var hasExtensions = false
    /// Identifier that the party's last document gave to the `mid` header extension (RFC 9143 §15).
    public var midExtensionID: Int?
    /// Header extensions of the last offer that were kept from the answerer (`extmap.mask`), as attribute texts.
    public var maskedExtensions: [String] = []

    // What the party was told.
    /// The formats last sent to the party in an offer; what its answer is measured by. `nil`: it saw no offer.
    public var offeredFormats: [PayloadFormat]?
    /// What the options of the last offer to the party say about its answer; `nil` when they say nothing.
    public var codecTerms: CodecTerms?
    /// `a=rtcp-mux` stood in the last offer to the party.
    public var wasOfferedMux = false
    /// The SDP for the party shows the other party's own addresses, and the relay as one more ICE candidate
    /// (`ICE=optional`, `ICE=force-relay`). Checks and keys are between the parties: packets go through as they are.
    public var bypassesRelay = false
    /// The party knows the section twice, in a plain and in a secure profile (legacy best-effort SRTP).
    public var doubling: Doubling?
    /// The section was left out of the SDP for this party (`sdp-media-remove`).
    public var isHidden = false

    // What was agreed.
    /// Whether multiplexing towards this party is settled by options, or waits for the other side's answer.
    public var muxDecision: MuxDecision = .undecided
    /// RTP and RTCP share one port towards this party.
    public var isMuxed = false
    /// `a=mid`: the name of the section towards this party.
    public var mid: String?

    /// What is converted between this party and others, one entry for each: branches of a call come and go, and a pair that
    /// meets again goes on as it had agreed.
    public var transcodings: [AgreedConversions] = []

    /// ICE and DTLS of this party's leg.
    public var ice = ICEState()
    /// DTLS-SRTP towards this party.
    public var dtls = DTLSState()
    /// SDES keys towards this party.
    public var sdes = SDESState()
    /// The ways of keying that offers to this party show: those of its own last offer, or those it was offered,
    /// without the ones that an answer has ruled out. Empty while there were none.
    public var keyings: Keyings = []
    /// The party was told keys or fingerprints in a plain profile (RFC 8643).
    public var wasOfferedOSRTP = false

    /// Index of the section whose transport (ports, ICE, DTLS) this one uses; `nil` for its own.
    public var bundleOwner: Int?
    /// The section stood in `a=group:BUNDLE` towards this party.
    public var isBundleAnnounced = false

    // Local ports.
    /// Every set of ports this party has been told, the current one last.
    public var portSets: [PortSet] = []
    /// Sets that the party was told in an offer that is not answered yet; only in the view of the packets.
    var upcomingSets: [PortSet] = []
    /// A new value makes endpoint learning start over.
    public var learningEpoch: UInt32 = 0
    /// The endpoint that learning is about; survives a hold with a zero address.
    public var learningEndpoint: TransportAddress?

    // Options of the party.
    /// `asymmetric`: it sends from elsewhere than it receives.
    public var isAsymmetric = false
    /// `strict-source`
    public var isStrictSource = false
    /// `media-handover`
    public var isMediaHandover = false
    /// `unidirectional`; shown by query.
    public var isUnidirectional = false
    /// `generate-RTCP` and `media-echo` were asked for; shown by query.
    public var generatesRTCP = false
    /// `media-echo` was asked for; shown by query.
    public var echoes = false
    /// The party's document has `a=rtcp-fb` lines.
    public var hasFeedback = false
    /// `endpoint-learning`
    public var learning: EndpointLearning?
    /// The relay made an offer to this party (shown by query as `ICE controlling`).
    public var wasOffered = false

    /// A section of which only the type and transport are known.
    public init(mediaType: String, transport: String) {
        self.mediaType = mediaType
        self.transport = transport
        transportKind = TransportKind(transport)
    }

    /// The ports in use towards the party.
    public var ports: PortSet? { portSets.last }

    /// The party wants to send: our side receives.
    public var sends: Bool { effectiveDirection == .sendrecv || effectiveDirection == .sendonly }
    /// The party wants to receive: our side sends.
    public var receives: Bool { effectiveDirection == .sendrecv || effectiveDirection == .recvonly }

    /// The direction with the old way of holding by zero address taken in (RFC 3264 §8.4, sdp-behaviour §7).
    public var effectiveDirection: Direction {
        guard isHeld else { return direction }
        switch direction {
        case .sendrecv, .sendonly: return .sendonly
        case .recvonly, .inactive: return .inactive
        }
    }

    /// The order of the two `m=` lines of one section.
    public enum Doubling: Sendable, Equatable {
        case plainFirst
        case secureFirst
    }

    /// Where keys come from.
    public struct Keyings: OptionSet, Sendable {
        /// The bits.
        public let rawValue: UInt8

        /// A set of ``dtls`` and ``sdes``.
        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// Those that are said to be in.
        public init(dtls: Bool, sdes: Bool) {
            self = []
            if dtls { insert(.dtls) }
            if sdes { insert(.sdes) }
        }

        /// DTLS-SRTP (RFC 5763).
        public static let dtls = Keyings(rawValue: 1)
        /// Session descriptions (RFC 4568).
        public static let sdes = Keyings(rawValue: 2)
    }

    /// Whether RTP/RTCP multiplexing with a party is settled.
    public enum MuxDecision: Sendable, Equatable {
        case undecided
        case yes
        case no
    }
}
