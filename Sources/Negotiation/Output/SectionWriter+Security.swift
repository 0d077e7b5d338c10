import CallModel
import Forwarding
import NetTypes
import SRTPKeying
import Wire

extension SectionWriter {
    /// `a=crypto` (RFC 4568). Padding and lifetime are ways of writing, not part of the key.
    func appendSDES(_ sdes: SDESState, to attributes: inout [String]) {
        let options = exchange.options.sdes
        for line in sdes.local {
            var line = line
            line.lifetime = options.printsLifetime ? .powerOfTwo(31) : nil
            attributes.append("crypto:" + line.text(padding: options.padsKeys ? .included : .omitted))
        }
    }

    /// `a=setup`, `a=fingerprint`, `a=tls-id` (RFC 8842).
    func appendDTLS(_ dtls: DTLSState, to attributes: inout [String]) {
        let hash = dtls.hash ?? "sha-256"
        guard dtls.isAnnounced, let value = dtls.certificate?.fingerprints[hash] else { return }
        let setup = exchange.mode == .offer ? DTLSState.Setup.actpass.rawValue : (dtls.role ?? .active).rawValue
        attributes.append("setup:\(setup)")
        attributes.append("fingerprint:\(hash) \(value)")
        if let id = dtls.localID, !exchange.options.dtls.omitsTLSID { attributes.append("tls-id:\(id)") }
    }

    /// Credentials, options and candidates (RFC 8839).
    func appendICE(_ index: Int, to attributes: inout [String]) {
        let media = exchange.receiver.media[index]
        guard media.ice.isAnnounced, let credentials = media.ice.local, let ports = exchange.receiver.ports(at: index)
        else {
            // ICE taken from the answer of a trickling agent: it is told that no candidates will come.
            if exchange.mode == .answer, exchange.options.ice.policy == .remove, media.ice.remote != nil,
                media.ice.trickles
            {
                attributes += ["ice-options:trickle", "end-of-candidates"]
            }
            return
        }
        attributes.append("ice-ufrag:\(credentials.usernameFragment)")
        attributes.append("ice-pwd:\(credentials.password)")
        let trickles = media.ice.trickles
        let announcesICE2 = media.ice.announcesICE2 || (exchange.mode == .offer && exchange.options.ice.announcesICE2)
        let words = (trickles ? ["trickle"] : []) + (announcesICE2 ? ["ice2"] : [])
        if !words.isEmpty { attributes.append("ice-options:\(words.joined(separator: " "))") }
        let isMuxed = exchange.mode == .offer ? media.wasOfferedMux && !ports.isPair : media.isMuxed
        attributes += ICENegotiation.candidates(
            ports.bindings, isMuxed: isMuxed, mediaAddress: exchange.options.addressing.mediaAddress,
            foundation: identity.foundation)
        if trickles { attributes.append("end-of-candidates") }
    }
}
