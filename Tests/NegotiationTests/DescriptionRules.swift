import TestSupport

/// What must hold for every description that is sent to a party, whatever the call (RFC 3264, 5761, 5763, 8839, 8842,
/// 9143).
struct DescriptionRules {
    /// It is an answer to `offer`; `nil` for an offer.
    var offer: Body?
    /// The party uses ICE; `nil` for either.
    var hasICE: Bool?
    /// The party uses DTLS-SRTP; `nil` for either.
    var hasDTLS: Bool?
    /// SDES is switched off.
    var hasNoSDES = true

    /// Everything that is wrong with `reply`.
    func violations(in reply: Reply) -> [String] {
        guard reply.result == "ok" else { return ["refused: \(reply.errorReason ?? "")"] }
        var found = checkSession(reply)
        for (index, section) in reply.sections.enumerated() {
            found += check(section, at: index).map { "section \(index): \($0)" }
        }
        return found + checkBundle(reply) + checkNames(reply) + checkPlaces(reply)
    }

    private func checkSession(_ reply: Reply) -> [String] {
        var found: [String] = []
        let types = reply.sessionLines.compactMap(\.first)
        if String(types).prefix(3) != "vos" { found.append("session begins \(String(types))") }
        if !types.contains("t") { found.append("no t=") }
        if let offer {
            let offered = offer.sections.map { $0[0].dropFirst(2).prefix { $0 != " " } }
            if offered.map(String.init) != reply.sections.map(\.type) { found.append("sections are not those offered") }
        }
        return found
    }

    private func check(_ section: Reply.Section, at index: Int) -> [String] {
        var found: [String] = []
        func rule(_ holds: Bool, _ text: String) { if !holds { found.append(text) } }
        rule(section.lines.filter { $0.hasPrefix("c=") }.count == 1, "not one c=")
        guard section.port != 0 else {
            rule(section.values(of: "candidate").isEmpty, "rejected with candidates")
            return found
        }
        rule(section.address != "0.0.0.0" || hasICE == false, "zero address")
        rule(
            ["sendrecv", "sendonly", "recvonly", "inactive"].filter { section.has("a=" + $0) }.count == 1,
            "not one direction")
        rule(!hasNoSDES || section.values(of: "crypto").isEmpty, "crypto")
        found += checkFormats(section, at: index)
        found += checkDTLS(section)
        found += checkICE(section)
        found += checkRTCP(section, at: index)
        return found
    }

    private func checkFormats(_ section: Reply.Section, at index: Int) -> [String] {
        var found: [String] = []
        for name in ["rtpmap", "fmtp", "rtcp-fb"] {
            for value in section.values(of: name) {
                let format = String(value.prefix { $0 != " " })
                if format != "*", !section.formats.contains(format) { found.append("\(name) for \(format)") }
            }
        }
        if let offer, offer.sections.indices.contains(index) {
            let offered = Set(offer.sections[index][0].split(separator: " ").dropFirst(3).map(String.init))
            if !offered.isSuperset(of: section.formats) { found.append("formats \(section.formats) beyond \(offered)") }
        }
        return found
    }

    private func checkDTLS(_ section: Reply.Section) -> [String] {
        var found: [String] = []
        let setup = section.values(of: "setup")
        let counts = ["setup", "fingerprint", "tls-id"].map { section.values(of: $0).count }
        if Set(counts).count != 1 || counts[0] > 1 { found.append("setup, fingerprint, tls-id: \(counts)") }
        if let hasDTLS, hasDTLS != !setup.isEmpty { found.append(hasDTLS ? "no DTLS" : "DTLS") }
        if hasDTLS == true, !section.transport.contains("SAVP") { found.append("DTLS in \(section.transport)") }
        if let first = setup.first {
            let allowed = offer == nil ? ["actpass"] : ["active", "passive"]
            if !allowed.contains(first) { found.append("setup:\(first)") }
        }
        return found
    }

    private func checkICE(_ section: Reply.Section) -> [String] {
        var found: [String] = []
        let candidates = section.values(of: "candidate").map { $0.split(separator: " ") }
        let credentials = ["ice-ufrag", "ice-pwd"].map { section.values(of: $0).count }
        if Set(credentials).count != 1 || credentials[0] > 1 { found.append("credentials: \(credentials)") }
        if (credentials[0] == 1) != !candidates.isEmpty { found.append("credentials without candidates or reverse") }
        if let hasICE, hasICE != (credentials[0] == 1) { found.append(hasICE ? "no ICE" : "ICE") }
        for candidate in candidates {
            guard candidate.count >= 8, let port = UInt16(candidate[5]) else {
                found.append("candidate \(candidate)")
                continue
            }
            let expected = candidate[1] == "1" ? section.port : section.rtcpPort
            if port != expected { found.append("candidate \(candidate[1]) at \(port), not \(expected ?? 0)") }
            if candidate[4] != section.address { found.append("candidate at \(candidate[4])") }
        }
        if section.isMuxed, offer != nil, candidates.contains(where: { $0[1] == "2" }) {
            found.append("component 2 beside rtcp-mux")
        }
        if Set(candidates.map { $0[3] }).count != candidates.count { found.append("equal priorities") }
        if section.values(of: "end-of-candidates").count > 1 { found.append("end-of-candidates") }
        return found
    }

    private func checkRTCP(_ section: Reply.Section, at index: Int) -> [String] {
        guard let port = section.rtcpPort else { return [] }
        var found: [String] = []
        if section.lines.filter({ $0 == "a=rtcp-mux" }).count > 1 { found.append("rtcp-mux twice") }
        if section.isMuxed, let offer {
            if !offer.sections[index].contains("a=rtcp-mux") { found.append("rtcp-mux was not offered") }
            if port != section.port { found.append("rtcp at \(port) beside rtcp-mux") }
        }
        if !section.isMuxed, port != section.port + 1 { found.append("rtcp at \(port), RTP at \(section.port)") }
        return found
    }

    private func checkBundle(_ reply: Reply) -> [String] {
        let groups = reply.sessionLines.filter { $0.hasPrefix("a=group:BUNDLE") }
        guard groups.count < 2 else { return ["two groups"] }
        guard let group = groups.first else { return [] }
        var found: [String] = []
        let names = group.split(separator: " ").dropFirst().map(String.init)
        let members = reply.sections.filter { section in
            section.values(of: "mid").first.map(names.contains) ?? false
        }
        if members.count != names.count { found.append("group of \(names)") }
        if offer != nil {
            if members.contains(where: { $0.port == 0 }) { found.append("rejected section in the group") }
            for name in ["ice-ufrag", "ice-pwd", "fingerprint", "setup", "tls-id"]
            where Set(members.map { $0.values(of: name) }).count > 1 {
                found.append("\(name) differs within the group")
            }
            if Set(members.map(\.port)).count > 1 { found.append("ports differ within the group") }
            if members.contains(where: { !$0.isMuxed }) { found.append("no rtcp-mux within the group") }
        }
        return found
    }

    private func checkNames(_ reply: Reply) -> [String] {
        let names = reply.sections.flatMap { $0.values(of: "mid") }
        var found = Set(names).count == names.count ? [] : ["mid twice: \(names)"]
        if let offer {
            for (section, offered) in zip(reply.sections, offer.sections) {
                // A party that was once told a name is told it again, also when it leaves it out.
                guard let name = offered.first(where: { $0.hasPrefix("a=mid:") })?.dropFirst(6) else { continue }
                if section.values(of: "mid").first != String(name) { found.append("mid \(section.values(of: "mid"))") }
            }
        }
        return found
    }

    /// Sections share a port within a group only.
    private func checkPlaces(_ reply: Reply) -> [String] {
        guard !reply.sessionLines.contains(where: { $0.hasPrefix("a=group:BUNDLE") }) else { return [] }
        let ports = reply.sections.map(\.port).filter { $0 != 0 }
        return Set(ports).count == ports.count ? [] : ["ports \(ports)"]
    }
}
