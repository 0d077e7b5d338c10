import Forwarding

/// Something about the surroundings that works now and may fail later. For the operator's log.
public enum StartupWarning: Sendable, Equatable {
    /// The kernel gives ports of the pool to other programs' sockets that do not ask for a certain one.
    case overlapsEphemeralPorts(pool: ClosedRange<UInt16>, ephemeral: ClosedRange<UInt16>)
    /// The process may open fewer descriptors than there are ports.
    case fewDescriptors(limit: Int, ports: Int)
    /// io_uring would be better but is not to be had.
    case usesEpoll(reason: String)
    /// The kernel does not let the workers have the scheduling that was asked for.
    case keepsScheduling(asked: String)

    /// Descriptors that are not media ports: listeners, rings, logs.
    private static let otherDescriptors = 256

    /// The warnings about `pools`.
    static func about(
        _ pools: [PortPoolConfiguration], ports: Int, ephemeral: ClosedRange<UInt16>?, descriptorLimit: Int
    ) -> [StartupWarning] {
        var warnings: [StartupWarning] = []
        if let ephemeral {
            for pool in pools where pool.minimum <= pool.maximum {
                let warning = overlapsEphemeralPorts(pool: pool.minimum...pool.maximum, ephemeral: ephemeral)
                if ephemeral.overlaps(pool.minimum...pool.maximum), !warnings.contains(warning) {
                    warnings.append(warning)
                }
            }
        }
        if ports + otherDescriptors > descriptorLimit {
            warnings.append(.fewDescriptors(limit: descriptorLimit, ports: ports))
        }
        return warnings
    }
}

extension StartupWarning: CustomStringConvertible {
    /// A sentence for the operator.
    public var description: String {
        switch self {
        case .overlapsEphemeralPorts(let pool, let ephemeral):
            "the media ports \(pool.lowerBound)-\(pool.upperBound) overlap with net.ipv4.ip_local_port_range"
                + " \(ephemeral.lowerBound)-\(ephemeral.upperBound): other programs may take some of them"
        case .fewDescriptors(let limit, let ports):
            "the limit of \(limit) open descriptors is too low for \(ports) media ports"
        case .usesEpoll(let reason):
            "epoll is used: \(reason)"
        case .keepsScheduling(let asked):
            "media threads cannot have the scheduling \(asked): it needs CAP_SYS_NICE or a limit of real-time priority"
        }
    }
}
