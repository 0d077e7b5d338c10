internal import NetTypes

extension ICEAgent {
    /// The peer's credentials, and whether it is lite (`a=ice-lite`). Full mode starts checking.
    ///
    /// Other credentials than before mean that the peer has restarted or that another peer has answered (a fork): its
    /// candidates are forgotten and checks start anew, while media stays where it is until a new pair is valid.
    public mutating func setRemote(_ remote: ICECredentials, isLite: Bool, now: UInt64) {
        let now = advanceClock(to: now)
        if let known = credentials.remote, known != remote { beginGeneration(credentials.local) }
        let isNew = credentials.remote == nil
        if isNew {
            credentials.learn(remote)
            startedAt = now
        }
        isRemoteLite = isLite
        if isLite, mode == .full, role == .controlled {
            // RFC 8445 §6.1.1: of a full and a lite agent the full one controls.
            switchRole(now: now)
        }
        if isNew {
            for candidate in remotes { formPairs(with: candidate, now: now) }
            arrange(now: now)
            let early = earlyChecks
            earlyChecks = []
            if mode == .full {
                for check in early { learn(check, now: now) }
            }
        }
        advance(now: now)
    }

    /// Candidates of the peer, all at once or one after the other (RFC 8838); known ones and those beyond
    /// ``ICELimits/remoteCandidates`` change nothing.
    public mutating func addRemoteCandidates(_ candidates: some Sequence<ICERemoteCandidate>, now: UInt64) {
        let now = advanceClock(to: now)
        for candidate in candidates {
            guard remotes.count < ICELimits.remoteCandidates else { break }
            guard !remotes.contains(where: { $0.component == candidate.component && $0.address == candidate.address })
            else { continue }
            remotes.append(candidate)
            if credentials.remoteKey != nil { formPairs(with: candidate, now: now) }
        }
        arrange(now: now)
        advance(now: now)
    }

    /// No more candidates will be signalled (RFC 8838 §14), as after an SDP without trickle. The controlling agent then
    /// need not wait for better ones.
    public mutating func endOfRemoteCandidates(now: UInt64) {
        let now = advanceClock(to: now)
        hasAllRemoteCandidates = true
        for component in components where nominationAt[component] != nil && !hasBetterPending(component) {
            nominationAt[component] = now
        }
        advance(now: now)
    }

    /// ICE restart (RFC 8445 §9) with new credentials of ours. The peer's follow with ``setRemote(_:isLite:now:)``.
    /// Media stays where it is until a new pair is valid. `role` is for a restart that decides the roles anew.
    public mutating func restart(_ local: ICECredentials, role newRole: ICERole? = nil, now: UInt64) {
        let now = advanceClock(to: now)
        beginGeneration(local)
        if let newRole, newRole != role { switchRole(now: now) }
        advance(now: now)
    }

    /// RTCP is multiplexed with RTP after all (RFC 5761): the second component ends.
    public mutating func removeRTCPComponent(now: UInt64) {
        let now = advanceClock(to: now)
        components.removeAll { $0 == .rtcp }
        list.removeAll(of: .rtcp)
        selected[.rtcp] = nil
        retained[.rtcp] = nil
        nominationAt[.rtcp] = nil
        earlyChecks.removeAll { locals[$0.local].component == .rtcp }
        advance(now: now)
    }

    /// Starts over with `local`, keeping the selected pairs with their credentials.
    private mutating func beginGeneration(_ local: ICECredentials) {
        var kept = PerComponent<CheckPair?>(repeating: nil)
        for component in components {
            guard let index = list.index(id: selected[component]) else { continue }
            var pair = list[index]
            pair.check = nil
            pair.supersededCheck = nil
            kept[component] = pair
        }
        if components.contains(where: { kept[$0] != nil }) {
            retained = kept
            retiredCredentials = credentials
        }
        credentials = CredentialGeneration(number: credentials.number &+ 1, local: local)
        isRemoteLite = false
        hasAllRemoteCandidates = false
        hasHeardSignalledPeer = false
        remotes = []
        earlyChecks = []
        list = CheckList()
        selected = PerComponent(repeating: nil)
        announced = PerComponent(repeating: nil)
        nominationAt = PerComponent(repeating: nil)
        hasConnected = PerComponent(repeating: false)
        hasFailed = PerComponent(repeating: false)
        startedAt = nil
    }

    /// Pairs `candidate` with our sockets of its component and family (RFC 8445 §6.1.2.2), or gives pairs that its
    /// checks have made before it was signalled their proper priority.
    private mutating func formPairs(with candidate: ICERemoteCandidate, now: UInt64) {
        let paired = mode == .full || isRemoteLite
        for local in locals.indices where isUsable(local, with: candidate.address) {
            guard locals[local].component == candidate.component else { continue }
            let foundation = self.foundation(local, candidate)
            if let index = list.index(local: local, remote: candidate.address) {
                list[index].remotePriority = candidate.priority
                list[index].foundation = foundation
                list[index].prioritise(as: role)
            } else if paired, selectedNominated(candidate.component) == nil {
                let pair = makePair(local, candidate.address, candidate.priority, foundation)
                let index = list.insert(pair, keeping: (selected[.rtp], selected[.rtcp]))
                // Two lite agents check nothing: pairs are valid as signalled (RFC 8445 §8.2).
                if let index, mode == .lite { validate(index, isNominated: true, now: now) }
            }
        }
    }

    /// Takes note of new pairs and new priorities.
    private mutating func arrange(now: UInt64) {
        list.thaw()
        for component in components { select(component, now: now) }
    }

    /// Numbers foundations: each pair of a local and a remote one gets the number of the first pair that has it.
    private mutating func foundation(_ local: Int, _ candidate: ICERemoteCandidate) -> UInt32 {
        let localRank = locals.firstIndex { $0.foundation == locals[local].foundation } ?? local
        let remoteRank = remotes.firstIndex { $0.foundation == candidate.foundation } ?? remotes.count
        return UInt32(truncatingIfNeeded: localRank) << 16 | UInt32(truncatingIfNeeded: remoteRank)
    }

    mutating func makePair(
        _ local: Int, _ remote: TransportAddress, _ priority: UInt32, _ foundation: UInt32
    ) -> CheckPair {
        CheckPair(
            id: list.nextID(), component: locals[local].component, local: local,
            localPriority: locals[local].priority, remote: remote, remotePriority: priority, foundation: foundation,
            role: role)
    }

    /// Whether a socket can exchange datagrams with `remote`.
    func isUsable(_ local: Int, with remote: TransportAddress) -> Bool {
        locals.indices.contains(local) && components.contains(locals[local].component)
            && locals[local].address.address.family == remote.address.family
    }
}
