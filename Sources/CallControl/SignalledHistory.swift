import Bencode
import Forwarding
import NGProtocol

/// The SDP documents that were signalled last in a call, within a limit of octets.
struct SignalledHistory {
    /// A document, and the request that it came in with.
    struct Entry {
        var description: SignalledDescription
        /// Bencoded, without the document; empty for what was rewritten.
        var request: [UInt8] = []

        fileprivate var count: Int { description.sdp.count + request.count }

        /// The document with its request as text, which is made only when somebody wants to see it.
        var described: SignalledDescription {
            var described = description
            guard let dictionary = (try? BencodeValue.decode(request[...]))?.value.dictionary else { return described }
            var text: [UInt8] = []
            NGEncoding.json.encode(dictionary, into: &text)
            described.request = String(decoding: text, as: UTF8.self)
            return described
        }
    }

    private var entries: [Entry] = []
    private var count = 0

    /// The documents, the oldest first.
    var descriptions: [SignalledDescription] { entries.map(\.described) }

    /// Adds documents; the oldest beyond `limit` octets are forgotten, of those too long by themselves only what they
    /// are remains.
    mutating func add(_ new: [Entry], limit: Int) {
        guard limit > 0 else { return }
        entries.reserveCapacity(entries.count + new.count)
        for var entry in new {
            if entry.description.sdp.count > limit / 2 { entry.description.sdp = [] }
            if entry.request.count > limit / 2 { entry.request = [] }
            entries.append(entry)
            count += entry.count
        }
        while count > limit || entries.count > 16 {
            count -= entries.removeFirst().count
        }
    }
}
