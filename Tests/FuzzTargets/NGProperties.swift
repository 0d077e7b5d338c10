import Bencode
import NGProtocol

/// The ng protocol: any datagram leads to a request or a reply; a stream means the same however it is cut.
enum NGProperties {
    private static let parser = NGRequestParser(templates: [
        "default": "trust-address", "tpl": "ICE=remove codec-strip-all",
    ])

    static func violation(_ bytes: [UInt8]) -> String? {
        if let message = NGMessage(bytes), let encoding = try? NGEncoding.detect(message.payload),
            let dictionary = try? encoding.decode(message.payload)
        {
            _ = try? parser.parse(dictionary)
            let reply = NGReply.ok(dictionary)
            let written = reply.encode(cookie: message.cookie, .bencode)
            guard NGMessage(written)?.cookie == message.cookie else { return "the cookie changed" }
        }
        guard events(bytes, cutAt: 0) == events(bytes, cutAt: bytes.count / 2) else {
            return "events depend on how the stream is cut"
        }
        return nil
    }

    private static func events(_ bytes: [UInt8], cutAt place: Int) -> [NGStreamParser.Event] {
        var parser = NGStreamParser()
        var events = bytes[..<place].withUnsafeBytes { parser.consume($0) }
        events += bytes[place...].withUnsafeBytes { parser.consume($0) }
        return events
    }
}
