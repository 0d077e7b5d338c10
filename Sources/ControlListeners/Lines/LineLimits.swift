/// Answers one line of a client. `write` sends a piece of the answer and returns when there is room for the next one,
/// or `false` when the client is gone.
public typealias LineService =
    @Sendable (_ line: [UInt8], _ write: @escaping @Sendable ([UInt8]) async -> Bool) async -> Void

/// Bounds on connections that carry lines.
struct LineLimits: Sendable {
    /// Name of the protocol in log lines.
    var name: String
    /// Octets of the longest line in words.
    var words: Int
    /// Octets of the longest line that begins with `{`; `nil` where such lines mean nothing.
    var json: Int?
    /// Requests of one connection that are carried out at a time.
    var requestsInProgress: Int
    /// Whether more lines may follow the first one.
    var keepsOpen: Bool
    /// Seconds without a request after which a connection is closed.
    var idleSeconds: Int64
    /// Seconds in the middle of a line, or without taking an answer, after which a connection is closed.
    var stuckSeconds: Int64

    func longestLine(_ first: UInt8?) -> Int {
        first == UInt8(ascii: "{") ? json ?? words : words
    }
}
