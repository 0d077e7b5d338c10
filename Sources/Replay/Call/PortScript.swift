internal import Forwarding
internal import NetTypes

/// Which ports of the capture the relay of a replay is to open, by the order in which it asks for them. Signalling asks
/// for the same ones in every run, so a run without packets shows which is which: its replies and those of the capture
/// name them in the same places.
struct PortScript {
    /// Ports of one call at most.
    static let capacity = 256

    private var leases: [[TransportAddress?]] = []

    /// Opens what it likes.
    init() {}

    /// - Parameters:
    ///   - leased: what a run without packets has opened, in order.
    ///   - recorded: for an address of that run, the one in the capture.
    init(leased: [[TransportAddress]], recorded: [TransportAddress: TransportAddress]) {
        var used: Set<TransportAddress> = []
        leases = leased.map { addresses in
            var found = addresses.map { recorded[$0] }
            // RTCP has a port though nobody was told of it.
            if found.count == 2, found[1] == nil || found[1] == found[0], let rtp = found[0] {
                found[1] = TransportAddress(rtp.address, rtp.port &+ 1)
            }
            return found.map { address in address.flatMap { used.insert($0).inserted ? $0 : nil } }
        }
    }

    /// The addresses of the lease of this number; `nil` where the capture does not show them.
    func addresses(ofLease number: Int, count: Int) -> [TransportAddress]? {
        guard leases.indices.contains(number), leases[number].count == count else { return nil }
        let addresses = leases[number].compactMap(\.self)
        return addresses.count == count ? addresses : nil
    }
}

/// A plane that takes down what is opened.
final class RehearsalPlane: VirtualPlane, @unchecked Sendable {
    private(set) var leased: [[TransportAddress]] = []

    init(_ table: InterfaceTable) {
        super.init(table, generator: ReplayGenerator(), capacity: PortScript.capacity)
    }

    override func lease(_ request: PortRequest) throws(PortLeaseError) -> [PortLease] {
        let leases = try super.lease(request)
        leased.append(leases.map(\.local))
        return leases
    }
}
