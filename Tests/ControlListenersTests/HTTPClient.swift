import Foundation
import Glibc
import NetTypes

/// What one HTTP exchange brought.
struct HTTPReply: Equatable {
    var status: Int
    var headers: [String: String]
    var body: String
}

extension TestSocket {
    /// Sends a request and reads its answer; the connection stays.
    func exchange(
        _ method: String, _ path: String, type: String? = nil, body: String = "", more: [String] = []
    ) throws -> HTTPReply {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: relay"] + more
        if let type { lines.append("Content-Type: \(type)") }
        if method == "POST" { lines.append("Content-Length: \(body.utf8.count)") }
        try send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
        return try receiveReply(hasBody: method != "HEAD")
    }

    /// Reads an answer with a `Content-Length`.
    func receiveReply(hasBody: Bool = true) throws -> HTTPReply {
        var bytes: [UInt8] = []
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let reply = HTTPReply(text, hasBody: hasBody) { return reply }
            let piece = try receive()
            guard !piece.isEmpty else { throw Failure(operation: "end of stream", code: 0) }
            bytes += piece
        }
    }
}

extension HTTPReply {
    /// The answer that `text` holds whole.
    init?(_ text: String, hasBody: Bool) {
        // By octets: a carriage return and a line feed are one character.
        let octets = Array(text.utf8)
        guard let end = octets.indices.first(where: { octets[$0...].starts(with: [13, 10, 13, 10]) }) else {
            return nil
        }
        let lines = octets[..<end].split(whereSeparator: { $0 == 13 || $0 == 10 }).map {
            String(decoding: $0, as: UTF8.self)
        }
        status = Int(lines.first?.split(separator: " ").dropFirst().first ?? "") ?? 0
        headers = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        body = String(decoding: octets[(end + 4)...], as: UTF8.self)
        let length = headers["content-length"].flatMap(Int.init) ?? 0
        guard !hasBody || body.utf8.count >= length else { return nil }
    }
}

/// Waiting for sockets must not take the threads that the services' tasks run on.
func offThePool(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

/// Frames of WebSocket (RFC 6455 §5.2).
enum Frame {
    /// A client's frame; the mask is constant, as nobody in between is to be confused.
    static func client(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, masks: Bool = true) -> [UInt8] {
        let mask: [UInt8] = [1, 2, 3, 4]
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        let bit: UInt8 = masks ? 0x80 : 0
        if payload.count < 126 {
            bytes.append(bit | UInt8(payload.count))
        } else {
            bytes += [bit | 126, UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF)]
        }
        if masks { bytes += mask }
        return bytes + payload.enumerated().map { masks ? $1 ^ mask[$0 & 3] : $1 }
    }
}

extension TestSocket {
    /// Becomes a WebSocket connection of this subprotocol.
    func upgrade(_ subprotocol: String) throws -> HTTPReply {
        let request = [
            "GET /ws HTTP/1.1", "Host: relay", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: \(subprotocol)",
        ]
        try send(Array((request.joined(separator: "\r\n") + "\r\n\r\n").utf8))
        return try receiveReply(hasBody: false)
    }

    /// Reads one short frame of the server.
    func receiveFrame() throws -> (opcode: UInt8, payload: [UInt8]) {
        let head = try receiveExactly(2)
        var length = Int(head[1] & 0x7F)
        if length == 126 {
            let bytes = try receiveExactly(2)
            length = Int(bytes[0]) << 8 | Int(bytes[1])
        }
        return (head[0], try receiveExactly(length))
    }

    private func receiveExactly(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var piece = [UInt8](repeating: 0, count: count - bytes.count)
            let got = recv(descriptor, &piece, piece.count, 0)
            guard got > 0 else { throw Failure(operation: "end of stream", code: errno) }
            bytes += piece[..<got]
        }
        return bytes
    }
}
