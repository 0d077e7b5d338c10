internal import NIOHTTP1

/// What an HTTP request asks for (ng-protocol §1.6).
enum HTTPRoute: Equatable {
    case ping
    case metrics
    /// A command line in the address.
    case command(String)
    /// A command line in the body.
    case commandInBody
    /// A message with its cookie in the body.
    case ng
    /// A message without cookie.
    case ngPlain
    /// A question of a browser about other origins.
    case options
    case notFound
    case methodNotAllowed

    /// Media types of messages.
    static let ngType = "application/x-rtpengine-ng"
    static let jsonType = "application/json"

    /// The route of a request. `type` is its `Content-Type`, whose parameters do not matter.
    init(_ method: HTTPMethod, _ uri: String, type: String?) {
        let path = uri.prefix { $0 != "?" && $0 != "#" }
        let type = HTTPRoute.mediaType(type)
        switch method {
        case .OPTIONS: self = .options
        case .GET, .HEAD:
            switch path {
            case "/ping": self = .ping
            case "/metrics": self = .metrics
            default:
                guard path.hasPrefix("/cli/") else {
                    self = .notFound
                    return
                }
                self = HTTPRoute.decoded(path.dropFirst(5)).map { .command($0) } ?? .notFound
            }
        case .POST:
            switch (path, type) {
            case ("/cli", "text/plain"): self = .commandInBody
            case ("/ng", HTTPRoute.ngType): self = .ng
            case ("/ng-plain", HTTPRoute.ngType), ("/ng-plain", HTTPRoute.jsonType): self = .ngPlain
            default: self = .notFound
            }
        default: self = .methodNotAllowed
        }
    }

    /// The media type without its parameters, in small letters.
    static func mediaType(_ text: String?) -> String? {
        guard let text else { return nil }
        let type = text.prefix { $0 != ";" }
        return type.lowercased().split(whereSeparator: { $0 == " " || $0 == "\t" }).first.map(String.init)
    }

    /// The text of a part of an address: `+` is a space, `%XX` an octet. `nil` for a broken escape or no UTF-8.
    static func decoded(_ text: Substring) -> String? {
        var octets: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): octets.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = Substring(rest.prefix(2))
                guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit), let octet = UInt8(digits, radix: 16)
                else { return nil }
                octets.append(octet)
                rest = rest.dropFirst(2)
            default: octets.append(byte)
            }
        }
        return String(validating: octets, as: UTF8.self)
    }
}
