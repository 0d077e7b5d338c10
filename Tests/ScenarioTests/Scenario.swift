import Bencode
import Foundation
import NGProtocol
import Testing

/// One recorded scenario: requests and the answers they got.
struct Scenario: Sendable {
    let id: String
    let interfaces: [String]
    let arguments: [String]
    let steps: [Step]
    let placeholders: [String: Placeholder]

    /// One exchange.
    struct Step: Sendable {
        var name: String
        /// A request dictionary, or the datagram as it is to be sent.
        var message: Message
        var usesJSON = false
        var isRepeated = false
        /// `nil` where nothing is to be answered.
        var response: BencodeValue?
    }

    enum Message: Sendable {
        case request(BencodeDictionary)
        case raw(String)
    }

    /// What a placeholder of the scenario may stand for.
    struct Placeholder: Sendable {
        var pattern: String
        var isEven: Bool
    }

    /// The ids of all scenarios with their files.
    static let files: [String: URL] = {
        let directory = Bundle.module.resourceURL?.appendingPathComponent("Fixtures")
        let files = directory.flatMap {
            FileManager.default.enumerator(at: $0, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL }
        }
        return Dictionary(
            (files ?? []).filter { $0.pathExtension == "json" }.map {
                ($0.deletingPathExtension().lastPathComponent, $0)
            },
            uniquingKeysWith: { first, _ in first })
    }()

    /// The scenario with this id.
    static func load(_ id: String) throws -> Scenario {
        let file = try #require(files[id])
        let scenario = try #require(Scenario(json: try String(contentsOf: file, encoding: .utf8)))
        try #require(scenario.id == id)
        return scenario
    }

    /// Reads a scenario file; `nil` when it is not one.
    init?(json: String) {
        // Our reader of JSON drops `null`, which the files use for "elements of any shape".
        let text = json.replacingOccurrences(of: "\"{LIST}\": null", with: "\"{LIST}\": \"{ANY}\"")
        let limits = BencodeLimits(depth: 64, elements: 1_000_000, bytes: 1 << 24)
        guard let value = try? JSONReader.read(ArraySlice(Array(text.utf8)), limits: limits),
            let file = value.dictionary,
            file.first("format")?.text == "ng-corpus/1", let id = file.first("id")?.text,
            let daemon = file.first("daemon")?.dictionary, let steps = file.first("steps")?.list
        else { return nil }
        self.id = id
        interfaces = daemon.first("interfaces")?.list?.compactMap(\.text) ?? []
        arguments = daemon.first("args")?.list?.compactMap(\.text) ?? []
        self.steps = steps.compactMap { $0.dictionary.flatMap(Step.init) }
        guard self.steps.count == steps.count else { return nil }
        placeholders = Dictionary(
            uniqueKeysWithValues: (file.first("placeholders")?.dictionary?.entries ?? []).map { entry in
                let table = entry.value.dictionary
                let pattern = table?.first("pattern")?.text ?? ""
                return (entry.key, Placeholder(pattern: pattern, isEven: table?.first("even")?.integer == 1))
            })
    }
}

extension Scenario.Step {
    init?(_ step: BencodeDictionary) {
        if let raw = step.first("raw")?.text {
            message = .raw(raw)
            usesJSON = raw.hasPrefix("{COOKIE} {")
        } else if let request = step.first("request")?.dictionary {
            message = .request(request)
        } else {
            return nil
        }
        response = step.first("response")
        guard (response == nil) == (step.first("no_response")?.integer == 1) else { return nil }
        if step.first("encoding")?.text == "json" { usesJSON = true }
        isRepeated = step.first("retransmit")?.integer == 1
        name = step.first("name")?.text ?? step.first("request")?.dictionary?.first("command")?.text ?? "raw"
    }
}
