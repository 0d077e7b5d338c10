import Glibc

/// Where recordings are kept, laid out as programs that fetch them expect: packets in `pcaps`, what is known of each
/// recording in `metadata` once it is complete, and in `tmp` until then.
public struct RecordingDirectory: Sendable, Equatable {
    /// The directory that was configured, without a slash at its end.
    public let path: String

    private static let subdirectories = ["pcaps", "metadata", "tmp"]
    /// Octets of a call-id that names of files begin with; what is longer is cut.
    private static let longestName = 200

    /// The directory at `path`. What is missing in it is made.
    ///
    /// - Throws: a sentence when it cannot be.
    public init(_ path: String) throws(RecordingDirectoryError) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        for directory in [self.path] + Self.subdirectories.map({ self.path + "/" + $0 }) {
            try Self.make(directory)
        }
    }

    private static func make(_ directory: String) throws(RecordingDirectoryError) {
        guard mkdir(directory, 0o750) != 0, errno != EEXIST else { return }
        throw RecordingDirectoryError(text: "cannot create \(directory): \(String(cString: strerror(errno)))")
    }

    /// The names of one recording's files.
    struct Names: Equatable {
        var packets: String
        var metadata: String
        var temporary: String
    }

    /// Names for a recording of `callID` that no other one has, as far as `random` sees to it.
    ///
    /// - Parameters:
    ///   - file: the whole path that a client asks for. It must lie in the directory, as must `directory`: who may
    ///     signal calls may not write anywhere. Else it is passed over.
    ///   - directory: the directory for the packets that a client asks for.
    func names(callID: String, random: UInt64, file: String? = nil, directory: String? = nil) -> Names {
        let digits = String(random, radix: 16)
        let stem = Self.escape(callID) + "-" + String(repeating: "0", count: 16 - digits.count) + digits
        var packets = "\(path)/pcaps/\(stem).pcap"
        if let directory = directory.flatMap(inside) { packets = "\(directory)/\(stem).pcap" }
        if let file = file.flatMap(inside) { packets = file }
        return Names(
            packets: packets, metadata: "\(path)/metadata/rtpengine-meta-\(stem).txt",
            temporary: "\(path)/tmp/rtpengine-meta-\(stem).tmp")
    }

    /// A client's path when it leads to a place below the directory; `nil` otherwise.
    func inside(_ wanted: String) -> String? {
        guard !wanted.utf8.contains(0), !wanted.isEmpty, wanted.utf8.count < 1024 else { return nil }
        let whole = wanted.hasPrefix("/") ? wanted : "\(path)/\(wanted)"
        let parts = whole.split(separator: "/")
        guard !parts.contains(".."), whole.hasPrefix(path + "/"), whole.count > path.count + 1 else { return nil }
        return whole.hasSuffix("/") ? String(whole.dropLast()) : whole
    }

    /// Makes the directories that a file below the directory needs.
    func prepare(for file: String) {
        var directory = path
        for part in file.dropFirst(path.count).split(separator: "/").dropLast() {
            directory += "/\(part)"
            mkdir(directory, 0o750)
        }
    }

    /// A call-id as part of a file name: everything but letters, digits and `-._~` as `%` and two digits.
    static func escape(_ callID: String) -> String {
        var name = ""
        for octet in callID.utf8 {
            guard name.utf8.count < longestName else { break }
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                name.unicodeScalars.append(UnicodeScalar(octet))
            default:
                let digits = String(octet, radix: 16, uppercase: true)
                name += (octet < 16 ? "%0" : "%") + digits
            }
        }
        return name
    }
}

/// Why recordings cannot be kept.
public struct RecordingDirectoryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A sentence.
    public let text: String

    /// The sentence.
    public var description: String { text }
}
