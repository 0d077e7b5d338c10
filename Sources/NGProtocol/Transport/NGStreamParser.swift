public import Bencode

/// Messages from a byte stream, where one follows the other without a separator (ng-protocol §1.5).
///
/// Only bencode can be framed this way. Each byte is looked at once, however finely the stream is cut, and what is kept
/// is bounded by the limits. After ``Event/malformed(cookie:reason:)`` there is no telling where the next message would
/// begin: the parser takes no more input and the connection is of no more use.
public struct NGStreamParser: Sendable {
    /// What a piece of input contained.
    public enum Event: Sendable, Equatable {
        case message(cookie: [UInt8], BencodeDictionary)
        /// The cookie is `nil` when none could be read.
        case malformed(cookie: [UInt8]?, reason: NGErrorText)
    }

    private enum State {
        case cookie
        case payload
        case failed
    }

    private let limits: BencodeLimits
    private let cookieLimit: Int
    private var state = State.cookie
    private var cookie: [UInt8] = []
    private var decoder: BencodeDecoder

    /// A parser for messages within `limits` and cookies of at most `cookieLimit` bytes.
    public init(limits: BencodeLimits = BencodeLimits(), cookieLimit: Int = 4096) {
        self.limits = limits
        self.cookieLimit = cookieLimit
        decoder = BencodeDecoder(limits: limits)
    }

    /// Whether part of a message has been read.
    public var isInsideMessage: Bool {
        switch state {
        case .cookie: !cookie.isEmpty
        case .payload: true
        case .failed: false
        }
    }

    /// Takes the next piece of input and returns what is complete now, in order.
    public mutating func consume(_ bytes: UnsafeRawBufferPointer) -> [Event] {
        var events: [Event] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            switch state {
            case .failed:
                return events
            case .cookie:
                readCookie(&rest, &events)
            case .payload:
                readPayload(&rest, &events)
            }
        }
        return events
    }

    private mutating func readCookie(_ rest: inout Slice<UnsafeRawBufferPointer>, _ events: inout [Event]) {
        let end = rest.firstIndex(of: UInt8(ascii: " "))
        let part = rest[..<(end ?? rest.endIndex)]
        guard cookie.count + part.count <= cookieLimit else { return fail(.invalidFormat, cookie: nil, &events) }
        cookie.append(contentsOf: part)
        guard let end else {
            rest = rest[rest.endIndex...]
            return
        }
        guard !cookie.isEmpty else { return fail(.invalidFormat, cookie: nil, &events) }
        rest = rest[(end + 1)...]
        state = .payload
    }

    private mutating func readPayload(_ rest: inout Slice<UnsafeRawBufferPointer>, _ events: inout [Event]) {
        guard decoder.isInsideValue || rest.first == UInt8(ascii: "d") else {
            return fail(.invalidFormat, cookie: cookie, &events)
        }
        do {
            switch try decoder.consume(UnsafeRawBufferPointer(rebasing: rest)) {
            case .incomplete:
                rest = rest[rest.endIndex...]
            case .complete(let value, let consumed):
                events.append(.message(cookie: cookie, value.dictionary ?? BencodeDictionary()))
                rest = rest.dropFirst(consumed)
                state = .cookie
                cookie = []
            }
        } catch {
            fail(.brokenBencode, cookie: cookie, &events)
        }
    }

    private mutating func fail(_ reason: NGErrorText, cookie: [UInt8]?, _ events: inout [Event]) {
        events.append(.malformed(cookie: cookie, reason: reason))
        state = .failed
        self.cookie = []
        decoder = BencodeDecoder(limits: limits)
    }
}
