import Bencode
import CallControl
import Forwarding
import Glibc
import Logging
import NGProtocol
import NetTypes
import SDP

/// The signalling column: encodings, descriptions, whole calls.
enum SignallingLayers {
    static let client = TransportAddress(IPAddress(ipv4: 0x7F00_0001), 40_000)

    static var all: [Layer] {
        let offer = request("offer", ["from-tag": "a", "sdp": .text(Bodies.browser(setup: "actpass"))])
        let phone = Array(Bodies.phone(port: 4000).utf8)
        let browser = Array(Bodies.browser(setup: "actpass").utf8)
        return [
            Layer(name: "bencode: decode an offer", allocationLimit: 12) {
                {
                    guard (try? BencodeValue.decode(offer[2...])) != nil else { fatalError("no bencode") }
                }
            },
            Layer(name: "SDP: parse a phone's", allocationLimit: 8) { { _ = parsed(phone) } },
            Layer(name: "SDP: parse a browser's", allocationLimit: 42) { { _ = parsed(browser) } },
            Layer(name: "bencode: encode an offer", allocationLimit: 7) {
                guard let value = try? BencodeValue.decode(offer[2...]).value else { fatalError("no bencode") }
                return { _ = value.encoded }
            },
            Layer(name: "SDP: write a phone's", allocationLimit: 1) {
                let description = parsed(phone)
                return { _ = description.serialized() }
            },
            Layer(name: "SDP: write a browser's", allocationLimit: 1) {
                let description = parsed(browser)
                return { _ = description.serialized() }
            },
            Layer(name: "call: phone to phone", allocationLimit: 370) {
                call(Bodies.phone(port: 4000), Bodies.phone(port: 5000), [:], [:])
            },
            Layer(name: "call: phone to phone, no report", allocationLimit: 220) {
                call(Bodies.phone(port: 4000), Bodies.phone(port: 5000), [:], [:], endsFast: true)
            },
            Layer(name: "call: browser to phone", allocationLimit: 610) {
                call(
                    Bodies.browser(setup: "actpass"), Bodies.phone(port: 5000),
                    ["ICE": "remove", "transport-protocol": "RTP/AVP"],
                    ["ICE": "force", "DTLS": "passive", "transport-protocol": "RTP/SAVPF"])
            },
        ]
    }

    private static func parsed(_ body: [UInt8]) -> SessionDescription {
        guard let description = try? SessionDescription.parse(body) else { fatalError("no description") }
        return description
    }

    /// Offer, answer and delete, from the datagram to the reply's octets.
    private static func call(
        _ offered: String, _ answered: String, _ offerOptions: BencodeDictionary, _ answerOptions: BencodeDictionary,
        endsFast: Bool = false
    ) -> () -> Void {
        var configuration = CallControlConfiguration(interfaces: interfaces)
        configuration.certificate = LocalCertificate(
            fingerprints: ["sha-256": Array(repeating: "AB", count: 32).joined(separator: ":")])
        let clock = ControlClock(
            monotonicNanoseconds: { nanoseconds(CLOCK_MONOTONIC) },
            wallMicroseconds: { Int64(nanoseconds(CLOCK_REALTIME) / 1000) })
        var logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .warning
        let controller = CallController(
            configuration: configuration, plane: BenchmarkPlane(), clock: clock, logger: logger)
        let dispatcher = NGDispatcher(parser: NGRequestParser(), handler: controller)
        let requests = [
            request("offer", ["from-tag": "a", "sdp": .text(offered)], offerOptions),
            request("answer", ["from-tag": "a", "to-tag": "b", "sdp": .text(answered)], answerOptions),
            request(
                "delete", ["from-tag": "a", "delete-delay": .integer(0)], endsFast ? ["flags": ["fast"]] : [:]),
        ]
        return {
            for request in requests {
                guard let message = NGMessage(request) else { fatalError("no message") }
                let payload = NGPayload(message.payload)
                let answer = dispatcher.answer(payload, from: client)
                guard answer.reply.dictionary.first("result")?.text == "ok",
                    !answer.reply.encode(cookie: message.cookie, payload.encoding).isEmpty
                else { fatalError("refused: \(answer.reply)") }
            }
        }
    }

    private static var interfaces: InterfaceTable {
        let address = IPAddress(ipv4: 0x7F00_0001)
        let pool = PortPoolConfiguration(address: address, minimum: 20_000, maximum: 40_000)
        return InterfaceTable(
            interfaces: [
                LogicalInterface(
                    name: "default",
                    addresses: [LocalAddress(address: address, advertised: address, pool: PortPoolID(0))])
            ], roundRobinGroups: [:], pools: [pool])
    }

    private static func request(
        _ command: String, _ entries: BencodeDictionary, _ options: BencodeDictionary = [:]
    ) -> [UInt8] {
        var request: BencodeDictionary = ["command": .text(command), "call-id": "benchmark@example.net"]
        request.append(contentsOf: entries)
        request.append("replace", .list([.text("origin"), .text("session-connection")]))
        request.append(contentsOf: options)
        var datagram = Array("1 ".utf8)
        request.encode(into: &datagram)
        return datagram
    }

    private static func nanoseconds(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
