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

    /// The `call-id`.
    let callID: String
    private(set) var documents: [Document] = []
    /// When the call ended, since the epoch; `nil` while it went on.
    private(set) var endNanoseconds: UInt64?

    /// Octets of a file that is read.
    static let largest = 16 << 20

    /// - Parameter limit: SDPs at most; those beyond are left out.
    init?(_ text: [UInt8], limit: Int) {
        guard text.count <= Self.largest else { return nil }
        let lines = String(decoding: text, as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
        guard let path = lines.first, let callID = Self.callID(ofPath: path) else { return nil }
        self.callID = callID
        var isInDocument = false
        var next = Document()
        for line in lines.dropFirst() {
            if let time = Self.value(of: "Timestamp started ms", line) {
                next = Document(nanoseconds: Self.nanoseconds(milliseconds: time) ?? 0)
            } else if let mode = Self.value(of: "SDP mode", line) {
                next.isAnswer = mode == "answer"
            } else if let number = Self.value(of: "SDP before RTP packet", line) {
                next.nextPacket = max(1, Int(number) ?? 1)
            } else if let time = line.hasPrefix("Timestamp terminated ms") ? line.split(separator: " ").last : nil {
                endNanoseconds = Self.nanoseconds(milliseconds: time)
            } else if line.hasPrefix("v=0") {
                isInDocument = true
                next.lines = ["v=0"]
            } else if isInDocument, line.isEmpty {
                isInDocument = false
                if documents.count < limit { documents.append(next) }
            } else if isInDocument {
                next.lines.append(String(line))
            }
        }
        if documents.isEmpty { return nil }
    }

    /// What stands behind `name: `.
    private static func value(of name: String, _ line: Substring) -> Substring? {
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

    /// `/directory/pcaps/CALL-ID-0123456789abcdef.pcap`, in which octets may be written as `%40`.
    static func callID(ofPath path: Substring) -> String? {
        guard path.hasSuffix(".pcap"), let name = path.dropLast(5).split(separator: "/").last,
            let hyphen = name.lastIndex(of: "-"), hyphen > name.startIndex
        else { return nil }
        var octets: [UInt8] = []
        var rest = Array(name[..<hyphen].utf8)[...]
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
