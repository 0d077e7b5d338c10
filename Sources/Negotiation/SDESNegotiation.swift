import SRTPKeying

/// Which `a=crypto` lines the other side is told (RFC 4568 §5, sdp-behaviour §13), as pure decisions.
enum SDESNegotiation {
    /// The lines of an offer: what the sender offered with its own keys, so that packets may pass unchanged, then the
    /// suites it lacks with fresh keys. Keys of an offer that is not answered yet stay: the answer may be to that one.
    /// Where the sender offers none, keys in use with the receiver come first and stay. Where packets may be converted,
    /// all keys are the relay's own: one key for two different texts gives both away (RFC 3711 §9.1).
    static func offer(
        from sender: [SDESAttribute], inUse: SDESAttribute?, unanswered: [SDESAttribute], _ options: SDESOptions,
        passesKeys: Bool = true, using generator: inout some RandomNumberGenerator
    ) -> [SDESAttribute] {
        let given = sender.isEmpty ? inUse.map { [$0] } ?? [] : sender
        var lines = given.filter { options.allows($0.suite) }
        for index in lines.indices {
            let received = lines[index].parameters
            lines[index].lifetime = nil
            options.adjust(&lines[index].parameters)
            // One nonce for two different texts gives the key of GCM away (RFC 7714 §9.1): where packets of the two sides
            // look different they need keys of their own.
            let isDifferent = lines[index].suite.cipher == .gcm && !lines[index].parameters.looks(like: received)
            if isDifferent || (!passesKeys && !sender.isEmpty) {
                let suite = lines[index].suite
                let kept = unanswered.first { $0.suite == suite && $0.tag == lines[index].tag }?.masterKey
                let former = passesKeys ? nil : inUse.flatMap { $0.own(suite, besides: sender) }
                lines[index].masterKey = kept ?? former ?? freshKey(for: suite, using: &generator)
            }
        }
        if !options.addsNoSuites {
            var tag = lines.map(\.tag).max() ?? 0
            for suite in CryptoSuite.allCases
            where options.allows(suite) && !lines.contains(where: { $0.suite == suite }) {
                tag += 1
                let kept = unanswered.first { $0.suite == suite }?.masterKey
                var line = SDESAttribute(
                    tag: tag, suite: suite, masterKey: kept ?? freshKey(for: suite, using: &generator))
                options.adjust(&line.parameters)
                lines.append(line)
            }
        }
        return options.ordered(lines)
    }

    /// The one line of an answer to `offered`: the answerer's suite with its own key where the offerer has it too,
    /// else the suite the offerer prefers with a fresh key. With it the offerer's line that it accepts. Where packets are
    /// converted the key is the relay's own.
    static func answer(
        to offered: [SDESAttribute], from answerer: SDESAttribute?, inUse: SDESAttribute?, preference: [String],
        passesKeys: Bool = true, using generator: inout some RandomNumberGenerator
    ) -> (told: SDESAttribute, accepted: SDESAttribute)? {
        if passesKeys, let answerer, let accepted = offered.first(where: { $0.suite == answerer.suite }) {
            var told = answerer
            told.tag = accepted.tag
            told.lifetime = nil
            return (told, accepted)
        }
        let preferred = preference.lazy.compactMap { name in offered.first { $0.suite.name == name } }.first
        guard let accepted = preferred ?? offered.first else { return nil }
        // An answer repeated, or to a re-offer with the same suite, keeps the key.
        if let inUse, inUse.suite == accepted.suite, passesKeys || inUse.masterKey != answerer?.masterKey {
            var told = inUse
            told.tag = accepted.tag
            return (told, accepted)
        }
        var told = SDESAttribute(
            tag: accepted.tag, suite: accepted.suite,
            masterKey: freshKey(for: accepted.suite, using: &generator))
        told.parameters.unencryptedSRTP = accepted.parameters.unencryptedSRTP
        told.parameters.unencryptedSRTCP = accepted.parameters.unencryptedSRTCP
        told.parameters.unauthenticatedSRTP = accepted.parameters.unauthenticatedSRTP
        return (told, accepted)
    }

    /// A key of the relay's own.
    ///
    /// Keys are written without padding unless `pad` says otherwise, as the peer writes them. Some phones drop the
    /// incomplete group at the end of such a key and go on with zeros in its place (libre's, baresip's); zeros there
    /// let them hear. It costs the salt 8 or 16 bits of its 96 or 112 with the suites of AES-GCM and of AES-CM with 192
    /// and 256 bits; the key loses nothing, and a salt may be public (RFC 3711 §3.2.1).
    private static func freshKey(
        for suite: CryptoSuite, using generator: inout some RandomNumberGenerator
    ) -> MasterKey {
        MasterKey(randomFor: suite, wholeGroups: true, using: &generator)
    }
}

extension SDESAttribute {
    /// The key, when it is one for `suite` and none of `others` has it.
    fileprivate func own(_ suite: CryptoSuite, besides others: [SDESAttribute]) -> MasterKey? {
        self.suite == suite && !others.contains { $0.masterKey == masterKey } ? masterKey : nil
    }
}

extension SessionParameters {
    /// Packets are encrypted and authenticated alike.
    fileprivate func looks(like other: SessionParameters) -> Bool {
        unencryptedSRTP == other.unencryptedSRTP && unencryptedSRTCP == other.unencryptedSRTCP
            && unauthenticatedSRTP == other.unauthenticatedSRTP
    }
}

extension SDESOptions {
    /// Suites are named, for whatever purpose.
    var namesSuites: Bool { !(only.isEmpty && excluded.isEmpty && order.isEmpty && offererPreference.isEmpty) }

    /// Keeps the names of suites that exist, each once: every section is held against the lists. What `only` named in
    /// vain still leaves nothing over.
    mutating func keepKnownSuites() {
        let suites = Set(CryptoSuite.allCases.map(\.name))
        func known(_ names: [String]) -> [String] {
            var rest = suites
            return names.filter { rest.remove($0) != nil }
        }
        if !only.isEmpty { only = known(only) + only.prefix(1) }
        excluded = known(excluded)
        order = known(order)
        offererPreference = known(offererPreference)
    }

    /// `only-SUITE` wins over `no-SUITE`.
    func allows(_ suite: CryptoSuite) -> Bool {
        // `nonew` overrides the lists: whatever was received goes on.
        if addsNoSuites { return true }
        return only.isEmpty ? !excluded.contains(suite.name) : only.contains(suite.name)
    }

    /// Keeps the flags that were received unless a word adds or removes them; other parameters are not passed on.
    func adjust(_ parameters: inout SessionParameters) {
        var kept = SessionParameters()
        kept.unencryptedSRTP = unencryptedSRTP ?? parameters.unencryptedSRTP
        kept.unencryptedSRTCP = unencryptedSRTCP ?? parameters.unencryptedSRTCP
        kept.unauthenticatedSRTP = unauthenticatedSRTP ?? parameters.unauthenticatedSRTP
        parameters = kept
    }

    /// `order`: these first; tags stay.
    func ordered(_ lines: [SDESAttribute]) -> [SDESAttribute] {
        let first = order.compactMap { name in lines.first { $0.suite.name == name } }
        return first + lines.filter { line in !first.contains { $0.tag == line.tag } }
    }
}

/// Random bits of the negotiation's environment in the form that key makers want.
struct EnvironmentGenerator<Environment: NegotiationEnvironment>: RandomNumberGenerator {
    var environment: Environment

    mutating func next() -> UInt64 {
        environment.random()
    }
}
