import NetTypes

/// A fact that a verdict rests on.
public struct Evidence: Sendable, Equatable {
    /// What it is, in a few words.
    public var name: String
    /// How much or what.
    public var value: Value

    /// A fact from its parts.
    public init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }

    /// The value of a fact.
    public enum Value: Sendable, Equatable {
        /// A number of things.
        case count(UInt64)
        /// A share in percent.
        case percent(Double)
        /// A time in seconds.
        case seconds(Double)
        /// Words.
        case text(String)
    }

    static func count(_ name: String, _ count: some BinaryInteger) -> Evidence {
        Evidence(name, .count(UInt64(clamping: count)))
    }

    static func percent(_ name: String, _ percent: Double) -> Evidence { Evidence(name, .percent(percent)) }

    static func seconds(_ name: String, nanoseconds: UInt64) -> Evidence {
        Evidence(name, .seconds(Double(nanoseconds) / 1e9))
    }

    static func text(_ name: String, _ text: String) -> Evidence { Evidence(name, .text(text)) }

    static func address(_ name: String, _ address: TransportAddress) -> Evidence { Evidence(name, .text("\(address)")) }
}

extension Evidence.Value: CustomStringConvertible {
    /// For people: `12`, `3.5 %`, `0.2 s`, words as they are.
    public var description: String {
        switch self {
        case .count(let count): "\(count)"
        case .percent(let percent): Wording.decimals(percent, 1) + " %"
        case .seconds(let seconds): Wording.decimals(seconds, 1) + " s"
        case .text(let text): text
        }
    }
}
