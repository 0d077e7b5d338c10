public import Bencode
public import CallControl
public import Forwarding
import Logging
import NGProtocol
public import NetTypes
import Synchronization

/// The control side of a relay in one piece: cookie cache, dispatcher and call registry over a fake media plane and a
/// clock that is turned by hand.
public final class TestRelay: Sendable {
    /// The clock of the registry and the cookies.
    public let clock = ManualClock()
    /// The media side.
    public let plane: FakeMediaPlane
    /// What the registry logs.
    public let log = LogRecorder()
    /// The registry.
    public let controller: CallController
    private let dispatcher: NGDispatcher
    private let cookies: Mutex<CookieCache>
    private let nextCookie = Atomic<Int>(0)

    /// Where requests come from unless a test says otherwise.
    public static let client = TransportAddress(IPAddress(ipv4: 0x7F00_0001), 40_000)
    /// Fingerprints of a certificate that does not exist.
    public static let fingerprints: [String: String] = Dictionary(
        uniqueKeysWithValues: [("sha-1", 20), ("sha-224", 28), ("sha-256", 32), ("sha-384", 48), ("sha-512", 64)].map {
            ($0.0, Array(repeating: "AB", count: $0.1).joined(separator: ":"))
        })

    /// A relay on interfaces of the form `NAME/LOCAL!ADVERTISED`.
    public convenience init(
        interfaces: [String] = ["192.0.2.10!198.51.100.7"], workers: UInt16 = 1, seed: UInt64 = 1,
        configure: (inout CallControlConfiguration) -> Void = { _ in }
    ) {
        self.init(table: InterfaceTable(specs: interfaces), workers: workers, seed: seed, configure: configure)
    }

    /// A relay on the interfaces of `table`.
    public init(
        table: InterfaceTable, workers: UInt16 = 1, seed: UInt64 = 1,
        configure: (inout CallControlConfiguration) -> Void = { _ in }
    ) {
        var configuration = CallControlConfiguration(interfaces: table)
        configuration.certificate = LocalCertificate(fingerprints: TestRelay.fingerprints)
        configure(&configuration)
        plane = FakeMediaPlane(table, workers: workers, seed: seed)
        controller = CallController(
            configuration: configuration, plane: plane, clock: clock.controlClock,
            logger: log.logger(label: "test"))
        dispatcher = NGDispatcher(parser: NGRequestParser(), handler: controller)
        cookies = Mutex(CookieCache(now: clock.now))
    }

    /// The answer to one datagram; `nil` where the relay stays silent.
    public func exchange(_ datagram: [UInt8], from client: TransportAddress = TestRelay.client) -> [UInt8]? {
        guard let message = NGMessage(datagram) else { return nil }
        switch cookies.withLock({ $0.begin(message.cookie, now: clock.now) }) {
        case .answered(let reply): return reply
        case .inProgress: return nil
        case .new:
            let payload = NGPayload(message.payload)
            let reply = dispatcher.answer(payload, from: client).reply.encode(
                cookie: message.cookie, payload.encoding)
            cookies.withLock { $0.finish(message.cookie, reply: reply) }
            return reply
        }
    }

    /// A cookie that was not used before.
    public func freshCookie() -> String { "cookie\(nextCookie.wrappingAdd(1, ordering: .relaxed).newValue)" }

    /// Sends a dictionary as bencode with a fresh cookie, or the one given; the dictionary of the reply is empty when
    /// there was none.
    @discardableResult
    public func send(
        _ request: BencodeDictionary, cookie: String? = nil, from client: TransportAddress = TestRelay.client
    ) -> BencodeDictionary {
        var datagram = Array((cookie ?? freshCookie()).utf8) + [UInt8(ascii: " ")]
        request.encode(into: &datagram)
        guard let reply = exchange(datagram, from: client), let space = reply.firstIndex(of: UInt8(ascii: " ")),
            let (value, _) = try? BencodeValue.decode(
                reply[(space + 1)...], limits: BencodeLimits(elements: 1 << 20, bytes: 1 << 24))
        else { return [:] }
        return value.dictionary ?? [:]
    }

    /// Lets `seconds` pass, one timer tick after each.
    public func pass(seconds: Int, load: MachineLoad = MachineLoad(load: 0, cpuPercent: 0)) {
        for _ in 0..<seconds {
            clock.advance(seconds: 1)
            controller.tick(load)
        }
    }
}
