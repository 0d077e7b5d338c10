public import Bencode
import CLinuxIO
import Glibc
public import NetTypes

/// A client of the ng protocol over UDP that sends one request at a time and waits for its reply.
public final class NGClient {
    private let socket: UDPSocket
    private let relay: TransportAddress
    private let timeout: Int
    private let attempts: Int
    private var cookies: NGCookies
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

    /// A client of the relay at `relay`. A request is sent up to `attempts` times with the same cookie, each time
    /// waiting `timeout` milliseconds for the reply.
    public init(relay: TransportAddress, timeout: Int = 500, attempts: Int = 6) throws(NGClientError) {
        do { socket = try UDPSocket(bind: TransportAddress(.unspecified(relay.address.family), 0)) } catch {
            guard case .system(let call, let code) = error else { throw .system(call: "socket", errno: EINVAL) }
            throw .system(call: call, errno: code)
        }
        self.relay = relay
        self.timeout = max(1, timeout)
        self.attempts = max(1, attempts)
        cookies = NGCookies()
    }

    deinit { buffer.deallocate() }

    /// Sends `command` with `keys` and returns the reply, whose `result` is `ok` or `pong`.
    @discardableResult
    public func request(
        _ command: String, _ keys: BencodeDictionary = BencodeDictionary()
    ) throws(NGClientError) -> BencodeDictionary {
        let cookie = cookies.next()
        let message = NGMessage.request(command, keys, cookie: cookie)
        for _ in 0..<attempts {
            do { try socket.send(message, to: relay) } catch {
                guard case .system(let call, let code) = error else { throw .malformedReply(command: command) }
                throw .system(call: call, errno: code)
            }
            if let reply = awaitReply(to: cookie) { return try NGMessage.check(reply, to: command) }
        }
        throw .timeout(command: command)
    }

    /// Asks whether the relay is there.
    public func ping() throws(NGClientError) { try request("ping") }

    private func awaitReply(to cookie: [UInt8]) -> [UInt8]? {
        let end = batch_now() &+ UInt64(timeout) &* 1_000_000
        while true {
            while let datagram = socket.receive(into: buffer) {
                // Late replies to earlier requests are dropped here.
                if let payload = NGMessage.payload(of: datagram.octets, cookie: cookie) { return payload }
            }
            let now = batch_now()
            guard now < end else { return nil }
            socket.wait(milliseconds: Int32(clamping: (end - now) / 1_000_000 + 1))
        }
    }
}

/// Cookies that no other client of the relay uses within a minute.
struct NGCookies {
    private let prefix = "b\(getpid())_\(batch_now())_"
    private var count = 0

    mutating func next() -> [UInt8] {
        count += 1
        return Array((prefix + String(count)).utf8)
    }
}

/// The form of ng messages: cookie, space, dictionary.
enum NGMessage {
    /// A request; the command stands at the end, as the SIP proxies write it.
    static func request(_ command: String, _ keys: BencodeDictionary, cookie: [UInt8]) -> [UInt8] {
        var keys = keys
        keys.append("command", .text(command))
        var message = cookie
        message.append(UInt8(ascii: " "))
        keys.encode(into: &message)
        return message
    }

    /// What follows `cookie` and a space in a datagram; `nil` when it starts with something else.
    static func payload(of datagram: UnsafeRawBufferPointer, cookie: [UInt8]) -> [UInt8]? {
        guard datagram.count > cookie.count, datagram.starts(with: cookie), datagram[cookie.count] == UInt8(ascii: " ")
        else { return nil }
        return Array(datagram[(cookie.count + 1)...])
    }

    /// The dictionary of a reply to `command` that says it went well.
    static func check(_ payload: [UInt8], to command: String) throws(NGClientError) -> BencodeDictionary {
        guard let reply = try? BencodeValue.decode(payload[...]).value.dictionary,
            let result = reply.first("result")?.text
        else { throw .malformedReply(command: command) }
        guard result == "ok" || result == "pong" else {
            let reason = reply.first("error-reason")?.text ?? reply.first("message")?.text ?? result
            throw .refused(command: command, reason: reason)
        }
        return reply
    }
}
