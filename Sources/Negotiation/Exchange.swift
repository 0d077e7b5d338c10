import CallModel
import MediaFormats
import NetTypes
import SDP

/// One offer or answer on its way through the relay: the two parties as they will be, and what to write. Not to be copied:
/// it has some hundred parts that are counted references.
struct Exchange: ~Copyable {
    let mode: ExchangeMode
    private(set) var options: SignallingOptions
    let session: SessionIntake
    let worker: UInt16
    let tos: UInt8
    /// `--dtls-passive`.
    let prefersPassiveDTLS: Bool
    /// Who sent the SDP.
    var sender: Party
    /// Who will be sent the SDP written here.
    var receiver: Party
    /// The sender's own address has said which family it is to be told from now on.
    var isFamilySettled = false
    /// Sections that stood twice in the sender's document.
    var doubled: [Int: PartyMedia.Doubling] = [:]
    /// What to write, in the order of the receiver's sections.
    var sections: [SectionResult] = []
    /// What an earlier offer that was never answered made of the parties' sections.
    private(set) var supersededSender: [PartyMedia] = []
    private(set) var supersededReceiver: [PartyMedia] = []

    init(
        mode: ExchangeMode, options: SignallingOptions, session: SessionIntake, worker: UInt16, tos: UInt8,
        prefersPassiveDTLS: Bool, sender: Party, receiver: Party
    ) {
        self.mode = mode
        self.options = options
        // To touch them is to copy them all.
        if options.sdes.namesSuites { self.options.sdes.keepKnownSuites() }
        self.session = session
        self.worker = worker
        self.tos = tos
        self.prefersPassiveDTLS = prefersPassiveDTLS
        self.sender = sender
        self.receiver = receiver
    }

    /// Before anything is taken in: an offer starts from what was agreed.
    mutating func begin() {
        guard mode == .offer else { return }
        supersededSender = sender.beginOffer()
        supersededReceiver = receiver.beginOffer()
    }

    /// When all is taken in: an answer makes it count.
    mutating func end() {
        guard mode == .answer else { return }
        sender.agree()
        receiver.agree()
    }

    /// The section that the sender's next `m=` line is about. Sections that were never shown to the sender come first,
    /// rejected.
    mutating func nextSection() -> Int {
        while sender.media.indices.contains(sections.count), sender.media[sections.count].isHidden {
            appendMissingSection(sections.count)
        }
        return sections.count
    }

    /// Makes room for a section at both parties.
    mutating func prepareSection(_ index: Int, _ intake: SectionIntake) {
        if !sender.media.indices.contains(index) {
            sender.media.append(PartyMedia(intake.description, portsOf: index, in: supersededSender))
        }
        while receiver.media.count <= index {
            receiver.media.append(
                PartyMedia(intake.description, portsOf: receiver.media.count, in: supersededReceiver))
        }
        if let doubling = doubled[index] { sender.media[index].doubling = doubling }
        sender.media[index].mediaType = intake.description.mediaType
        receiver.media[index].mediaType = intake.description.mediaType
        if mode == .offer {
            // An answerer has no say in the names of sections; whoever was told one keeps it.
            if intake.kind.isRTP {
                sender.media[index].mid = intake.mid ?? sender.media[index].mid
                receiver.media[index].mid =
                    receiver.media[index].mid ?? intake.mid ?? (options.bundle.namesSections ? String(index + 1) : nil)
            }
            receiver.media[index].isHidden = options.rewriting.removes(intake.description.mediaType)
        }
    }

    /// Marks a section rejected on both sides; ports stay for the case that it comes back.
    mutating func reject(_ index: Int, _ intake: SectionIntake) {
        sender.media[index].isRejected = true
        receiver.media[index].isRejected = true
        endConversions(at: index)
        let transport = receiverTransport(intake, at: index)
        sender.media[index].transport = intake.description.transport
        sender.media[index].formatTexts = intake.description.formats
        let isConverted = !transport.utf8.elementsEqual(intake.description.transport.utf8)
        var formats = intake.description.formats
        if isConverted {
            // A list of another profile means nothing to the receiver: its own one in an answer, else any single one.
            formats = mode == .answer ? receiver.media[index].formatTexts : ["0"]
        }
        sections.append(
            receiver.media[index].isHidden ? .hidden(index) : .rejected(index, transport: transport, formats: formats))
    }

    /// A section of the receiver that the sender's document lacks: it is rejected with the list it had last.
    mutating func appendMissingSection(_ index: Int) {
        let isKnown = receiver.media.indices.contains(index)
        if sender.media.indices.contains(index), !sender.media[index].isHidden { sender.media[index].isRejected = true }
        guard isKnown else {
            sections.append(.hidden(index))
            return
        }
        receiver.media[index].isRejected = true
        sections.append(
            receiver.media[index].isHidden
                ? .hidden(index)
                : .rejected(
                    index, transport: receiver.media[index].transport, formats: receiver.media[index].lastFormatTexts))
    }

    /// Rejects what the answerer left out, or was never shown.
    mutating func completeAnswer() {
        while sections.count < receiver.media.count { appendMissingSection(sections.count) }
    }

    /// Whether there is something on the receiver's leg that an offer goes on with: an answer, or what the receiver has
    /// said itself. An offer that nobody answered settles nothing; the next attempt has options of its own.
    func legGoesOn(at index: Int) -> Bool { receiver.hasAgreed || receiver.media[index].endpoint != nil }

    /// The transport that the receiver sees.
    func receiverTransport(_ intake: SectionIntake, at index: Int) -> String {
        let received = intake.description.transport
        guard intake.kind.isRTP else { return received }
        switch (mode, options.transport.profile) {
        case (_, .named(let name)) where TransportKind(name).isRTP: return name
        case (.answer, .accept): return received
        case (.offer, _):
            // Each leg goes on in its own profile; a sender that changes its own one negotiates anew.
            let isKept =
                legGoesOn(at: index) && receiver.media[index].isRTP
                && sender.media[index].transportKind.isLike(TransportKind(received))
            return isKept ? receiver.media[index].transport : received
        case (.answer, _):
            // Without a word about it the offerer sees the profile it offered, whatever the answer says.
            let offered = receiver.media[index].transport
            return TransportKind(offered).isRTP ? offered : received
        }
    }

    /// Notes the transports of both legs.
    mutating func decideProfile(_ intake: SectionIntake, at index: Int) {
        receiver.media[index].transport = receiverTransport(intake, at: index)
        sender.media[index].transport = intake.description.transport
    }

    /// The receiver has accepted multiplexing for the section, or, where the section is new, for one before it: browsers
    /// take no section without it (RFC 8829 §4.1.1, `rtcpMuxPolicy`).
    private func receiverMultiplexes(at index: Int) -> Bool {
        if receiver.media[index].isMuxed || receiver.media[index].endpoint != nil {
            return receiver.media[index].isMuxed
        }
        return receiver.media[..<index].contains(where: \.isMuxed)
    }

    /// Settles RTCP multiplexing as far as this message can; returns which sides need a pair of ports.
    mutating func decideMux(at index: Int) -> PortNeeds {
        guard sender.media[index].isRTP else { return PortNeeds(senderPair: true, receiverPair: true) }
        switch mode {
        case .offer:
            let policy = options.rtcp.mux
            let announced = sender.media[index].announcesMux
            sender.media[index].muxDecision = RTCPMuxNegotiation.offererDecision(announced: announced, policy)
            let (offersMux, needsPair) = RTCPMuxNegotiation.offer(
                announced: announced, wasMuxed: receiverMultiplexes(at: index), policy)
            receiver.media[index].wasOfferedMux = offersMux
            return PortNeeds(
                senderPair: sender.media[index].muxDecision != .yes && !sender.media[index].isMuxed,
                receiverPair: needsPair)
        case .answer:
            RTCPMuxNegotiation.settle(answerer: &sender.media[index], offerer: &receiver.media[index])
            return PortNeeds(senderPair: false, receiverPair: !receiver.media[index].isMuxed)
        }
    }
}

extension TransportKind {
    /// The same profile but for the name: a proxy may have the answer say `RTP/SAVPF` to a browser that goes on to offer
    /// `UDP/TLS/RTP/SAVPF`.
    fileprivate func isLike(_ other: TransportKind) -> Bool {
        guard let profile, let other = other.profile else { return self == other }
        return profile.isSecure == other.isSecure && profile.hasFeedback == other.hasFeedback
    }
}

/// Which sides need a port for RTCP of their own.
struct PortNeeds {
    var senderPair: Bool
    var receiverPair: Bool
}

/// What becomes of one section in the SDP written.
enum SectionResult {
    /// Relayed: own port and address, lines by the rules.
    case written(Int, SectionIntake, [PayloadFormat])
    /// Address, port and lines as received, with the relay as a further ICE candidate.
    case bypassed(Int, SectionIntake, [PayloadFormat])
    /// Not relayed (TCP): address and port as received.
    case passed(Int, SectionIntake)
    /// Port 0.
    case rejected(Int, transport: String, formats: [String])
    /// Not shown to the receiver.
    case hidden(Int)

    /// Nothing of the section will flow.
    var isRejected: Bool {
        switch self {
        case .written, .bypassed, .passed: false
        case .rejected, .hidden: true
        }
    }
}

extension PartyMedia {
    /// A new section, with the ports that one added by an earlier offer was given.
    fileprivate init(_ description: MediaDescription, portsOf index: Int, in superseded: [PartyMedia]) {
        self.init(mediaType: description.mediaType, transport: description.transport)
        if superseded.indices.contains(index) { portSets = superseded[index].portSets }
    }

    /// The format list for a section that is rejected because the other side no longer mentions it.
    var lastFormatTexts: [String] {
        if let offeredFormats, !offeredFormats.isEmpty { return offeredFormats.map { String($0.payloadType) } }
        return formatTexts.isEmpty ? ["0"] : formatTexts
    }
}

extension RewritingOptions {
    /// `sdp-media-remove` names this media type.
    func removes(_ mediaType: String) -> Bool {
        guard !removedMedia.isEmpty else { return false }
        let named: Set<String> = ["audio", "video", "image", "message", "text", "application"]
        let type = mediaType.lowercased()
        return removedMedia.contains(named.contains(type) ? type : "other")
    }
}
