import Forwarding

/// The SDP documents that were signalled last in a call, within a limit of octets.
struct SignalledHistory {
    private(set) var descriptions: [SignalledDescription] = []
    private var count = 0

    /// Adds documents; the oldest beyond `limit` octets are forgotten, of those too long by themselves only what they
    /// are remains.
    mutating func add(_ new: [SignalledDescription], limit: Int) {
        guard limit > 0 else { return }
        for var description in new {
            if description.sdp.count > limit / 2 { description.sdp = [] }
            descriptions.append(description)
            count += description.sdp.count
        }
        while count > limit || descriptions.count > 16 {
            count -= descriptions.removeFirst().sdp.count
        }
    }
}
