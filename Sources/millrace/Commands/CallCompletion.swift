import ArgumentParser
import Console
import NetTypes

/// Completes call-ids in a shell: asks the relay that the command line names.
enum CallCompletion {
    static let kind = CompletionKind.custom { words, _, _ in candidates(for: words) }

    /// Calls offered at most, the oldest first.
    private static let most = 500

    /// The call-ids at present; none when no relay answers. Those with characters that a shell could take for more than
    /// text are left out.
    static func candidates(for words: [String]) -> [String] {
        let client = ControlClient(endpoint: endpoint(in: words))
        let answer = try? client.ask("calls", [JSONMember("limit", .integer(Int64(most)))])
        return (answer?["calls"]?.array ?? []).compactMap { $0["call-id"]?.text }.filter { callID in
            !callID.isEmpty && callID.utf8.allSatisfy(isPlain)
        }
    }

    /// Where the words of an unfinished command line say that the relay is. Bash makes three words of `--socket=FILE`.
    private static func endpoint(in words: [String]) -> ControlEndpoint {
        let words = words.filter { $0 != "=" }
        func value(of names: [String]) -> String? {
            for (index, word) in words.enumerated() {
                for name in names {
                    if word == name, index + 1 < words.count { return words[index + 1] }
                    if word.hasPrefix(name + "=") { return String(word.dropFirst(name.count + 1)) }
                }
            }
            return nil
        }
        let address = value(of: ["--address", "--ip"]).flatMap { TransportAddress($0) }
        return .choose(socket: value(of: ["--socket"]), address: address)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "-_.@+%:=,".utf8.contains(byte)
        }
    }
}
