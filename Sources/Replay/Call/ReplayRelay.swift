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

    /// Interfaces under all names that `dialogue` uses, with addresses of the families that its replies have, from a
    /// network set aside for documentation: ports get the addresses of the capture when they are opened.
    static func interfaces(of dialogue: RecordedDialogue) -> InterfaceTable {
        let known = dialogue.exchanges.compactMap(\.rewritten).flatMap(RewrittenSection.all(of:)).compactMap(\.self)
        var families: [IPAddress.Family] = []
        for section in known where !families.contains(section.rtp.address.family) {
            families.append(section.rtp.address.family)
        }
        if families.isEmpty { families = [.ipv4, .ipv6] }
        let pools = families.map { family in
            PortPoolConfiguration(
                address: family == .ipv4
                    ? IPAddress(ipv4: 0xCB00_71FE) : IPAddress(ipv6High: 0x2001_0DB8_0000_0000, low: 0xFE),
                minimum: 1024, maximum: 65_000)
        }
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
