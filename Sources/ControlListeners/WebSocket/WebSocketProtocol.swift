internal import NIOHTTP1

/// The subprotocols (ng-protocol §1.7). The raw value is the name in the handshake.
enum WebSocketProtocol: String, CaseIterable {
    case ng = "ng.rtpengine.com"
    case ngPlain = "ng-plain.rtpengine.com"
    case cli = "cli.rtpengine.com"
    case echo = "echo.rtpengine.com"

    /// The first of the client's subprotocols that is ours.
    static func offered(_ headers: HTTPHeaders) -> WebSocketProtocol? {
        headers[canonicalForm: "Sec-WebSocket-Protocol"].lazy.compactMap { WebSocketProtocol(rawValue: String($0)) }
            .first
    }

    /// What the answer to the handshake says of it.
    var responseHeaders: HTTPHeaders { ["Sec-WebSocket-Protocol": rawValue] }
}
