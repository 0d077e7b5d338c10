internal import Bencode
internal import NetTypes

/// What rtpengine writes beside the packets of a call that it records: the path of their file, every SDP that it sent to
/// a party with the number of the packet that it came before, and when the call ended (ng-protocol §9).
///
/// Of the requests nothing else is known. The parties' own SDPs follow from those sent, with the addresses from which
/// the parties' packets came in place of the relay's.
struct RecordingMetadata {
    /// An SDP that was sent to a party.
    struct Document: Equatable {
        /// When, since the epoch; 0 for unknown.
        var nanoseconds: UInt64 = 0
        var isAnswer = false
        /// The number, from 1, of the packet that came next.
        var nextPacket = 1
        var lines: [String] = []
    }

    /// The `call-id`; `nil` when neither of the two files has it in its name.
    let callID: String?
    private(set) var documents: [Document] = []
    /// When the call ended, since the epoch; `nil` while it went on.
    private(set) var endNanoseconds: UInt64?

    /// Octets of an SDP: more do not fit in a datagram.
    private static let largestDocument = 1 << 16

    /// - Parameters:
    ///   - name: the name of the metadata file.
    ///   - limit: SDPs at most; those beyond are left out.
    init?(_ text: [UInt8], name: String, limit: Int) {
        guard text.count <= Replay.largestMetadata else { return nil }
        var lines = Lines(text)
        guard let path = lines.next(), !path.isEmpty else { return nil }
        callID = Self.callID(ofName: name) ?? Self.callID(ofPath: path)
        var next = Document()
        var octets: Int?
        while let line = lines.next() {
            if let before = octets {
                octets = line.isEmpty ? nil : before + line.utf8.count
                guard before <= Self.largestDocument else { return nil }
                if !line.isEmpty { next.lines.append(line) } else if documents.count < limit { documents.append(next) }
            } else if let time = Self.value(of: "Timestamp started ms", line) {
                next = Document(nanoseconds: Self.nanoseconds(milliseconds: time) ?? 0)
            } else if let mode = Self.value(of: "SDP mode", line) {
                next.isAnswer = mode == "answer"
            } else if let number = Self.value(of: "SDP before RTP packet", line) {
                next.nextPacket = max(1, Int(number) ?? 1)
            } else if line.hasPrefix("v=0") {
                octets = 0
                next.lines = ["v=0"]
            } else if line.hasPrefix("Timestamp terminated ms") {
                endNanoseconds = line.split(separator: " ").last.flatMap(Self.nanoseconds(milliseconds:))
                // Behind it stands text of the client's, which may look like anything.
                break
            }
        }
        if documents.isEmpty { return nil }
    }

    /// Lines of a text that is not made into pieces as a whole. They end with a line feed, before which a carriage return
    /// is left out.
    private struct Lines {
        private var rest: ArraySlice<UInt8>

        init(_ text: [UInt8]) { rest = text[...] }

        mutating func next() -> String? {
            guard !rest.isEmpty else { return nil }
            let end = rest.firstIndex(of: UInt8(ascii: "\n"))
            var line = rest[..<(end ?? rest.endIndex)]
            rest = end.map { rest[($0 + 1)...] } ?? []
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            return String(decoding: line, as: UTF8.self)
        }
    }

    /// What stands behind `name: `.
    private static func value(of name: String, _ line: String) -> Substring? {
        guard line.hasPrefix(name), line.dropFirst(name.count).hasPrefix(": ") else { return nil }
        return line.dropFirst(name.count + 2)
    }

    /// `1796130048470.490`
    private static func nanoseconds(milliseconds text: Substring) -> UInt64? {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard let first = parts.first, let whole = UInt64(first), whole < UInt64.max / 1_000_000 - 1 else { return nil }
        let digits = parts.count > 1 ? parts[1].prefix(6) : ""
        guard digits.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        let padded = digits + String(repeating: "0", count: 6 - digits.count)
        return whole * 1_000_000 + (UInt64(padded) ?? 0)
    }

    /// `rtpengine-meta-CALL-ID-0123456789abcdef.txt`
    private static func callID(ofName name: String) -> String? {
        guard name.hasPrefix("rtpengine-meta-"), name.hasSuffix(".txt") else { return nil }
        return callID(ofStem: name.dropFirst(15).dropLast(4))
    }

    /// `/directory/pcaps/CALL-ID-0123456789abcdef.pcap`, unless the client chose another name.
    private static func callID(ofPath path: String) -> String? {
        guard path.hasSuffix(".pcap"), let name = path.dropLast(5).split(separator: "/").last else { return nil }
        return callID(ofStem: name)
    }

    /// `CALL-ID-0123456789abcdef`, in which octets may be written as `%40`.
    private static func callID(ofStem stem: Substring) -> String? {
        guard let hyphen = stem.lastIndex(of: "-"), hyphen > stem.startIndex else { return nil }
        let random = stem[stem.index(after: hyphen)...].utf8
        guard random.count == 16, random.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else { return nil }
        var octets: [UInt8] = []
        var rest = Array(stem[..<hyphen].utf8)[...]
        while let octet = rest.popFirst() {
            if octet == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                rest = rest.dropFirst(2)
                octets.append(value)
            } else {
                octets.append(octet)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
