import Forwarding

/// The plans of a call by their ports, for somebody who asks about many of them.
struct InstalledPlans {
    private let plans: [ForwardingPlan]
    /// Where the plan of a port stands. Only for calls with many: for others a search costs less than the table.
    private let places: [LocalPortID: Int]?

    /// More plans than are searched one by one.
    private static let searchLimit = 16

    init(_ plans: [ForwardingPlan]) {
        self.plans = plans
        places =
            plans.count > Self.searchLimit
            ? Dictionary(plans.indices.map { (plans[$0].port, $0) }, uniquingKeysWith: { first, _ in first }) : nil
    }

    /// The plan installed on a port.
    subscript(port: LocalPortID) -> ForwardingPlan? {
        place(of: port).map { plans[$0] }
    }

    /// How the plan of a port wants addresses to be learned; `nil` without a plan.
    func learning(at port: LocalPortID) -> EndpointLearning? {
        place(of: port).map { plans[$0].learning }
    }

    /// The payload types that are converted on their way from a port.
    func convertedPayloadTypes(at port: LocalPortID) -> PayloadTypeSet {
        PayloadTypeSet(place(of: port).map { plans[$0].conversions.map(\.source.payloadType) } ?? [])
    }

    private func place(of port: LocalPortID) -> Int? {
        if let places { return places[port] }
        return plans.indices.first { plans[$0].port == port }
    }
}
