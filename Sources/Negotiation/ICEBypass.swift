import CallModel
import Forwarding
import NetTypes
import SDP

/// `ICE=optional` and `ICE=force-relay`: the parties may find a way past the relay, which is one candidate among theirs
/// (sdp-behaviour §11).
extension Exchange {
    /// Settles whether the section goes to the receiver with the sender's own addresses and lines.
    mutating func decideBypass(_ intake: SectionIntake, at index: Int) {
        let isBypassed = bypassesRelay(intake, at: index)
        if isBypassed {
            receiver.media[index].ice.isAnnounced = false
            receiver.media[index].dtls.isAnnounced = false
            receiver.media[index].sdes.end()
        }
        receiver.media[index].bypassesRelay = isBypassed
        // Until the other side has answered, what comes for it from there is not ours to understand either.
        if mode == .offer { sender.media[index].bypassesRelay = isBypassed }
    }

    /// Whether that is how the section goes.
    func bypassesRelay(_ intake: SectionIntake, at index: Int) -> Bool {
        intake.kind.isRTP && !receiver.media[index].isHidden
            && ICEBypass.applies(options.ice.policy, hasICE: intake.security.credentials != nil)
    }
}

/// Lines of sections whose media may pass the relay by, as pure decisions.
enum ICEBypass {
    /// Whether a section is passed on with its own addresses.
    static func applies(_ policy: ICEOptions.Policy, hasICE: Bool) -> Bool {
        switch policy {
        case .forceRelay: true
        case .optional: hasICE
        case .standard, .remove, .force: false
        }
    }

    /// The relay's candidates behind those in `received`, the texts of `a=candidate` lines.
    static func candidates(
        _ bindings: [PortSet.Binding], behind received: [String], _ policy: ICEOptions.Policy,
        mediaAddress: IPAddress?, foundation: (IPAddress, Int) -> String
    ) -> [String] {
        let type = policy == .forceRelay ? "relay" : "host"
        let base = preferences(behind: received, type: type)
        var lines: [String] = []
        for component in 1...UInt32(2) {
            for (index, binding) in bindings.enumerated() {
                guard let lease = component == 1 ? binding.rtp : binding.rtcp else { continue }
                let address = index == 0 ? mediaAddress ?? binding.address.advertised : binding.address.advertised
                let port = lease.local.port
                let local = base.local - min(base.local, UInt32(clamping: index))
                let priority = base.type << 24 | local << 8 | (256 - component)
                let name = foundation(binding.address.address, index)
                let related = type == "relay" ? " raddr \(address) rport \(port)" : ""
                lines.append(
                    "candidate:\(name) \(component) UDP \(priority) \(address) \(port) typ \(type)\(related)")
            }
        }
        return lines
    }

    /// Type and local preference (RFC 8445 §5.1.2.1) next to the last of the candidates of the same type: one more than
    /// its local preference, or the type below when there is none more.
    private static func preferences(behind received: [String], type: String) -> (type: UInt32, local: UInt32) {
        let priorities = received.compactMap { text -> UInt32? in
            let fields = text.split(separator: " ", maxSplits: 8)
            guard fields.count >= 8, fields[6] == "typ", fields[7] == type else { return nil }
            return UInt32(fields[3])
        }
        guard let last = priorities.min() else { return type == "relay" ? (0, 65535) : (126, 65535) }
        // What is no type preference at all is as good as the best.
        let (typePreference, local) = (min(last >> 24, 126), last >> 8 & 0xFFFF)
        return local < 65535 ? (typePreference, local + 1) : (typePreference - min(typePreference, 1), 0)
    }
}
