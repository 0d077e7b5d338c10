internal import NGProtocol
internal import NIOHTTP1
internal import NetTypes

/// A whole answer to an HTTP request.
struct HTTPAnswer: Sendable {
    let status: HTTPResponseStatus
    let headers: HTTPHeaders
    let body: [UInt8]

    init(_ status: HTTPResponseStatus, type: String = "text/plain", _ body: [UInt8]) {
        self.status = status
        self.body = body
        headers = [
            "Content-Type": type, "Access-Control-Allow-Origin": "*", "Access-Control-Max-Age": "86400",
            "Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Content-Type",
        ]
    }

    init(_ status: HTTPResponseStatus, type: String = "text/plain", text: String) {
        self.init(status, type: type, Array(text.utf8))
    }
}

/// Makes the answer to one request, off the connection's event loop where it takes more than a moment.
struct HTTPResponder: Sendable {
    let services: HTTPServices
    let client: TransportAddress

    /// Calls `respond` once, on any thread.
    func answer(_ head: HTTPRequestHead, _ body: [UInt8], _ respond: @escaping @Sendable (HTTPAnswer) -> Void) {
        let type = head.headers.first(name: "Content-Type")
        switch HTTPRoute(head.method, head.uri, type: type) {
        case .ping: respond(HTTPAnswer(.ok, text: "pong\n"))
        case .options: respond(HTTPAnswer(.ok, []))
        case .notFound: respond(HTTPAnswer(.notFound, text: "not found\n"))
        case .methodNotAllowed: respond(HTTPAnswer(.methodNotAllowed, text: "method not allowed\n"))
        case .metrics:
            let services = services
            Task { respond(HTTPAnswer(.ok, type: services.metricsType, text: await services.metrics())) }
        case .command(let line): answerCommand(line, respond)
        case .commandInBody: answerCommand(String(decoding: body, as: UTF8.self), respond)
        case .ng: answerMessage(body, type, respond)
        case .ngPlain:
            let payload = NGPayload(body[...])
            services.processor.submit(payload, from: client) { reply in
                respond(HTTPAnswer(.ok, type: Self.replyType(type), reply.encode(payload.encoding)))
            }
        }
    }

    private func answerCommand(_ line: String, _ respond: @escaping @Sendable (HTTPAnswer) -> Void) {
        let services = services
        Task { respond(HTTPAnswer(.ok, text: await services.words(line))) }
    }

    private func answerMessage(
        _ body: [UInt8], _ type: String?, _ respond: @escaping @Sendable (HTTPAnswer) -> Void
    ) {
        guard let message = NGMessage(body) else {
            return respond(HTTPAnswer(.custom(code: 600, reasonPhrase: "error"), text: "error\n"))
        }
        let acceptance = services.processor.submit(
            cookie: message.cookie, payload: NGPayload(message.payload), from: client
        ) { reply in
            respond(HTTPAnswer(.ok, type: Self.replyType(type), reply))
        }
        if acceptance == .overloaded { respond(HTTPAnswer(.serviceUnavailable, text: "overloaded\n")) }
    }

    private static func replyType(_ type: String?) -> String {
        HTTPRoute.mediaType(type) == HTTPRoute.jsonType ? HTTPRoute.jsonType : HTTPRoute.ngType
    }
}
