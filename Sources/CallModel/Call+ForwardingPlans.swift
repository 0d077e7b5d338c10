public import Forwarding
import MediaFormats
import NetTypes
import SDP

extension Call {
    /// Rules of the daemon that every plan depends on.
    public struct PlanDefaults: Sendable {
        public var learning: EndpointLearning
        public var foreignSources: ForeignSourcePolicy

        /// `learning` and `foreignSources` for parties that asked for nothing else.
        public init(learning: EndpointLearning, foreignSources: ForeignSourcePolicy) {
            self.learning = learning
            self.foreignSources = foreignSources
        }
    }

    /// The plan of every port of the call, as the model stands now.
    ///
    /// Every set of ports a party was ever told receives, because the party may not have seen its latest SDP yet;
    /// media leaves through the current set only.
    public func forwardingPlans(_ defaults: PlanDefaults) -> [ForwardingPlan] {
        var plans: [ForwardingPlan] = []
        for party in parties {
            for index in party.media.indices {
                appendPlans(of: party, section: index, defaults, to: &plans)
            }
        }
        return plans
    }

    private func appendPlans(
        of party: Party, section index: Int, _ defaults: PlanDefaults, to plans: inout [ForwardingPlan]
    ) {
        let media = party.media[index]
        let isOpaque = !media.isRTP
        let (sinks, secondarySinks) = sinks(of: party, section: index)
        let clockRates = Dictionary(
            media.formats.lazy.filter { $0.clockRate > 0 }.map { ($0.payloadType, $0.clockRate) },
            uniquingKeysWith: { first, _ in first })
        let events = Set(media.formats.lazy.filter { $0.isTelephoneEvent }.map(\.payloadType))
        for binding in media.portSets.flatMap(\.bindings) {
            func plan(
                _ lease: PortLease, _ carries: Carriage, _ sinks: [Sink], remote: TransportAddress?
            ) -> ForwardingPlan {
                var plan = ForwardingPlan(port: lease.id, carries: carries)
                // The family of socket and destination must agree; an endpoint of the other family is no endpoint.
                if let remote, !media.isHeld, !media.isRejected, remote.port != 0,
                    remote.address.family == lease.local.address.family
                {
                    plan.remote = remote
                }
                plan.learning = media.isAsymmetric ? .off : media.learning ?? defaults.learning
                plan.foreignSources = media.foreignSources ?? defaults.foreignSources
                plan.learningEpoch = media.learningEpoch
                plan.sinks = sinks
                plan.clockRates = clockRates
                plan.eventPayloadTypes = events
                plan.tos = tos
                plan.isBlocked = dropsTraffic
                return plan
            }
            let carriage: Carriage = isOpaque ? .opaque : media.isMuxed ? .multiplexed : .rtp
            plans.append(plan(binding.rtp, carriage, sinks, remote: media.endpoint))
            if let rtcp = binding.rtcp {
                plans.append(plan(rtcp, isOpaque ? .opaque : .rtcp, secondarySinks, remote: media.rtcpEndpoint))
            }
        }
    }

    /// Where packets from a party's section go, by the port they arrive on: out of the current ports of the same
    /// section of its peer. The second port of an opaque pair leads to the second port of the other side.
    private func sinks(of party: Party, section index: Int) -> (first: [Sink], second: [Sink]) {
        guard let peerID = party.peer, let peer = self[peerID], peer.media.indices.contains(index),
            !party.media[index].isRejected, !peer.media[index].isRejected,
            let binding = peer.media[index].ports?.bindings.first
        else { return ([], []) }
        guard let rtcp = binding.rtcp, !peer.media[index].isMuxed else {
            let sink = [Sink(port: binding.rtp.id, traffic: .both)]
            return (sink, party.media[index].isRTP ? sink : [])
        }
        guard party.media[index].isRTP else {
            return ([Sink(port: binding.rtp.id, traffic: .both)], [Sink(port: rtcp.id, traffic: .both)])
        }
        let sinks = [Sink(port: binding.rtp.id, traffic: .rtp), Sink(port: rtcp.id, traffic: .rtcp)]
        return (sinks, sinks)
    }
}

extension PartyMedia {
    /// The section carries RTP in one of the known profiles.
    public var isRTP: Bool { TransportKind(transport).isRTP }

    /// What the party's options say about other sources than the learned one.
    var foreignSources: ForeignSourcePolicy? {
        if isMediaHandover { return .follow }
        return isStrictSource ? .drop : nil
    }
}
