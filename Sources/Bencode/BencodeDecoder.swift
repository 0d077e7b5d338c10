internal import Wire

/// Reads one bencode value from bytes that may arrive in pieces.
///
/// Every byte is looked at once, however finely the input is cut. The dialect is that of the ng protocol
/// (ng-protocol §1.2): keys in any order, duplicates kept, no leading zeros, keys must be strings.
/// After an error the decoder is of no more use.
public struct BencodeDecoder: Sendable {
    /// What a piece of input led to.
    public enum Progress: Sendable, Equatable {
        /// The value ended after `consumed` bytes of this piece; the decoder is ready for the next value.
        case complete(BencodeValue, consumed: Int)
        /// The whole piece was taken and the value goes on.
        case incomplete
    }

    private enum State {
        /// A value, or the end of the container, comes next.
        case item
        /// Digits of a string length; at least one was read.
        case length(Int)
        /// So many bytes of the string are still to come.
        case string(remaining: Int)
        /// Digits of an integer.
        case integer(IntegerScanner)
    }

    /// A container that is still open.
    private struct Frame {
        var isDictionary: Bool
        var key: String?
        var entries: [BencodeDictionary.Entry] = []
        var members: [BencodeValue] = []
    }

    private let limits: BencodeLimits
    private var state = State.item
    private var frames: [Frame] = []
    private var pending: [UInt8] = []
    private var offset = 0
    private var elements = 0

    /// A decoder within `limits`.
    public init(limits: BencodeLimits = BencodeLimits()) {
        self.limits = limits
    }

    /// Whether part of a value has been read.
    public var isInsideValue: Bool { offset > 0 }

    /// Takes the next piece of input, up to the end of the value.
    public mutating func consume(_ bytes: UnsafeRawBufferPointer) throws(BencodeError) -> Progress {
        var index = 0
        while index < bytes.count {
            if case .string(let remaining) = state {
                let taken = min(remaining, bytes.count - index)
                pending.append(contentsOf: bytes[index..<(index + taken)])
                index += taken
                offset += taken
                state = .string(remaining: remaining - taken)
                if let value = finishPendingString() { return .complete(value, consumed: index) }
                continue
            }
            if case .item = state, let contents = wholeString(in: bytes, at: index) {
                if !expectsKey { try countElement() }
                offset += contents.upperBound - index
                index = contents.upperBound
                if let value = take(UnsafeRawBufferPointer(rebasing: bytes[contents])) {
                    return .complete(value, consumed: index)
                }
                continue
            }
            guard offset < limits.bytes else { throw BencodeError(.tooLarge, at: offset) }
            let value = try consume(bytes[index])
            index += 1
            if let value {
                reset()
                return .complete(value, consumed: index)
            }
            offset += 1
            if let value = finishPendingString() { return .complete(value, consumed: index) }
        }
        return .incomplete
    }

    /// The contents of a string that begins at `index` and ends in this piece, which nearly all do. Anything that is
    /// not quite in order is left to the states, which say what is wrong and where.
    private func wholeString(in bytes: UnsafeRawBufferPointer, at index: Int) -> Range<Int>? {
        guard bytes[index].isDigit else { return nil }
        var (end, length) = (index, 0)
        while end < bytes.count, end - index < 8, bytes[end].isDigit {
            length = length * 10 + Int(bytes[end] - UInt8(ascii: "0"))
            end += 1
        }
        guard end < bytes.count, bytes[end] == UInt8(ascii: ":"),
            bytes[index] != UInt8(ascii: "0") || end == index + 1,
            length <= bytes.count - end - 1, length <= limits.bytes - offset - (end + 1 - index)
        else { return nil }
        return (end + 1)..<(end + 1 + length)
    }

    /// Ends the input. The outermost dictionary may lack its final `e`.
    public mutating func finish() throws(BencodeError) -> BencodeValue {
        guard case .item = state, frames.count == 1, let frame = frames.first, frame.isDictionary, frame.key == nil
        else { throw BencodeError(.truncated, at: offset) }
        reset()
        return .dictionary(BencodeDictionary(frame.entries))
    }

    private mutating func reset() {
        state = .item
        frames = []
        pending = []
        offset = 0
        elements = 0
    }

    /// Takes one byte outside string contents; returns the value when this byte ends it.
    private mutating func consume(_ byte: UInt8) throws(BencodeError) -> BencodeValue? {
        switch state {
        case .item:
            return try beginItem(byte)
        case .length(let length):
            if byte == UInt8(ascii: ":") {
                state = .string(remaining: length)
                pending = []
                pending.reserveCapacity(length)
                return nil
            }
            guard length > 0 || !byte.isDigit else { throw BencodeError(.leadingZero, at: offset) }
            try readLengthDigit(byte, after: length)
            return nil
        case .string:
            return nil
        case .integer(var scanner):
            guard byte == UInt8(ascii: "e") else {
                try scanner.read(byte, at: offset)
                state = .integer(scanner)
                return nil
            }
            state = .item
            return add(.integer(try scanner.value(at: offset)))
        }
    }

    private mutating func beginItem(_ byte: UInt8) throws(BencodeError) -> BencodeValue? {
        if byte == UInt8(ascii: "e") { return try closeContainer() }
        let isKey = expectsKey
        guard byte.isDigit || !isKey else { throw BencodeError(.nonStringKey, at: offset) }
        if !isKey { try countElement() }
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            try readLengthDigit(byte, after: 0)
        case UInt8(ascii: "i"):
            state = .integer(IntegerScanner())
        case UInt8(ascii: "l"), UInt8(ascii: "d"):
            guard frames.count < limits.depth else { throw BencodeError(.tooDeep, at: offset) }
            frames.append(Frame(isDictionary: byte == UInt8(ascii: "d")))
        default:
            throw BencodeError(.unexpectedByte(byte), at: offset)
        }
        return nil
    }

    private mutating func readLengthDigit(_ byte: UInt8, after length: Int) throws(BencodeError) {
        guard byte.isDigit else { throw BencodeError(.unexpectedByte(byte), at: offset) }
        let longer = length * 10 + Int(byte - UInt8(ascii: "0"))
        // The digit and the colon count, too.
        guard longer <= limits.bytes - offset - 2 else { throw BencodeError(.tooLarge, at: offset) }
        state = .length(longer)
    }

    /// The next item is a key of the open dictionary.
    private var expectsKey: Bool {
        guard !frames.isEmpty else { return false }
        let last = frames.count - 1
        return frames[last].isDictionary && frames[last].key == nil
    }

    private mutating func countElement() throws(BencodeError) {
        elements += 1
        guard elements <= limits.elements else { throw BencodeError(.tooManyElements, at: offset) }
    }

    /// Closes a string that came in pieces when its bytes are all there; returns the value when the string is all of it.
    private mutating func finishPendingString() -> BencodeValue? {
        guard case .string(remaining: 0) = state else { return nil }
        state = .item
        let octets = pending
        pending = []
        return octets.withUnsafeBytes { take($0) }
    }

    /// Takes the octets of a string; returns the value when the string is all of it.
    private mutating func take(_ octets: UnsafeRawBufferPointer) -> BencodeValue? {
        if expectsKey {
            frames[frames.count - 1].key = String(octets: octets)
            return nil
        }
        guard let value = add(.string(Array(octets))) else { return nil }
        reset()
        return value
    }

    private mutating func closeContainer() throws(BencodeError) -> BencodeValue? {
        guard let last = frames.indices.last, frames[last].key == nil else {
            throw BencodeError(.unexpectedByte(UInt8(ascii: "e")), at: offset)
        }
        let frame = frames.removeLast()
        return add(frame.isDictionary ? .dictionary(BencodeDictionary(frame.entries)) : .list(frame.members))
    }

    /// Puts a finished item into the open container; returns it when there is none.
    private mutating func add(_ value: BencodeValue) -> BencodeValue? {
        guard let last = frames.indices.last else { return value }
        if let key = frames[last].key {
            // A request has about this many keys.
            if last == 0, frames[last].entries.isEmpty { frames[last].entries.reserveCapacity(12) }
            frames[last].entries.append(BencodeDictionary.Entry(key: key, value: value))
            frames[last].key = nil
        } else {
            frames[last].members.append(value)
        }
        return nil
    }
}

/// The digits between `i` and `e`.
private struct IntegerScanner {
    private var isNegative = false
    private var magnitude: UInt64 = 0
    private var digits = 0

    mutating func read(_ byte: UInt8, at offset: Int) throws(BencodeError) {
        if byte == UInt8(ascii: "-"), digits == 0, !isNegative {
            isNegative = true
            return
        }
        guard byte.isDigit else { throw BencodeError(.unexpectedByte(byte), at: offset) }
        guard digits == 0 || magnitude > 0 else { throw BencodeError(.leadingZero, at: offset) }
        let (product, overflows) = magnitude.multipliedReportingOverflow(by: 10)
        let (sum, carries) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
        guard !overflows, !carries else { throw BencodeError(.integerOverflow, at: offset) }
        magnitude = sum
        digits += 1
    }

    func value(at offset: Int) throws(BencodeError) -> Int64 {
        guard digits > 0 else { throw BencodeError(.unexpectedByte(UInt8(ascii: "e")), at: offset) }
        guard isNegative else {
            guard let value = Int64(exactly: magnitude) else { throw BencodeError(.integerOverflow, at: offset) }
            return value
        }
        guard magnitude > 0 else { throw BencodeError(.leadingZero, at: offset) }
        guard magnitude <= Int64.min.magnitude else { throw BencodeError(.integerOverflow, at: offset) }
        return Int64(truncatingIfNeeded: 0 &- magnitude)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
