public import Bencode
public import NetTypes

/// From payload bytes to a reply, the same for every transport (ng-protocol §1.9).
public struct NGDispatcher: Sendable {
    private let parser: NGRequestParser
    private let handler: any NGRequestHandler

    /// A dispatcher that lets `handler` carry out what `parser` understands.
    public init(parser: NGRequestParser, handler: any NGRequestHandler) {
        self.parser = parser
        self.handler = handler
    }

    /// Carries out a decoded payload.
    ///
    /// A payload that could not be decoded, and a dictionary that is no request, lead to an error reply and leave the
    /// handler alone.
    public func answer(_ payload: NGPayload, from client: TransportAddress) -> NGAnswer {
        switch payload.content {
        case .failure(let reason):
            return NGAnswer(reply: .error(reason), refusal: reason)
        case .success(let dictionary):
            let request: NGRequest
            do { request = try parser.parse(dictionary) } catch {
                return NGAnswer(reply: .error(error), refusal: error)
            }
            return NGAnswer(reply: handler.handle(request, from: client), refusal: nil)
        }
    }
}

/// A reply, and whether the message was a request at all.
public struct NGAnswer: Sendable, Equatable {
    /// What to send.
    public let reply: NGReply
    /// Why the handler was not asked; a transport logs it.
    public let refusal: NGErrorText?
}

/// A payload after decoding and before anything is made of it.
public struct NGPayload: Sendable {
    /// The encoding that the reply will have.
    public let encoding: NGEncoding
    /// The dictionary, or why there is none.
    public let content: Result<BencodeDictionary, NGErrorText>

    /// Decodes the payload of a datagram or of another transport that leaves the encoding to the first byte.
    public init(_ payload: ArraySlice<UInt8>, limits: BencodeLimits = BencodeLimits()) {
        do {
            let encoding = try NGEncoding.detect(payload)
            self.init(payload, as: encoding, limits: limits)
        } catch {
            self.init(encoding: .bencode, content: .failure(error))
        }
    }

    /// Decodes a payload whose encoding the transport has named.
    public init(_ payload: ArraySlice<UInt8>, as encoding: NGEncoding, limits: BencodeLimits = BencodeLimits()) {
        self.init(
            encoding: encoding,
            content: Result { () throws(NGErrorText) in try encoding.decode(payload, limits: limits) })
    }

    /// A payload that a stream parser has decoded already.
    public init(_ dictionary: BencodeDictionary) {
        self.init(encoding: .bencode, content: .success(dictionary))
    }

    private init(encoding: NGEncoding, content: Result<BencodeDictionary, NGErrorText>) {
        self.encoding = encoding
        self.content = content
    }

    /// Requests with equal keys must be carried out in the order of their arrival; those with none may overtake any.
    public var orderingKey: String? {
        guard case .success(let dictionary) = content else { return nil }
        return NGRequestParser.orderingKey(of: dictionary)
    }
}
