import Forwarding

/// Which ports of one address and range are free.
///
/// Ports are handed out in random order at first and then the longest-free first. Even ports and their upper
/// neighbours are kept together: a single port is taken from a broken pair where there is one, so that pairs last.
/// Every operation takes constant time, but for the return of foreign ports, which is paid for by their removal.
struct PortPool {
    /// A port that was in use less than this long ago is handed out again only when no other is left: late packets
    /// of its last call must not reach the next one.
    static let restNanoseconds: UInt64 = 5_000_000_000
    /// After this time a port that another program held is tried again.
    static let foreignNanoseconds: UInt64 = 1_000_000_000

    private enum State: UInt8 {
        /// Outside of the range, or excluded.
        case absent
        case free
        case used
        /// Held by another program when last tried.
        case foreign
    }

    let configuration: PortPoolConfiguration
    /// Ports handed out and not given back.
    private(set) var used = 0
    /// Number of ports that the pool may hand out.
    let count: Int

    /// The port of offset 0, even.
    private let base: Int
    private var states: [State]
    /// When a port became free or foreign; 0 for never.
    private var since: [UInt64]
    /// Pairs, by half their offset, whose two ports are free.
    private var pairs: IndexList
    /// Free ports whose neighbour is not.
    private var singles: IndexList
    private var foreign: IndexList

    init(_ configuration: PortPoolConfiguration, using generator: inout some RandomNumberGenerator) {
        self.configuration = configuration
        let base = Int(configuration.minimum) & ~1
        let size = max(0, (Int(configuration.maximum) | 1) - base + 1)
        self.base = base
        var states = [State](repeating: .absent, count: size)
        var count = 0
        for port in Int(configuration.minimum)...max(Int(configuration.minimum), Int(configuration.maximum))
        where port != 0 && port <= Int(configuration.maximum) {
            guard !configuration.excluded.contains(UInt16(port)) else { continue }
            states[port - base] = .free
            count += 1
        }
        self.count = count
        self.states = states
        since = [UInt64](repeating: 0, count: size)
        pairs = IndexList(capacity: size / 2)
        singles = IndexList(capacity: size)
        foreign = IndexList(capacity: size)
        for pair in (0..<size / 2).shuffled(using: &generator) {
            switch (states[pair * 2], states[pair * 2 + 1]) {
            case (.free, .free): pairs.append(pair)
            case (.free, _): singles.append(pair * 2)
            case (_, .free): singles.append(pair * 2 + 1)
            default: break
            }
        }
    }

    /// An even port and the next one; the even one is returned. `nil` when there is no such pair.
    mutating func takePair(now: UInt64) -> UInt16? {
        retryForeign(now: now)
        guard let pair = pairs.first else { return nil }
        pairs.remove(pair)
        states[pair * 2] = .used
        states[pair * 2 + 1] = .used
        used += 2
        return UInt16(base + pair * 2)
    }

    /// A port of any parity; `nil` when all are in use.
    mutating func takeSingle(now: UInt64) -> UInt16? {
        retryForeign(now: now)
        let single = singles.first
        if let single, hasRested(single, now: now) || pairs.first == nil {
            singles.remove(single)
            return use(single)
        }
        guard let pair = pairs.first else { return nil }
        pairs.remove(pair)
        // The upper port is no start of a pair anyway; the lower one is the next to go.
        singles.prepend(pair * 2)
        return use(pair * 2 + 1)
    }

    /// For how many nanoseconds the port, or the more recently used one of a pair, has been free that would be taken
    /// next; `nil` when there is none.
    func restOfNext(isPair: Bool, now: UInt64) -> UInt64? {
        let ofPair = pairs.first.map { min(rest($0 * 2, now: now), rest($0 * 2 + 1, now: now)) }
        guard !isPair, let single = singles.first.map({ rest($0, now: now) }) else { return ofPair }
        return max(single, ofPair ?? 0)
    }

    /// Takes back a port that was in use.
    mutating func giveBack(_ port: UInt16, now: UInt64) {
        let offset = Int(port) - base
        precondition(states.indices.contains(offset) && states[offset] == .used, "the port was handed out")
        since[offset] = now
        used -= 1
        makeFree(offset)
    }

    /// Takes back a port that could be handed out but was not used.
    mutating func putBack(_ port: UInt16) {
        giveBack(port, now: since[Int(port) - base])
    }

    /// Takes back a port that turned out to be in use by another program.
    mutating func setAside(_ port: UInt16, now: UInt64) {
        let offset = Int(port) - base
        precondition(states.indices.contains(offset) && states[offset] == .used, "the port was handed out")
        states[offset] = .foreign
        since[offset] = now
        used -= 1
        foreign.append(offset)
    }

    private mutating func use(_ offset: Int) -> UInt16 {
        states[offset] = .used
        used += 1
        return UInt16(base + offset)
    }

    private mutating func makeFree(_ offset: Int) {
        states[offset] = .free
        let neighbour = offset ^ 1
        if states[neighbour] == .free {
            singles.remove(neighbour)
            pairs.append(offset / 2)
        } else {
            singles.append(offset)
        }
    }

    private mutating func retryForeign(now: UInt64) {
        while let offset = foreign.first, now &- since[offset] >= PortPool.foreignNanoseconds {
            foreign.remove(offset)
            since[offset] = 0
            makeFree(offset)
        }
    }

    private func hasRested(_ offset: Int, now: UInt64) -> Bool {
        rest(offset, now: now) >= PortPool.restNanoseconds
    }

    private func rest(_ offset: Int, now: UInt64) -> UInt64 {
        since[offset] == 0 ? .max : now &- since[offset]
    }
}
