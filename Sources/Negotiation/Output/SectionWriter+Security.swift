import CallModel
import Forwarding
import NetTypes
import SDP
import SRTPKeying
import Wire

extension SectionWriter {
    /// `a=crypto` (RFC 4568). Padding and lifetime are ways of writing, not part of the key.
    func writeSDES(_ sdes: SDESState, to text: inout SDPWriter) {
        let options = exchange.options.sdes
        for line in sdes.local {
            var line = line
            line.lifetime = options.printsLifetime ? .powerOfTwo(31) : nil
            text.appendAttribute("crypto", line.text(padding: options.padsKeys ? .included : .omitted))
        }
    }

    /// `a=setup`, `a=fingerprint`, `a=tls-id` (RFC 8842).
    func writeDTLS(_ dtls: DTLSState, to text: inout SDPWriter) {
        let hash = dtls.hash ?? "sha-256"
        guard dtls.isAnnounced, let value = dtls.certificate?.fingerprints[hash] else { return }
        let setup = exchange.mode == .offer ? DTLSState.Setup.actpass.rawValue : (dtls.role ?? .active).rawValue
        text.appendAttribute("setup", setup)
        text.beginAttribute("fingerprint")
        text.append(hash)
        text.appendSpace()
        text.append(value)
        text.end()
        if let id = dtls.localID, !exchange.options.dtls.omitsTLSID { text.appendAttribute("tls-id", id) }
    }

    /// Credentials, options and candidates (RFC 8839).
    func writeICE(_ index: Int, to text: inout SDPWriter) {
        let ice = exchange.receiver.media[index].ice
        guard ice.isAnnounced, let credentials = ice.local, let ports = exchange.receiver.ports(at: index) else {
            // ICE taken from the answer of a trickling agent: it is told that no candidates will come.
            if exchange.mode == .answer, exchange.options.ice.policy == .remove, ice.remote != nil, ice.trickles {
                text.appendAttribute("ice-options", "trickle")
                text.appendAttribute("end-of-candidates")
            }
            return
        }
        text.appendAttribute("ice-ufrag", credentials.usernameFragment)
        text.appendAttribute("ice-pwd", credentials.password)
        let trickles = ice.trickles
        let announcesICE2 = ice.announcesICE2 || (exchange.mode == .offer && exchange.options.ice.announcesICE2)
        if trickles || announcesICE2 {
            text.appendAttribute("ice-options", trickles ? announcesICE2 ? "trickle ice2" : "trickle" : "ice2")
        }
        let media = exchange.receiver.media[index]
        let isMuxed = exchange.mode == .offer ? media.wasOfferedMux && !ports.isPair : media.isMuxed
        let candidates = ICENegotiation.candidates(
            ports.bindings, isMuxed: isMuxed, mediaAddress: exchange.options.addressing.mediaAddress,
            foundation: identity.foundation)
        for candidate in candidates { text.append(UInt8(ascii: "a"), candidate) }
        if trickles { text.appendAttribute("end-of-candidates") }
    }
}
