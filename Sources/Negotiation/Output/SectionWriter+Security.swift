import CallModel
import Forwarding
import NetTypes
import SRTPKeying
import Wire

extension SectionWriter {
    /// `a=crypto` (RFC 4568). Padding and lifetime are ways of writing, not part of the key.
    func appendSDES(_ options: SDESOptions, _ sdes: SDESState, to attributes: inout OutputText) {
        for line in sdes.local {
            var line = line
            line.lifetime = options.printsLifetime ? .powerOfTwo(31) : nil
            attributes.attribute("crypto:", line.text(padding: options.padsKeys ? .included : .omitted))
        }
    }

    /// `a=setup`, `a=fingerprint`, `a=tls-id` (RFC 8842).
    func appendDTLS(_ exchange: Exchange, _ dtls: DTLSState, to attributes: inout OutputText) {
        let hash = dtls.hash ?? "sha-256"
        guard dtls.isAnnounced, let value = dtls.certificate?.fingerprints[hash] else { return }
        let setup = exchange.mode == .offer ? DTLSState.Setup.actpass.rawValue : (dtls.role ?? .active).rawValue
        attributes.attribute("setup:", setup)
        attributes.attribute("fingerprint:\(hash) ", value)
        if let id = dtls.localID, !exchange.options.dtls.omitsTLSID { attributes.attribute("tls-id:", id) }
    }

    /// Credentials, options and candidates (RFC 8839).
    func appendICE(_ exchange: Exchange, _ index: Int, to attributes: inout OutputText) {
        let ice = exchange.receiver.media[index].ice
        guard ice.isAnnounced, let credentials = ice.local, let ports = exchange.receiver.ports(at: index) else {
            // ICE taken from the answer of a trickling agent: it is told that no candidates will come.
            if exchange.mode == .answer, exchange.options.ice.policy == .remove, ice.remote != nil, ice.trickles {
                attributes.attribute("ice-options:trickle")
                attributes.attribute("end-of-candidates")
            }
            return
        }
        attributes.attribute("ice-ufrag:", credentials.usernameFragment)
        attributes.attribute("ice-pwd:", credentials.password)
        let trickles = ice.trickles
        let announcesICE2 = ice.announcesICE2 || (exchange.mode == .offer && exchange.options.ice.announcesICE2)
        let words = (trickles ? ["trickle"] : []) + (announcesICE2 ? ["ice2"] : [])
        if !words.isEmpty { attributes.attribute("ice-options:", words.joined(separator: " ")) }
        let isMuxed =
            exchange.mode == .offer
            ? exchange.receiver.media[index].wasOfferedMux && !ports.isPair : exchange.receiver.media[index].isMuxed
        let candidates = ICENegotiation.candidates(
            ports.bindings, isMuxed: isMuxed, mediaAddress: exchange.options.addressing.mediaAddress,
            foundation: identity.foundation)
        for candidate in candidates { attributes.attribute(candidate) }
        if trickles { attributes.attribute("end-of-candidates") }
    }
}
