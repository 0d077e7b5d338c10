import Synchronization

/// The bytes of a capture while it grows: an asynchronous sequence of pieces, each of whole blocks, so that what was
/// read so far is a valid file at any time. For one reader.
///
/// The reader may be slow: so much waits for it, and what is more is left out of the capture and counted there.
public final class CaptureStream: AsyncSequence, Sendable {
    /// A piece of the file.
    public typealias Element = [UInt8]

    private struct State {
        var pieces: [[UInt8]] = []
        var waitingCount = 0
        var isEnded = false
        var isCancelled = false
        var isFinishing = false
        /// The reader was told of the end.
        var isRead = false
        var summary: CaptureSummary?
        var reader: CheckedContinuation<[UInt8]?, Never>?

        /// The next pieces, at least one and not many more octets than ``CaptureStream/portion``.
        mutating func takePieces() -> [UInt8]? {
            guard !pieces.isEmpty else { return nil }
            var (count, octets) = (0, 0)
            while count < pieces.count, octets < CaptureStream.portion {
                octets += pieces[count].count
                count += 1
            }
            let taken = count == 1 ? pieces[0] : Array(pieces[..<count].joined())
            pieces.removeFirst(count)
            waitingCount -= octets
            return taken
        }
    }

    /// Octets that a reader gets at once, about: what it has got and not passed on yet is beyond the limit.
    private static let portion = 256 << 10

    /// Octets that wait for the reader at most.
    public static let limit = 8 << 20

    /// Tells captures of one relay apart.
    public let number: UInt64
    private let state = Mutex(State())

    init(number: UInt64) {
        self.number = number
    }

    /// What the capture holds; `nil` before its end, and of one that was cancelled before it was read as a whole.
    public var summary: CaptureSummary? {
        state.withLock { $0.isCancelled && !$0.isRead ? nil : $0.summary }
    }

    /// Ends the capture from the reader's side: what has happened until now, and the counts, still come.
    public func finish() { state.withLock { $0.isFinishing = true } }

    /// The reader wants the end.
    var isFinishing: Bool { state.withLock { $0.isFinishing } }

    /// What waits for the reader, in octets.
    var waitingCount: Int { state.withLock { $0.waitingCount } }

    /// The reader wants no more.
    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// The reader has all of it, or wants no more.
    var isDone: Bool { state.withLock { $0.isRead || $0.isCancelled } }

    /// Hands `piece` to the reader.
    func append(_ piece: [UInt8]) {
        guard !piece.isEmpty else { return }
        let reader = state.withLock { state -> CheckedContinuation<[UInt8]?, Never>? in
            guard !state.isCancelled, !state.isEnded else { return nil }
            if let reader = state.reader.take() { return reader }
            state.pieces.append(piece)
            state.waitingCount += piece.count
            return nil
        }
        reader?.resume(returning: piece)
    }

    /// Says that there is no more to come.
    func end(_ summary: CaptureSummary) {
        let reader = state.withLock { state in
            state.isEnded = true
            state.summary = summary
            let reader = state.reader.take()
            state.isRead = reader != nil
            return reader
        }
        reader?.resume(returning: nil)
    }

    /// Ends the capture from the reader's side: what waits is dropped, and the packets are left alone from now on.
    public func cancel() {
        let reader = state.withLock { state in
            state.isCancelled = true
            state.pieces = []
            state.waitingCount = 0
            return state.reader.take()
        }
        reader?.resume(returning: nil)
    }

    /// The next piece; `nil` at the end, and after ``cancel()``. A cancelled task cancels the capture.
    public func next() async -> [UInt8]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state -> [UInt8]?? in
                    if let next = state.takePieces() { return .some(next) }
                    if state.isEnded, !state.isCancelled { state.isRead = true }
                    if state.isEnded || state.isCancelled { return .some(nil) }
                    state.reader = continuation
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            cancel()
        }
    }

    /// Reads the stream.
    public struct Iterator: AsyncIteratorProtocol {
        let stream: CaptureStream

        /// The next piece; `nil` at the end.
        public mutating func next() async -> [UInt8]? { await stream.next() }
    }

    /// An iterator; there should be one.
    public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }
}
