internal import Bencode
internal import CallControl
internal import Forwarding
internal import Logging
internal import NGProtocol
internal import NetTypes

/// The control side of a replay: the real one, on the plane's time.
struct ReplayRelay {
    let controller: CallController
    private let dispatcher: NGDispatcher

    /// - Parameter epoch: added to the plane's time to give nanoseconds since the Unix epoch.
    init(_ plane: VirtualPlane, _ table: InterfaceTable, epoch: UInt64) {
        var configuration = CallControlConfiguration(interfaces: table)
        // Any will do: nobody checks it.
        configuration.certificate = LocalCertificate(
            fingerprints: ["sha-256": [String](repeating: "00", count: 32).joined(separator: ":")])
        // The capture says when the call ended.
        configuration.timeouts.media = 0
        configuration.timeouts.silent = 0
        configuration.timeouts.offer = 0
        controller = CallController(
            configuration: configuration, plane: plane,
            clock: ControlClock(
                monotonicNanoseconds: { plane.now },
                wallMicroseconds: { Int64(clamping: (plane.now &+ epoch) / 1_000) }),
            logger: Logger(label: "replay") { _ in SwiftLogNoOpLogHandler() })
        dispatcher = NGDispatcher(parser: NGRequestParser(), handler: controller)
    }

    /// Carries out a request; the SDP of the reply, or the reason for a refusal.
    func carryOut(_ exchange: RecordedExchange) -> (rewritten: [UInt8]?, refusal: String?) {
        let reply = dispatcher.answer(NGPayload(exchange.request), from: exchange.client).reply.dictionary
        let isRefused = reply.first("result")?.text == "error"
        return (reply.first("sdp")?.octets, isRefused ? reply.first("error-reason")?.text ?? "" : nil)
    }

    /// One interface under all names that `dialogue` uses, with the first address of each family that its replies have:
    /// whether that is a loopback address makes a difference (a party cannot be on this host otherwise). Ports that the
    /// capture shows get its addresses when they are opened; others are beyond those that relays use.
    static func interfaces(of dialogue: RecordedDialogue) -> InterfaceTable {
        let known = dialogue.exchanges.compactMap(\.rewritten).flatMap(RewrittenSection.all(of:)).compactMap(\.self)
        var told: [IPAddress] = []
        for section in known where !told.contains(where: { $0.family == section.rtp.address.family }) {
            told.append(section.rtp.address)
        }
        if told.isEmpty {
            told = [IPAddress(ipv4: 0xCB00_71FE), IPAddress(ipv6High: 0x2001_0DB8_0000_0000, low: 0xFE)]
        }
        let pools = told.map { PortPoolConfiguration(address: $0, minimum: 60_002, maximum: 65_000) }
        let addresses = pools.enumerated().map { index, pool in
            LocalAddress(address: pool.address, advertised: pool.address, pool: PortPoolID(index))
        }
        var aliases: [String: String] = [:]
        for exchange in dialogue.exchanges {
            for name in exchange.request.first("direction")?.list ?? [] {
                if let name = name.text, aliases.count < 64 { aliases[name] = "default" }
            }
        }
        return InterfaceTable(
            interfaces: [LogicalInterface(name: "default", addresses: addresses)], aliases: aliases, pools: pools)
    }
}
