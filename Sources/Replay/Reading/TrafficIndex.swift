internal import Capture
internal import NetTypes

/// Where in a capture the datagrams of an address stand, so that each call looks at its own alone.
struct TrafficIndex {
    /// Datagrams to and from an address, in the order of time.
    private var datagrams: [TransportAddress: [UInt32]] = [:]
    /// What ICMP says of datagrams from an address, likewise.
    private var refusals: [TransportAddress: [UInt32]] = [:]
    private var addresses: [UInt16: Set<IPAddress>] = [:]

    /// What the relay has made up is on no port, and left out.
    init(_ traffic: RecordedTraffic) {
        for (place, datagram) in traffic.datagrams.enumerated() where datagram.layer != .relay {
            add(place, datagram.source)
            if datagram.destination != datagram.source { add(place, datagram.destination) }
        }
        for (place, recorded) in traffic.refusals.enumerated() {
            refusals[recorded.refusal.source, default: []].append(UInt32(place))
        }
    }

    private mutating func add(_ place: Int, _ end: TransportAddress) {
        let isNew = datagrams[end] == nil
        datagrams[end, default: []].append(UInt32(place))
        if isNew { addresses[end.port, default: []].insert(end.address) }
    }

    /// Addresses that have the port of this number.
    func addresses(withPort number: UInt16) -> Set<IPAddress> { addresses[number] ?? [] }

    /// Datagrams of `traffic` to and from `end` within `period`, in the order of time.
    func datagrams(
        of end: TransportAddress, within period: ClosedRange<UInt64>, in traffic: RecordedTraffic
    ) -> ArraySlice<UInt32> {
        let all = (datagrams[end] ?? [])[...]
        let first = all.firstPlace { traffic.datagrams[Int($0)].nanoseconds >= period.lowerBound }
        let behind = all.firstPlace { traffic.datagrams[Int($0)].nanoseconds > period.upperBound }
        return all[first..<behind]
    }

    /// What ICMP says of datagrams from `source` within `period`, in the order of time.
    func refusals(
        of source: TransportAddress, within period: ClosedRange<UInt64>, in traffic: RecordedTraffic
    ) -> [RecordedRefusal] {
        (refusals[source] ?? []).map { traffic.refusals[Int($0)] }.filter { period.contains($0.nanoseconds) }
    }
}

extension ArraySlice {
    /// The first place from which on `isThere` holds, by halves.
    fileprivate func firstPlace(_ isThere: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if isThere(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
