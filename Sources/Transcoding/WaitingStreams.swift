/// The streams that hold packets back, in the order of their deadlines: few of all that there are.
struct WaitingStreams {
    private struct Entry {
        var deadline: UInt64
        var stream: TranscodingEngine.Stream
    }

    /// The latest first, so that the one that is due leaves without moving the others.
    private var entries: [Entry] = []

    /// The one whose deadline comes first.
    var first: TranscodingEngine.Stream? { entries.last?.stream }

    /// Puts `stream` where its transcoder's deadline belongs.
    mutating func update(_ stream: TranscodingEngine.Stream) {
        let deadline = stream.transcoder.nextDeadline
        guard deadline != stream.deadline else { return }
        remove(stream)
        guard let deadline else { return }
        entries.insert(Entry(deadline: deadline, stream: stream), at: place(of: deadline))
        stream.deadline = deadline
    }

    /// Forgets `stream`.
    mutating func remove(_ stream: TranscodingEngine.Stream) {
        guard let deadline = stream.deadline else { return }
        stream.deadline = nil
        var index = place(of: deadline)
        while index < entries.count, entries[index].deadline == deadline {
            if entries[index].stream === stream {
                entries.remove(at: index)
                return
            }
            index += 1
        }
    }

    /// The first place whose deadline is not later.
    private func place(of deadline: UInt64) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].deadline > deadline { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
