internal import Capture
internal import Forwarding
internal import NetTypes
internal import RTP

/// What a capture has of the media of one call.
struct CallMedia {
    /// A datagram to the relay, with what it was without its encryption.
    struct Inbound {
        var datagram: RecordedDatagram
        var clear: [UInt8]?
    }

    /// In order.
    private(set) var inbound: [Inbound] = []
    /// What ICMP says of what the relay sent, in order.
    private(set) var refusals: [RecordedRefusal] = []
    /// By the address that the port is bound to.
    private(set) var evidence: [TransportAddress: PortEvidence] = [:]
    /// The relay's credentials, by the same.
    private(set) var credentials: [TransportAddress: ICEPlan.Credentials] = [:]
    /// What addresses are really bound that parties are told of others.
    private var realAddresses: [IPAddress: IPAddress] = [:]

    /// - Parameters:
    ///   - period: from the first request to the end of the call: what is before and behind it on the same ports is
    ///     of other calls.
    ///   - ports: values are the ports of the call as parties were told of them.
    ///   - credentials: by ports as parties were told of them.
    init(
        _ traffic: RecordedTraffic, _ index: TrafficIndex, within period: ClosedRange<UInt64>,
        ports: [TransportAddress: TransportAddress],
        credentials: [TransportAddress: ICEPlan.Credentials]
    ) {
        let told = Set(ports.values)
        for address in Set(told.map(\.address)) {
            realAddresses[address] = Self.realAddress(of: address, told.filter { $0.address == address }) { end in
                index.datagrams(of: end, within: period, in: traffic).count
            } having: {
                index.addresses(withPort: $0)
            }
        }
        for port in told { evidence[real(port)] = PortEvidence() }
        for (port, own) in credentials { self.credentials[real(port)] = own }
        let places = Set(evidence.keys.flatMap { index.datagrams(of: $0, within: period, in: traffic) })
        gather(places.sorted().lazy.map { traffic.datagrams[Int($0)] })
        refusals = evidence.keys.flatMap { index.refusals(of: $0, within: period, in: traffic) }
        refusals.sort { ($0.nanoseconds, $0.refusal.source.port) < ($1.nanoseconds, $1.refusal.source.port) }
        for packet in inbound {
            evidence[packet.datagram.destination]?.note(packet.datagram, isInbound: true, clear: packet.clear)
        }
    }

    /// `recorded` with the addresses that are bound in place of those that parties were told of.
    func addresses(of recorded: [TransportAddress: TransportAddress]) -> [TransportAddress: TransportAddress] {
        recorded.mapValues(real)
    }

    private func real(_ told: TransportAddress) -> TransportAddress {
        TransportAddress(realAddresses[told.address] ?? told.address, told.port)
    }

    /// A relay behind a translator is told of by another address than it has: the one which most datagrams of its ports
    /// have. `nil` when the address is as told.
    private static func realAddress(
        of told: IPAddress, _ ports: Set<TransportAddress>, count: (TransportAddress) -> Int,
        having addresses: (UInt16) -> Set<IPAddress>
    ) -> IPAddress? {
        var votes: [IPAddress: Int] = [:]
        for number in Set(ports.map(\.port)) {
            for address in addresses(number) {
                let count = count(TransportAddress(address, number))
                if address == told, count > 0 { return nil }
                if count > 0 { votes[address, default: 0] += count }
            }
        }
        return votes.max { ($0.value, $1.key.description) < ($1.value, $0.key.description) }?.key
    }

    private mutating func gather(_ datagrams: some Sequence<RecordedDatagram>) {
        // The last datagram on each port that still waits for its clear copy, which follows it.
        var waiting: [TransportAddress: Int] = [:]
        for datagram in datagrams {
            let isInbound = evidence[datagram.destination] != nil
            guard isInbound else {
                if datagram.layer == .wire {
                    evidence[datagram.source]?.note(datagram, isInbound: false, clear: nil)
                }
                continue
            }
            if datagram.layer == .wire {
                waiting[datagram.destination] = inbound.count
                inbound.append(Inbound(datagram: datagram, clear: nil))
            } else if let place = waiting[datagram.destination], inbound[place].datagram.isEncrypted(datagram) {
                inbound[place].clear = datagram.bytes
                waiting[datagram.destination] = nil
            }
        }
    }
}

extension RecordedDatagram {
    /// Whether this is `clear` with encryption.
    fileprivate func isEncrypted(_ clear: RecordedDatagram) -> Bool {
        guard nanoseconds == clear.nanoseconds, bytes.count >= 8, clear.bytes.count >= 8 else { return false }
        switch bytes.withUnsafeBytes({ DatagramKind(of: $0) }) {
        case .rtp: return bytes.prefix(12) == clear.bytes.prefix(12)
        case .rtcp: return bytes.prefix(8) == clear.bytes.prefix(8)
        default: return false
        }
    }
}
