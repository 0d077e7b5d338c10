internal import Negotiation

extension OptionGroup {
    /// RTCP (ng-protocol §5.4, RTCP, rtcp-mux, bundle). Words of a list add up.
    static let rtcp = OptionGroup(
        keys: [
            OptionKey(
                "rtcp-mux",
                .words { request, word in
                    switch word.folded {
                    case "offer": request.options.rtcp.mux.insert(.offer)
                    case "require": request.options.rtcp.mux.insert(.require)
                    case "demux": request.options.rtcp.mux.insert(.demux)
                    case "accept": request.options.rtcp.mux.insert(.accept)
                    case "reject": request.options.rtcp.mux.insert(.reject)
                    default: return false
                    }
                    return true
                }),
            OptionKey(
                "generate-RTCP",
                .words { request, word in
                    switch word.folded {
                    case "on": request.options.rtcp.generatesReports = true
                    case "off": request.options.rtcp.generatesReports = false
                    default: return false
                    }
                    return true
                }),
        ],
        flags: [
            OptionFlag("no-rtcp-attribute") { $0.options.rtcp.omitsAttribute = true },
            OptionFlag("full-rtcp-attribute") { $0.options.rtcp.writesFullAttribute = true },
            OptionFlag("generate-RTCP") { $0.options.rtcp.generatesReports = true },
        ])

    /// BUNDLE and `a=mid`.
    static let bundle = OptionGroup(
        keys: [
            OptionKey(
                "bundle",
                .words { request, word in
                    switch word.folded {
                    case "accept": request.options.bundle.policy.insert(.accept)
                    case "offer": request.options.bundle.policy.insert(.offer)
                    case "require": request.options.bundle.policy.insert(.require)
                    case "strict": request.options.bundle.policy.insert(.strict)
                    case "reject": request.options.bundle.policy.insert(.reject)
                    default: return false
                    }
                    return true
                })
        ],
        flags: [OptionFlag("generate-mid") { $0.options.bundle.generatesMID = true }])
}
