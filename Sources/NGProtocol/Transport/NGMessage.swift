public import Bencode

/// One message as framed on datagrams: everything before the first space is the cookie, everything behind it the
/// payload (ng-protocol §1.1).
public struct NGMessage: Sendable, Equatable {
    /// Any bytes but a space, returned unchanged.
    public let cookie: [UInt8]
    /// One dictionary in either encoding, if the client plays by the rules.
    public let payload: ArraySlice<UInt8>

    /// Octets that a cookie may have. With a longer one there would be replies that fit into no datagram, and of what
    /// was asked for the client would hear nothing.
    public static let longestCookie = 4096

    /// Splits a datagram; `nil` when there is no cookie to answer to: no space, nothing before it, or too much.
    public init?(_ datagram: [UInt8]) {
        let start = datagram.prefix(NGMessage.longestCookie + 1)
        guard let space = start.firstIndex(of: UInt8(ascii: " ")), space > 0 else { return nil }
        cookie = Array(datagram[..<space])
        payload = datagram[(space + 1)...]
    }
}

/// How a dictionary is written. A reply uses the encoding of its request.
public enum NGEncoding: Sendable, Equatable {
    case bencode
    case json

    /// The encoding that a payload announces by its first byte.
    public static func detect(_ payload: ArraySlice<UInt8>) throws(NGErrorText) -> NGEncoding {
        switch payload.first {
        case nil: throw .noPayload
        case UInt8(ascii: "d"): return .bencode
        case UInt8(ascii: "{"): return .json
        default: throw .invalidFormat
        }
    }

    /// Reads a dictionary in this encoding. Bytes behind a bencoded one are ignored (ng-protocol §1.2).
    public func decode(
        _ payload: ArraySlice<UInt8>, limits: BencodeLimits = BencodeLimits()
    ) throws(NGErrorText) -> BencodeDictionary {
        switch self {
        case .bencode:
            guard let (value, _) = try? BencodeValue.decode(payload, limits: limits),
                let dictionary = value.dictionary
            else { throw .brokenBencode }
            return dictionary
        case .json:
            let value: BencodeValue?
            do { value = try JSONReader.read(payload, limits: limits) } catch { throw .brokenJSON }
            guard let dictionary = value?.dictionary else { throw .jsonRootNotObject }
            return dictionary
        }
    }
}

extension NGEncoding {
    /// Appends a dictionary in this encoding.
    public func encode(_ dictionary: BencodeDictionary, into output: inout [UInt8]) {
        switch self {
        case .bencode: dictionary.encode(into: &output)
        case .json: JSONWriter.write(dictionary, into: &output)
        }
    }
}

extension NGReply {
    /// The dictionary alone, as transports without cookies send it.
    public func encode(_ encoding: NGEncoding) -> [UInt8] {
        var output: [UInt8] = []
        encoding.encode(dictionary, into: &output)
        return output
    }

    /// The cookie, one space, and the dictionary.
    public func encode(cookie: [UInt8], _ encoding: NGEncoding) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(cookie.count + 1 + dictionary.encodedCount)
        output += cookie
        output.append(UInt8(ascii: " "))
        encoding.encode(dictionary, into: &output)
        return output
    }

    /// Whether the dictionary takes at most `limit` octets, in whichever encoding the client wants it.
    public func fits(in limit: Int) -> Bool {
        let size = dictionary.encodedCount
        // JSON escapes make six octets of one at most.
        return size <= limit && (size <= limit / 6 || encode(.json).count <= limit)
    }
}
