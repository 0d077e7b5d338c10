import CLinuxIO

/// Processors that a thread may run on.
struct ProcessorSet {
    private var set: batch_processors

    /// Those of the calling thread.
    static func current() throws(LoadError) -> ProcessorSet {
        var set = batch_processors()
        let result = batch_get_processors(&set)
        guard result == 0 else { throw .system(call: "sched_getaffinity", errno: -result) }
        return ProcessorSet(set: set)
    }

    /// The processors of these numbers; `nil` when one is out of range or there are none.
    init?(_ numbers: [Int]) {
        var words = [UInt64](repeating: 0, count: 16)
        guard !numbers.isEmpty, numbers.allSatisfy({ (0..<1024).contains($0) }) else { return nil }
        for number in numbers { words[number / 64] |= 1 << UInt64(number % 64) }
        set = batch_processors()
        withUnsafeMutableBytes(of: &set) { $0.copyBytes(from: words.withUnsafeBytes(Array.init)) }
    }

    private init(set: batch_processors) { self.set = set }

    /// The numbers of the processors, ascending.
    var numbers: [Int] {
        withUnsafeBytes(of: set) { octets in
            (0..<octets.count * 8).filter { octets[$0 / 8] & 1 << UInt8($0 % 8) != 0 }
        }
    }

    /// Moves the calling thread to these processors. Threads and processes it starts inherit them.
    func apply() throws(LoadError) {
        var set = set
        let result = batch_set_processors(&set)
        guard result == 0 else { throw .system(call: "sched_setaffinity", errno: -result) }
    }

    /// Runs `body` with the calling thread on `numbers`, or where it is when that is `nil`, and moves it back.
    static func pinned<Result>(
        to numbers: [Int]?, _ body: () throws(LoadError) -> Result
    ) throws(LoadError) -> Result {
        guard let numbers else { return try body() }
        guard let wanted = ProcessorSet(numbers) else {
            throw .invalidOption("no such processors: \(numbers)")
        }
        let before = try current()
        try wanted.apply()
        defer { try? before.apply() }
        return try body()
    }
}
