internal import Negotiation

extension OptionGroup {
    /// DTLS-SRTP (ng-protocol §5.4, DTLS and SDES).
    static let dtls = OptionGroup(
        keys: [
            OptionKey(
                "DTLS",
                .words { request, word in
                    switch word.folded {
                    case "off", "no", "disable", "disabled": request.options.dtls.isOff = true
                    case "passive": request.options.dtls.role = .passive
                    case "active": request.options.dtls.role = .active
                    default: return false
                    }
                    return true
                }),
            OptionKey(
                "DTLS-fingerprint",
                .words { request, word in
                    guard ["sha-1", "sha-224", "sha-256", "sha-384", "sha-512"].contains(word.folded) else {
                        return false
                    }
                    request.options.dtls.fingerprintHash = word.folded
                    return true
                }),
        ],
        flags: [OptionFlag("no-tls-id") { $0.options.dtls.omitsTLSID = true }])

    /// SDES (RFC 4568).
    static let sdes = OptionGroup(
        keys: [OptionKey("SDES", .words(applySDES))],
        flags: [OptionFlag("pad-crypto") { $0.options.sdes.padsKeys = true }])

    @Sendable private static func applySDES(_ request: inout NGRequest, _ word: OptionWord) -> Bool {
        switch word.folded {
        case "off", "no", "disable", "disabled": request.options.sdes.isOff = true
        case "nonew": request.options.sdes.addsNoSuites = true
        case "pad": request.options.sdes.padsKeys = true
        case "lifetime": request.options.sdes.printsLifetime = true
        case "static": request.options.sdes.isStatic = true
        case "prefer", "priority": request.options.sdes.isPreferred = true
        case "unencrypted-srtp": request.options.sdes.unencryptedSRTP = true
        case "encrypted-srtp": request.options.sdes.unencryptedSRTP = false
        case "unencrypted-srtcp": request.options.sdes.unencryptedSRTCP = true
        case "encrypted-srtcp": request.options.sdes.unencryptedSRTCP = false
        case "unauthenticated-srtp": request.options.sdes.unauthenticatedSRTP = true
        case "authenticated-srtp": request.options.sdes.unauthenticatedSRTP = false
        default: return applySuites(&request, word)
        }
        return true
    }

    /// The words that carry names of suites. Suites are compared without case; the registry has capitals.
    private static func applySuites(_ request: inout NGRequest, _ word: OptionWord) -> Bool {
        // A suite named again has its place already.
        func suites(_ text: String) -> [String] {
            var known: Set<String> = []
            return text.split(separator: ";").map { $0.uppercased() }.filter { known.insert($0).inserted }
        }
        if let only = word.remainder(after: "only-") {
            request.options.sdes.only.append(only.uppercased())
        } else if let excluded = word.remainder(after: "no-") {
            request.options.sdes.excluded.append(excluded.uppercased())
        } else if let order = word.remainder(after: "order:") {
            request.options.sdes.order = suites(order)
        } else if let preference = word.remainder(after: "offerer-pref:") {
            request.options.sdes.offererPreference = suites(preference)
        } else {
            return false
        }
        return true
    }

    /// Opportunistic SRTP (RFC 8643).
    static let osrtp = OptionGroup(keys: [
        OptionKey(
            "OSRTP",
            .words { request, word in
                switch word.folded {
                case "offer", "offer-rfc": request.options.osrtp.offersRFC = true
                case "offer-legacy": request.options.osrtp.offersLegacy = true
                case "accept-rfc": request.options.osrtp.acceptsRFC = true
                case "accept-legacy": request.options.osrtp.acceptsLegacy = true
                case "accept":
                    request.options.osrtp.acceptsRFC = true
                    request.options.osrtp.acceptsLegacy = true
                default: return false
                }
                return true
            })
    ])
}
