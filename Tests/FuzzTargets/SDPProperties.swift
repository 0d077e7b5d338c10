import SDP

/// SDP: a description is written so that it reads the same, and every typed attribute writes what it read.
enum SDPProperties {
    static func violation(_ bytes: [UInt8]) -> String? {
        for parsed in [try? SessionDescription.parse(bytes), try? SessionDescription.parseFragment(bytes)] {
            guard let parsed else { continue }
            let written = parsed.serialized()
            // CRLF may have made a text with bare line feeds longer than allowed.
            if written.count <= SDPLimits.default.totalBytes, (try? SessionDescription.parseFragment(written)) != parsed
            {
                return "reads differently after writing"
            }
            try? parsed.validateForRelay()
            for section in parsed.media {
                if let violation = violation(section) { return violation }
            }
        }
        return nil
    }

    private static func violation(_ section: MediaDescription) -> String? {
        let checks: [(String, Bool)] = [
            ("attribute", section.attributes.allSatisfy { Attribute($0.text) == $0 }),
            ("rtpmap", section.rtpMaps.allSatisfy { RTPMap($0.text) == $0 }),
            ("fmtp", section.formatParameters.allSatisfy { FormatParameters($0.text) == $0 }),
            ("rtcp-fb", section.rtcpFeedback.allSatisfy { RTCPFeedback($0.text) == $0 }),
            ("candidate", section.iceCandidates.allSatisfy { ICECandidate($0.text) == $0 }),
            ("fingerprint", section.fingerprints.allSatisfy { Fingerprint($0.text) == $0 }),
            ("extmap", section.extensionMaps.allSatisfy { ExtensionMap($0.text) == $0 }),
            ("crypto", section.cryptoAttributes.allSatisfy { CryptoAttribute($0.text) == $0 }),
            ("b=", section.bandwidths.allSatisfy { Bandwidth($0.text) == $0 }),
            ("rtcp", section.rtcp.map { RTCPAttribute($0.text) == $0 } ?? true),
        ]
        _ = (section.transportKind, section.payloadTypes, section.setup, section.mid, section.direction)
        return checks.first { !$0.1 }.map { "\($0.0) reads differently after writing" }
    }
}
