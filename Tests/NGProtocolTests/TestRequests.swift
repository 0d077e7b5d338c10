import Bencode
import NGProtocol
import Negotiation

/// Requests for tests, with a command unless one is given.
enum TestRequests {
    static func parse(
        _ dictionary: BencodeDictionary, command: NGCommand = .offer, templates: [String: String] = [:]
    ) throws(NGErrorText) -> NGRequest {
        var whole: BencodeDictionary = ["command": .text(command.rawValue)]
        whole.append(contentsOf: dictionary)
        return try NGRequestParser(templates: templates).parse(whole)
    }

    static func flags(_ words: String...) throws -> SignallingOptions {
        try parse(["flags": .list(words.map { .text($0) })]).options
    }

    static func flagString(_ text: String) throws -> NGRequest {
        try parse(["rtpp-flags": .text(text)])
    }

    static func key(_ name: String, _ value: BencodeValue) throws -> SignallingOptions {
        var dictionary = BencodeDictionary()
        dictionary.append(name, value)
        return try parse(dictionary).options
    }
}

/// What a test says about options: a change to a fresh set.
typealias Expectation = @Sendable (inout SignallingOptions) -> Void

func options(_ change: Expectation) -> SignallingOptions {
    var options = SignallingOptions()
    change(&options)
    return options
}

extension SignallingOptions {
    /// Without the notes about what has no effect.
    var withoutNotes: SignallingOptions {
        var options = self
        options.unsupported = []
        options.unknown = []
        return options
    }
}
