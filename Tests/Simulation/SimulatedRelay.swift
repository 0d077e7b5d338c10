package import Bencode
package import CallControl
package import DTLS
import Forwarding
import Logging
import NGProtocol
import NetTypes
import Replay
import SRTPKeying
package import TestSupport

/// A whole relay on virtual time: requests in the words of the ng protocol go in on one side, datagrams on the other.
package final class SimulatedRelay {
    /// Where the relay's ports are.
    package static let address = "192.0.2.10"
    package let plane: SimulatedPlane
    package let controller: CallController
    /// Sees every request with its reply.
    package var listener: ((_ request: BencodeDictionary, _ reply: BencodeDictionary) -> Void)?
    private let dispatcher: NGDispatcher

    package init(seed: UInt64, context: DTLSContext, configure: (inout CallControlConfiguration) -> Void = { _ in }) {
        let table = InterfaceTable(specs: [Self.address])
        var configuration = CallControlConfiguration(interfaces: table)
        let words = context.fingerprint(.sha256).description.split(separator: " ")
        configuration.certificate = LocalCertificate(fingerprints: [String(words[0]): String(words[1])])
        configure(&configuration)
        let plane = SimulatedPlane(configuration.interfaces, context: context, seed: seed)
        self.plane = plane
        controller = CallController(
            configuration: configuration, plane: plane,
            clock: ControlClock(
                monotonicNanoseconds: { plane.now },
                wallMicroseconds: { 1_790_000_000_000_000 + Int64(plane.now / 1000) }),
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() })
        dispatcher = NGDispatcher(parser: NGRequestParser(), handler: controller)
    }

    /// Carries out a request about the call `call`.
    package func request(_ command: String, call: String = "call", _ entries: BencodeDictionary) -> Reply {
        var request: BencodeDictionary = ["command": .text(command), "call-id": .text(call)]
        request.append(contentsOf: entries)
        var datagram: [UInt8] = []
        request.encode(into: &datagram)
        let client = TransportAddress(IPAddress(ipv4: 0x7F00_0001), 40_000)
        let reply = dispatcher.answer(NGPayload(datagram[...]), from: client).reply.dictionary
        listener?(request, reply)
        return Reply(reply)
    }
}
