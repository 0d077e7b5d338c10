public import Bencode
import Wire

/// A reply to a request, with the description in it taken apart.
public struct Reply: Sendable {
    /// All of it.
    public let dictionary: BencodeDictionary

    /// A reply that holds `dictionary`.
    public init(_ dictionary: BencodeDictionary) {
        self.dictionary = dictionary
    }

    /// `ok`, `error` …; `nil` when there was no reply at all.
    public var result: String? { dictionary.first("result")?.text }
    /// `error-reason`.
    public var errorReason: String? { dictionary.first("error-reason")?.text }
    /// `warning`.
    public var warning: String? { dictionary.first("warning")?.text }
    /// The description as it came.
    public var body: String? { dictionary.first("sdp")?.text }

    /// The lines of the description.
    public var lines: [String] {
        (body?.octets ?? []).split(separator: 10).map { String(octets: $0.last == 13 ? $0.dropLast() : $0) }
    }

    /// The lines above the first section.
    public var sessionLines: [String] { Array(lines.prefix { !$0.hasPrefix("m=") }) }

    /// The sections of the description.
    public var sections: [Section] {
        var sections: [Section] = []
        for line in lines {
            if line.hasPrefix("m=") {
                sections.append(Section(lines: [line]))
            } else if !sections.isEmpty {
                sections[sections.count - 1].lines.append(line)
            }
        }
        return sections
    }

    /// The first section; one without lines when there is none.
    public var section: Section { sections.first ?? Section(lines: []) }

    /// A value inside dictionaries, by the keys that lead to it; a number is an index into a list.
    public func value(_ path: String...) -> BencodeValue? {
        path.reduce(BencodeValue.dictionary(dictionary)) { value, key in
            if let list = value?.list {
                return Int(key).flatMap { list.indices.contains($0) ? list[$0] : nil }
            }
            return value?.dictionary?.first(key)
        }
    }

    /// The keys of the dictionary at `path`.
    public func keys(_ path: String) -> Set<String> {
        Set(value(path)?.dictionary?.entries.map(\.key) ?? [])
    }

    /// One media section of a description.
    public struct Section: Sendable {
        /// Its lines, `m=` first.
        public var lines: [String]

        /// `audio 4000 RTP/AVP 0` in words.
        private var head: [Substring] { (lines.first ?? "").dropFirst(2).split(separator: " ") }
        /// `audio`.
        public var type: String { head.first.map(String.init) ?? "" }
        /// The port in `m=`; 0 for a rejected section and for none.
        public var port: UInt16 { head.count > 1 ? UInt16(head[1]) ?? 0 : 0 }
        /// `RTP/AVP`.
        public var transport: String { head.count > 2 ? String(head[2]) : "" }
        /// The formats in `m=`.
        public var formats: [String] { head.dropFirst(3).map(String.init) }
        /// The address in `c=`.
        public var address: String {
            lines.first { $0.hasPrefix("c=") }?.split(separator: " ").last.map(String.init) ?? ""
        }
        /// The port in `a=rtcp`.
        public var rtcpPort: UInt16? {
            values(of: "rtcp").first.flatMap { $0.split(separator: " ").first }.flatMap { UInt16($0) }
        }
        /// Has `a=rtcp-mux`.
        public var isMuxed: Bool { has("a=rtcp-mux") }
        /// The direction attribute.
        public var direction: String? {
            ["sendrecv", "sendonly", "recvonly", "inactive"].first { has("a=" + $0) }
        }

        /// Has this line.
        public func has(_ line: String) -> Bool { lines.contains(line) }

        /// What stands behind `a=NAME:`, in order.
        public func values(of name: String) -> [String] {
            lines.filter { $0.hasPrefix("a=\(name):") }.map { String($0.dropFirst(name.count + 3)) }
        }
    }
}
