import CallModel
import NetTypes
import SDP

extension Exchange {
    /// Takes what the sender says of itself into its side of the section.
    mutating func absorb(
        _ intake: SectionIntake, at index: Int, usesSIPSource: Bool
    ) throws(NegotiationError) {
        guard let connection = intake.connection else { throw .incompleteDescription }
        let address = try remoteAddress(connection.address, usesSIPSource: usesSIPSource)
        var media = sender.media[index]
        media.isRejected = false
        media.isHeld = connection.address.isUnspecified
        media.endpoint = TransportAddress(address, intake.description.port)
        media.rtcpEndpoint = TransportAddress(
            intake.rtcpAddress ?? address, intake.rtcpPort ?? (intake.description.port &+ 1))
        if !media.isHeld, media.learningEndpoint != media.endpoint || options.transport.resets {
            media.learningEpoch &+= 1
            media.learningEndpoint = media.endpoint
        }
        media.direction = intake.direction ?? .sendrecv
        media.formats = intake.formats
        media.formatTexts = intake.description.formats
        media.ptime = intake.ptime
        media.announcesMux = intake.announcesMux
        media.hasExtensions = !intake.extensions.isEmpty
        media.announcesMixedExtensions = intake.allowsMixedExtensions
        let addressing = options.addressing
        media.isAsymmetric = addressing.isAsymmetric
        media.isStrictSource = addressing.isStrictSource
        media.isMediaHandover = addressing.isMediaHandover
        media.isUnidirectional = addressing.isUnidirectional
        media.learning = addressing.learning ?? media.learning
        sender.media[index] = media
        receiver.media[index].isRejected = false
        if sender.family == nil { sender.family = address.family }
    }

    /// The address media goes to: the SDP's, or the SIP message's source where that is asked for.
    private func remoteAddress(_ address: IPAddress, usesSIPSource: Bool) throws(NegotiationError) -> IPAddress {
        guard !address.isUnspecified else { return address }
        if let received = options.addressing.receivedFrom {
            return options.addressing.usesSIPSourceAddress ?? usesSIPSource ? received : address
        }
        // Asked for in this very message, there must be something to use; as a rule of the daemon it is a preference.
        if options.addressing.usesSIPSourceAddress == true { throw .incompleteDescription }
        return address
    }
}
