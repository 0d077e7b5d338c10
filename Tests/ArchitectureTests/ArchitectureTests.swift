import Foundation
import Testing

/// The arrows between the modules, and what the pure ones may not know.
@Suite struct ArchitectureTests {
    /// Which modules of the package each module may import. An arrow that is not here is a decision: make it with the
    /// design in hand, not in passing.
    private static let arrows: [String: Set<String>] = [
        "CAES": [],
        "CLinuxIO": [],
        "COpenSSL": [],
        "COpus": [],
        "CPrefetch": [],
        "CSRTP": [],
        "CSpanDSP": [],
        "CSpeexDSP": [],
        "Wire": [],
        "NetTypes": ["Wire"],
        "MediaFormats": ["Forwarding", "Wire"],
        "Quality": [],
        "Bencode": ["Wire"],
        "SDP": ["NetTypes", "Wire"],
        "RTP": ["Wire"],
        "Capture": ["NetTypes"],
        "SRTPKeying": ["Wire"],
        "STUN": ["NetTypes", "Wire"],
        "ICE": ["NetTypes", "STUN"],
        "SRTP": ["CAES", "COpenSSL", "SRTPKeying"],
        "Forwarding": ["NetTypes", "Quality", "SRTPKeying"],
        "Transcoding": ["COpus", "CSpanDSP", "CSpeexDSP", "Forwarding", "RTP"],
        "CallModel": ["Forwarding", "MediaFormats", "NetTypes", "Quality", "SDP", "SRTPKeying"],
        "Negotiation": ["CallModel", "Forwarding", "MediaFormats", "NetTypes", "SDP", "SRTPKeying", "Wire"],
        "NGProtocol": ["Bencode", "Forwarding", "Negotiation", "NetTypes", "Wire"],
        "DTLS": ["COpenSSL", "SRTPKeying"],
        "PacketPath": [
            "CPrefetch", "Forwarding", "ICE", "NetTypes", "Quality", "RTP", "SRTP", "SRTPKeying", "STUN", "Transcoding",
        ],
        "LinuxIO": ["CLinuxIO", "NetTypes"],
        "DataPlane": ["DTLS", "Forwarding", "LinuxIO", "NetTypes", "PacketPath", "SRTP", "SRTPKeying"],
        "Recording": ["Capture", "Forwarding", "NetTypes"],
        "CallReports": ["Forwarding", "NetTypes", "Quality", "SRTPKeying"],
        "Diagnosis": ["CallReports", "Forwarding", "NetTypes", "SRTPKeying"],
        "CallControl": [
            "Bencode", "CallModel", "CallReports", "Diagnosis", "Forwarding", "MediaFormats", "NGProtocol",
            "Negotiation", "NetTypes", "Quality", "SDP", "SRTPKeying", "Telemetry", "Wire",
        ],
        "Telemetry": ["Bencode", "NGProtocol"],
        "Console": ["Bencode", "CallControl", "Diagnosis", "NetTypes", "Recording", "Telemetry", "Wire"],
        "ControlListeners": ["Bencode", "COpenSSL", "LinuxIO", "NGProtocol", "NetTypes"],
        "Replay": [
            "Bencode", "CallControl", "CallReports", "Capture", "Forwarding", "MediaFormats", "NGProtocol", "NetTypes",
            "PacketPath", "RTP", "SDP", "SRTP", "SRTPKeying", "STUN",
        ],
        "DaemonConfiguration": ["Forwarding", "NetTypes"],
        "LoadGenerator": [
            "Bencode", "CLinuxIO", "COpenSSL", "CSRTP", "DTLS", "ICE", "NetTypes", "RTP", "SRTP", "SRTPKeying", "STUN",
        ],
        "millrace": [
            "Bencode", "CallControl", "CallReports", "Console", "ControlListeners", "DTLS", "DaemonConfiguration",
            "DataPlane",
            "Forwarding", "LoadGenerator",
            "NGProtocol", "Negotiation", "NetTypes", "Quality", "Recording", "Replay", "SRTPKeying", "Telemetry",
            "Wire",
        ],
    ]

    /// Modules from outside the package. A module that is not named has none: no clock, no socket, no lock, no log.
    private static let outside: [String: Set<String>] = [
        // Counters that other threads read.
        "PacketPath": ["Synchronization"],
        // The `timeval` of libssl.
        "DTLS": ["Glibc"],
        "LinuxIO": ["Glibc", "Synchronization"],
        "DataPlane": ["Glibc", "Synchronization"],
        "Recording": ["Glibc", "Logging", "Synchronization"],
        "CallControl": ["Glibc", "Logging", "Synchronization"],
        "Console": ["Glibc", "Synchronization"],
        "Replay": ["Logging"],
        "ControlListeners": [
            "Glibc", "Logging", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOWebSocket", "Synchronization",
        ],
        "LoadGenerator": ["Glibc", "Synchronization"],
        "millrace": [
            "ArgumentParser", "Dispatch", "Glibc", "Logging", "NIOCore", "NIOPosix", "ServiceLifecycle",
            "Synchronization", "UnixSignals",
        ],
    ]

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func everyModuleHasItsArrows() throws {
        let sources = Self.root.appending(path: "Sources").path()
        let folders = try FileManager.default.contentsOfDirectory(atPath: sources).filter { !$0.hasPrefix(".") }
        #expect(Set(folders) == Set(Self.arrows.keys))
    }

    @Test(arguments: arrows.keys.sorted())
    func importsFollowTheArrows(_ module: String) throws {
        let allowed = try #require(Self.arrows[module]).union(Self.outside[module] ?? [])
        for (file, text) in try Self.swiftFiles(of: module) {
            for line in text.split(separator: "\n") {
                guard let imported = Self.importedModule(line) else { continue }
                #expect(allowed.contains(imported), "\(file) imports \(imported)")
            }
        }
    }

    @Test(arguments: arrows.keys.sorted())
    func theManifestHasNoOtherArrows(_ module: String) throws {
        let manifest = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        let declared = try #require(Self.dependencies(of: module, in: manifest), "Package.swift lacks \(module)")
        #expect(declared == Self.arrows[module])
    }

    @Test func thereAreNoCycles() {
        var layered: Set<String> = []
        while layered.count < Self.arrows.count {
            let next = Self.arrows.filter { !layered.contains($0.key) && $0.value.isSubset(of: layered) }.keys
            #expect(!next.isEmpty, "a cycle among \(Set(Self.arrows.keys).subtracting(layered).sorted())")
            guard !next.isEmpty else { return }
            layered.formUnion(next)
        }
    }

    /// The media column knows nothing of signalling and the other way round; they meet in `Forwarding`.
    @Test func theTwoColumnsMeetInThePlanOnly() {
        let signalling: Set = ["Bencode", "SDP", "CallModel", "Negotiation", "NGProtocol", "CallControl"]
        let media: Set = ["RTP", "STUN", "ICE", "SRTP", "DTLS", "Transcoding", "PacketPath", "LinuxIO", "DataPlane"]
        #expect(media.isDisjoint(with: signalling.reduce(into: []) { $0.formUnion(Self.reach(of: $1)) }))
        #expect(signalling.isDisjoint(with: media.reduce(into: []) { $0.formUnion(Self.reach(of: $1)) }))
    }

    /// Files, but for tables and generated code, stay readable at one go.
    @Test func filesAreShort() throws {
        for module in Self.arrows.keys {
            for (file, text) in try Self.swiftFiles(of: module) {
                let count = text.split(separator: "\n", omittingEmptySubsequences: false).count
                #expect(count <= 401, "\(file) has \(count) lines")
            }
        }
    }

    // MARK: - Reading

    private static func reach(of module: String) -> Set<String> {
        var found: Set<String> = []
        var rest = [module]
        while let next = rest.popLast() {
            if found.insert(next).inserted { rest += arrows[next] ?? [] }
        }
        return found
    }

    private static func swiftFiles(of module: String) throws -> [(name: String, text: String)] {
        let folder = root.appending(path: "Sources/\(module)")
        let names = FileManager.default.enumerator(atPath: folder.path())?.compactMap { $0 as? String } ?? []
        return try names.filter { $0.hasSuffix(".swift") }.map { name in
            ("\(module)/\(name)", try String(contentsOf: folder.appending(path: name), encoding: .utf8))
        }
    }

    /// The module that a line imports, whatever attributes and access level stand before `import`.
    private static func importedModule(_ line: Substring) -> String? {
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
            words[..<place].allSatisfy({ $0.hasPrefix("@") || accessLevels.contains(String($0)) })
        else { return nil }
        let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        let name =
            kinds.contains(String(words[place + 1])) && place + 2 < words.count ? words[place + 2] : words[place + 1]
        return name.split(separator: ".").first.map(String.init)
    }

    private static let accessLevels: Set = ["public", "package", "internal", "private", "fileprivate"]

    /// The modules of the package that the manifest lets `module` import; `nil` when it does not declare it.
    private static func dependencies(of module: String, in manifest: String) -> Set<String>? {
        let compact = String(manifest.filter { !$0.isWhitespace })
        let declarations = ["module(", ".target(name:", ".systemLibrary(name:", ".executableTarget(name:"]
        let starts = declarations.lazy.compactMap { compact.range(of: "\($0)\"\(module)\"") }
        guard let start = starts.first else { return nil }
        var names: Set<String> = []
        var depth = 0
        var text = ""
        // Up to the end of the call, whose parenthesis closes what `module(` or `.target(` opened.
        for character in compact[start.upperBound...] {
            if character == "(" || character == "[" { depth += 1 }
            if character == ")" || character == "]" { depth -= 1 }
            if depth < 0 { break }
            text.append(character)
        }
        for (index, piece) in text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
        where index % 2 == 1 && arrows[String(piece)] != nil {
            names.insert(String(piece))
        }
        return names
    }
}
