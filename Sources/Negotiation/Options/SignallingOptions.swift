public import Forwarding
public import NetTypes

/// Everything an ng message may ask of an offer, answer or other signalling command, grouped by concern and already
/// freed of the protocol's many spellings. Absent means "the default rule". The groups are those of
/// ``SignallingOptionGroups``.
@dynamicMemberLookup
public struct SignallingOptions: Sendable, Equatable {
    /// One element. A request and an exchange are copied on their way, and an array is passed on by one reference, where
    /// its groups would be by three dozen.
    @usableFromInline
    var groups: [SignallingOptionGroups]

    /// No wishes at all.
    public init() { groups = [SignallingOptionGroups()] }

    /// A group of options.
    @inlinable
    public subscript<Group>(dynamicMember path: WritableKeyPath<SignallingOptionGroups, Group>) -> Group {
        get { groups[0][keyPath: path] }
        _modify { yield &groups[0][keyPath: path] }
    }
}

/// The groups of ``SignallingOptions``.
public struct SignallingOptionGroups: Sendable, Equatable {
    /// Which parties the message is about.
    public var parties = PartyOptions()
    /// Interfaces and addresses.
    public var addressing = AddressingOptions()
    /// Transport profile.
    public var transport = TransportOptions()
    /// ICE.
    public var ice = ICEOptions()
    /// DTLS-SRTP.
    public var dtls = DTLSOptions()
    /// SDES.
    public var sdes = SDESOptions()
    /// Opportunistic SRTP.
    public var osrtp = OSRTPOptions()
    /// RTCP and multiplexing.
    public var rtcp = RTCPOptions()
    /// Bundles.
    public var bundle = BundleOptions()
    /// Other lines of the SDP.
    public var rewriting = RewritingOptions()
    /// Codec lists.
    public var codecs = CodecOptions()
    /// What happens to packets.
    public var media = MediaOptions()
    /// How the call is recorded.
    public var recording = RecordingOptions()
    /// Options of `delete`.
    public var deletion = DeletionOptions()
    /// Words and keys that are known to the protocol but have no effect yet, as spelled by the client. The call log
    /// names them once per call.
    public var unsupported: [String] = []
    /// Words and keys that the protocol does not know, as spelled by the client.
    public var unknown: [String] = []

    init() {}
}

/// Which parties a message is about, beside its tags.
public struct PartyOptions: Sendable, Equatable {
    /// `label` in offer and answer: a name for the sender of the SDP.
    public var label: String?
    /// `set-label`
    public var setLabel: String?
    /// `to-label`
    public var toLabel: String?
    /// `metadata`: free text stored with the call.
    public var metadata: String?
    /// `sip-message-type`.
    public var sipMessageType: SIPMessageType?
    /// `sip-code`.
    public var sipCode: Int?
    /// Flag `provisional`: ignore that a final reply was seen.
    public var isProvisional = false
    /// Flag `new-branch`: an unknown to-tag in an answer is a new party, not an alias.
    public var isNewBranch = false
    /// Flag `directional`.
    public var isDirectional = false
    /// Flag `all` or key `all=all`.
    public var selectsAll = false
    /// The other words of `all`: flows from the selected party.
    public var flows: Flows?
    /// `address`: selects a party by media address.
    public var address: IPAddress?
    /// `address` was given and is no IP address: a command that selects a party by it fails.
    public var isAddressUnreadable = false
    /// `xmlrpc-callback`.
    public var xmlrpcCallback: String?
    /// Flag `debug`.
    public var isDebugging = false

    /// Which of the flows that a party sends.
    public enum Flows: Sendable, Equatable {
        /// `offer-answer`, `flows`: to the other sides of its dialogues.
        case dialogue
        /// `except-offer-answer`: to subscribers.
        case subscriptions
    }

    /// The SIP message behind the request.
    public enum SIPMessageType: Sendable, Equatable {
        case request
        case reply
    }
}

/// Local interfaces, address families, and where the peer's media may come from.
public struct AddressingOptions: Sendable, Equatable {
    /// `direction[0]`, `from-interface`: interface facing the sender of this SDP.
    public var fromInterface: String?
    /// `direction[1]`, `to-interface`: interface facing the receiver.
    public var toInterface: String?
    /// `media-address`: printed in `c=` and ICE candidates in place of our own.
    public var mediaAddress: IPAddress?
    /// `address-family` of the local address towards the receiver.
    public var addressFamily: IPAddress.Family?
    /// `received-from`: source address of the SIP message.
    public var receivedFrom: IPAddress?
    /// `SIP-source-address` true, `trust-address` false; `nil` leaves it to `--sip-source`.
    public var usesSIPSourceAddress: Bool?
    /// `asymmetric`: the sender sends from elsewhere than it receives; its endpoint is not learned.
    public var isAsymmetric = false
    /// `endpoint-learning`.
    public var learning: EndpointLearning?
    /// `strict-source`.
    public var isStrictSource = false
    /// `media-handover`.
    public var isMediaHandover = false
    /// `port-latching` true, `no-port-latching` false.
    public var portLatching: Bool?
    /// `unidirectional`; shown by query.
    public var isUnidirectional = false
    /// `NAT-wait`: send nothing to an endpoint that has sent nothing.
    public var natWait = false
    /// `pierce-NAT`.
    public var pierceNAT = false
}

/// Transport profile of the outgoing SDP and what hangs on it.
public struct TransportOptions: Sendable, Equatable {
    /// `transport-protocol`; in an answer also `accept`.
    public var profile: Profile?
    /// Flag `recrypt`.
    public var recrypts = false
    /// Flag `reset`: forget what was learned of the endpoints and restart ICE.
    public var resets = false
    /// Flag `loop-protect`.
    public var protectsLoops = false

    /// A wish for a profile.
    public enum Profile: Sendable, Equatable {
        /// One of the known profiles, in its registered spelling (`RTP/AVP`, `UDP/TLS/RTP/SAVPF`, `udptl`).
        case named(String)
        /// `accept`: pass the answerer's profile on.
        case accept
    }
}

/// ICE in the outgoing SDP.
public struct ICEOptions: Sendable, Equatable {
    /// What the receiver is shown; the words of the key where there are several.
    public var policy: Policy = .standard
    /// `ICE-lite`
    public var lite: Lite?
    /// `trickle-ICE`, `ICE=trickle`.
    public var trickles = false
    /// `ICE=ice2`.
    public var announcesICE2 = false
    /// `reject-ICE`: none in the answer to the sender.
    public var rejects = false
    /// Flag `fragment`: the body is a trickle fragment.
    public var isFragment = false

    /// A word of the key.
    public enum Policy: Sendable, Equatable {
        case standard
        case remove
        case force
        case optional
        case forceRelay
    }

    /// Towards whom the relay is a lite agent.
    public enum Lite: Sendable, Equatable {
        case off
        case forward
        case backward
        case both
    }
}

/// DTLS-SRTP.
public struct DTLSOptions: Sendable, Equatable {
    /// `off`, `no`, `disable`.
    public var isOff = false
    /// `passive` or `active`, the role in a later answer to the sender.
    public var role: Role?
    /// `DTLS-fingerprint`, lower case with dash: `sha-256`.
    public var fingerprintHash: String?
    /// `no-tls-id`.
    public var omitsTLSID = false

    /// Who sends the ClientHello.
    public enum Role: Sendable, Equatable {
        case active
        case passive
    }
}

/// SDES (RFC 4568).
public struct SDESOptions: Sendable, Equatable {
    /// `off`, `no`, `disable`.
    public var isOff = false
    /// `only-SUITE`, like all lists of suites by registered names.
    public var only: [String] = []
    /// `no-SUITE`.
    public var excluded: [String] = []
    /// `nonew`.
    public var addsNoSuites = false
    /// `order:A;B`.
    public var order: [String] = []
    /// `offerer_pref:A;B`.
    public var offererPreference: [String] = []
    /// `pad`, flag `pad-crypto`.
    public var padsKeys = false
    /// `lifetime`.
    public var printsLifetime = false
    /// `static`.
    public var isStatic = false
    /// `prefer`: SDES before DTLS when both are offered.
    public var isPreferred = false
    /// `unencrypted_srtp` true, `encrypted_srtp` false.
    public var unencryptedSRTP: Bool?
    /// `unencrypted_srtcp` true, `encrypted_srtcp` false.
    public var unencryptedSRTCP: Bool?
    /// `unauthenticated_srtp` true, `authenticated_srtp` false.
    public var unauthenticatedSRTP: Bool?
}

/// Opportunistic SRTP (RFC 8643).
public struct OSRTPOptions: Sendable, Equatable {
    /// `offer`, `offer-RFC`.
    public var offersRFC = false
    /// `offer-legacy`.
    public var offersLegacy = false
    /// `accept`, `accept-RFC`.
    public var acceptsRFC = false
    /// `accept`, `accept-legacy`.
    public var acceptsLegacy = false
}

/// `a=rtcp` and RTP/RTCP multiplexing.
public struct RTCPOptions: Sendable, Equatable {
    /// The words of `rtcp-mux`.
    public var mux: Set<MuxPolicy> = []
    /// `no-rtcp-attribute`.
    public var omitsAttribute = false
    /// `full-rtcp-attribute`.
    public var writesFullAttribute = false
    /// `generate-RTCP`.
    public var generatesReports: Bool?

    /// A word of `rtcp-mux`.
    public enum MuxPolicy: Sendable, Equatable, CaseIterable {
        case offer
        case require
        case demux
        case accept
        case reject
    }
}

/// BUNDLE (RFC 8843) and `a=mid`.
public struct BundleOptions: Sendable, Equatable {
    /// What the receiver is shown; the words of the key where there are several.
    public var policy: Set<Policy> = []
    /// `generate-mid`.
    public var generatesMID = false

    /// Sections without a name get one: a bundle needs names.
    var namesSections: Bool { generatesMID || offersBundle }

    /// The receiver of an offer is shown a bundle.
    var offersBundle: Bool { policy.contains(.offer) || policy.contains(.require) || policy.contains(.strict) }

    /// Whether all sections of an offer share one transport right away.
    var requiresBundle: Bool { policy.contains(.require) || policy.contains(.strict) }

    /// A word of the key.
    public enum Policy: Sendable, Equatable, CaseIterable {
        case accept
        case offer
        case require
        case strict
        case reject
    }
}
