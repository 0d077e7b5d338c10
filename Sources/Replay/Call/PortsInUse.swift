internal import NetTypes

/// When the ports of the relay belonged to calls that were replayed.
struct PortsInUse {
    /// What is on its way when a call ends still belongs to it.
    private static let grace: UInt64 = 2_000_000_000

    private var periods: [TransportAddress: [ClosedRange<UInt64>]] = [:]

    init(_ calls: [CallReplay]) {
        for call in calls {
            let (end, overflow) = max(call.startNanoseconds, call.endNanoseconds).addingReportingOverflow(Self.grace)
            let period = call.startNanoseconds...(overflow ? .max : end)
            for address in call.localAddresses { periods[address, default: []].append(period) }
        }
    }

    /// Whether a call had the port at this time of the capture.
    func contains(_ address: TransportAddress, at nanoseconds: UInt64) -> Bool {
        periods[address]?.contains { $0.contains(nanoseconds) } ?? false
    }
}
