import DaemonConfiguration

/// The two files of a recording of rtpengine's: packets in `pcaps/NAME.pcap`, and
/// `metadata/rtpengine-meta-NAME.txt` beside that directory, whose first line is the path of the packets. That may be
/// one that the client chose.
enum RecordingFiles {
    /// Where the metadata of the packets in `path` may be, the likeliest first.
    static func metadata(ofPackets path: String) -> [String] {
        let (directory, name) = split(path)
        guard name.hasSuffix(".pcap") else { return [] }
        let file = "rtpengine-meta-" + name.dropLast(5) + ".txt"
        return [directory + "../metadata/" + file, directory + file]
    }

    /// Where the packets may be of which `path` is the metadata, the likeliest first; empty when `contents` are none.
    static func packets(ofMetadata path: String, contents: [UInt8]) -> [String] {
        guard let end = contents.prefix(4096).firstIndex(of: UInt8(ascii: "\n")) else { return [] }
        let line = contents[..<end]
        // Captures begin with numbers that are no letters.
        guard line.allSatisfy({ $0 >= 0x20 }) else { return [] }
        let told = String(decoding: line, as: UTF8.self)
        let (_, name) = split(told)
        let (directory, own) = split(path)
        let isNamed = own.hasPrefix("rtpengine-meta-") && own.hasSuffix(".txt")
        guard isNamed ? !name.isEmpty : name.hasSuffix(".pcap") && name.count > 5 else { return [] }
        // A recording that was copied here is meant before one that has the same name where it was made.
        return [directory + "../pcaps/" + name, directory + name, told]
    }

    /// The first of `paths` where something is, which need not be readable; `nil` when there is nothing.
    static func first(of paths: [String], limit: Int) -> (path: String, contents: FileContents)? {
        for path in paths {
            let contents = readWholeFile(path, limit: limit, onlyRegular: true)
            if case .absent = contents { continue }
            return (path, contents)
        }
        return nil
    }

    /// The name of the file at `path`.
    static func name(of path: String) -> String { split(path).name }

    /// A directory with its `/`, or nothing, and the name of a file.
    private static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[...slash]), String(path[path.index(after: slash)...]))
    }
}
