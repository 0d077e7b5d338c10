public import CallModel
import Forwarding
import MediaFormats
import NetTypes
public import SDP

/// Offer/answer through the relay: takes in what one party said, decides, and writes what the other party is told
/// (RFC 3264; rules of sdp-behaviour). Pure but for the ports it leases through its environment.
///
/// A call whose negotiation has failed is of no more use: its owner goes on with what it was before.
public struct Negotiator<Environment: NegotiationEnvironment> {
    /// Ports, chance, facts.
    public var environment: Environment
    // What is asked for often: the environment is of any type, and hands out copies.
    let rules: NegotiationRules
    let localInterfaces: InterfaceTable

    /// A negotiator in `environment`.
    public init(environment: Environment) {
        self.environment = environment
        rules = environment.rules
        localInterfaces = environment.interfaces
    }

    /// Passes an offer on: `sender` said `description`, the body returned goes to `receiver`.
    public mutating func offer(
        _ description: SessionDescription, from sender: PartyID, to receiver: PartyID, in call: inout Call,
        _ options: SignallingOptions
    ) throws(NegotiationError) -> [UInt8] {
        try exchange(description, .offer, from: sender, to: receiver, in: &call, options)
    }

    /// Passes an answer back: `sender` (the answerer) said `description`, the body goes to `receiver` (the offerer).
    public mutating func answer(
        _ description: SessionDescription, from sender: PartyID, to receiver: PartyID, in call: inout Call,
        _ options: SignallingOptions
    ) throws(NegotiationError) -> [UInt8] {
        try exchange(description, .answer, from: sender, to: receiver, in: &call, options)
    }

    private mutating func exchange(
        _ description: SessionDescription, _ mode: ExchangeMode, from senderID: PartyID, to receiverID: PartyID,
        in call: inout Call, _ options: SignallingOptions
    ) throws(NegotiationError) -> [UInt8] {
        guard senderID != receiverID, let sender = call.place(of: senderID), let receiver = call.place(of: receiverID)
        else { throw .invalidDialogueAssociation }
        guard description.media.contains(where: { $0.port != 0 }) else { throw .nothingToRewrite }
        let session = SessionIntake(description)
        if mode == .offer {
            // A negative value leaves the call as it is; none, or one that is no byte, means the default (§5.4).
            let tos = options.media.tos ?? Int.max
            if tos >= 0 { call.tos = tos < 256 ? UInt8(tos) : rules.tos }
        }
        if let drops = options.media.dropsTraffic { call.dropsTraffic = drops }
        let formerPorts = call.parties[sender].ports(and: call.parties[receiver])

        var exchange = Exchange(
            mode: mode, options: options, session: session, worker: call.worker, tos: call.tos,
            prefersPassiveDTLS: rules.prefersPassiveDTLS, sender: call.takeOut(sender),
            receiver: call.takeOut(receiver))
        exchange.begin()
        chooseInterfaces(sender: &exchange.sender, receiver: &exchange.receiver, mode, options.addressing)
        let description = exchange.mergeDoubledSections(description)
        exchange.electBundleOwners(description)
        for media in description.media { try take(media, into: &exchange) }
        if mode == .offer {
            for index in exchange.sections.count..<max(exchange.sections.count, exchange.receiver.media.count) {
                exchange.appendMissingSection(index)
            }
        } else {
            exchange.completeAnswer()
        }
        // Sections that lost their codecs were rejected because that was asked for.
        guard options.codecs.allowsEmptyMedia || exchange.sections.contains(where: { !$0.isRejected }) else {
            throw .nothingToRewrite
        }
        let body = write(&exchange)
        exchange.end()
        let ports = exchange.sender.ports(and: exchange.receiver)
        if !formerPorts.isEmpty, ports != formerPorts {
            let kept = Set(ports)
            environment.retire(formerPorts.filter { !kept.contains($0) })
        }
        call.update(senderID) { swap(&$0, &exchange.sender) }
        call.update(receiverID) { swap(&$0, &exchange.receiver) }
        if options.media.blocksEvents {
            call.suppress(.events, .party(senderID), begins: options.media.keepsEventsBack)
        }
        return body
    }

    /// Writes what the receiver is told.
    private func write(_ exchange: inout Exchange) -> [UInt8] {
        let identity = RelayIdentity(
            loopMark: environment.loopMark, foundationSecret: environment.foundationSecret,
            address: address(facing: exchange.receiver))
        var sent = exchange.receiver.sent
        let writer = DescriptionWriter(exchange: exchange, identity: identity)
        let body = writer.write(sent: &sent)
        exchange = writer.finish()
        exchange.receiver.sent = sent
        return body
    }

    /// Works one received section into both parties and notes what to write.
    private mutating func take(_ media: MediaDescription, into exchange: inout Exchange) throws(NegotiationError) {
        var intake = SectionIntake(media, session: exchange.session)
        let index = exchange.nextSection()
        exchange.prepareSection(index, intake)
        exchange.decideBundle(intake, at: index)
        if exchange.mode == .offer, exchange.sender.media[index].bundleOwner != nil { intake.ridesOnBundle = true }
        guard !intake.isRejected else {
            exchange.reject(index, intake)
            return
        }
        let acceptsLoopback = facesLoopback(exchange.sender)
        let listeners = rules.ownListeners
        intake.security.dropUnusableCandidates(acceptsLoopback: acceptsLoopback, listeners: listeners)
        try exchange.absorb(
            intake, at: index, usesSIPSource: rules.usesSIPSource, acceptsLoopback: acceptsLoopback,
            listeners: listeners)
        exchange.decideProfile(intake, at: index)
        if intake.kind == .tcp {
            exchange.sections.append(.passed(index, intake))
            return
        }
        let formats = exchange.decideFormats(intake, at: index)
        let needs = exchange.decideMux(at: index)
        if exchange.receiver.media[index].isRejected {
            exchange.reject(index, intake)
            return
        }
        exchange.decideBypass(intake, at: index)
        if exchange.receiver.media[index].bypassesRelay {
            try openPorts(at: index, PortNeeds(senderPair: true, receiverPair: true), in: &exchange)
            exchange.sections.append(.bypassed(index, intake, formats))
            return
        }
        exchange.decideICE(at: index)
        exchange.decideKeying(at: index)
        exchange.decideDoubling(at: index)
        try openPorts(at: index, needs, in: &exchange)
        makeTokens(at: index, in: &exchange)
        exchange.sections.append(
            exchange.receiver.media[index].isHidden ? .hidden(index) : .written(index, intake, formats))
    }
}

/// Which half of offer/answer a message is.
enum ExchangeMode {
    case offer
    case answer
}
