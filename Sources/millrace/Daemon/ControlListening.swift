import ControlListeners
import DaemonConfiguration
import Glibc
import Logging
import NGProtocol
import NIOCore
import NIOPosix
import NetTypes
import ServiceLifecycle

/// The control sockets and the event loops that serve them. Listening begins when this is made.
struct ControlListening: Service {
    private let listeners: [any Listener]
    private let group: MultiThreadedEventLoopGroup

    /// Opens every configured address.
    init(
        _ configuration: DaemonConfiguration, handler: any NGRequestHandler, logger: Logger
    ) async throws(StartupError) {
        let threads = max(2, min(8, System.coreCount))
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let dispatcher = NGDispatcher(
            parser: NGRequestParser(templates: configuration.calls.templates), handler: handler)
        let opener = ListenerOpener(
            processor: NGRequestProcessor(dispatcher: dispatcher, workers: group, logger: logger), group: group,
            tos: configuration.control.tos, logger: logger)
        var opened: [any Listener] = []
        do throws(StartupError) {
            for endpoint in configuration.control.ngUDP { opened += try await opener.open(endpoint, isTCP: false) }
            for endpoint in configuration.control.ngTCP { opened += try await opener.open(endpoint, isTCP: true) }
        } catch {
            for listener in opened { await listener.stop() }
            throw error
        }
        listeners = opened
    }

    /// The addresses that are listened on.
    var addresses: [TransportAddress] { listeners.map(\.localAddress) }

    /// Serves until the daemon stops; the requests in progress are answered first.
    func run() async {
        try? await gracefulShutdown()
        for listener in listeners { await listener.stop() }
        try? await group.shutdownGracefully()
    }
}

/// What the listeners of all transports have in common.
protocol Listener: Sendable {
    var localAddress: TransportAddress { get }
    func stop() async
}

extension NGUDPListener: Listener {}
extension NGTCPListener: Listener {}

/// Opens the addresses of an endpoint.
private struct ListenerOpener {
    let processor: NGRequestProcessor
    let group: MultiThreadedEventLoopGroup
    let tos: UInt8
    let logger: Logger

    /// Listens on every address of `endpoint`. Where there are several, those that this machine does not have are
    /// passed over as long as one remains.
    func open(_ endpoint: ListenEndpoint, isTCP: Bool) async throws(StartupError) -> [any Listener] {
        var opened: [any Listener] = []
        var passedOver: [String] = []
        for address in endpoint.addresses {
            do throws(ControlListenerError) {
                opened.append(try await open(address, isTCP: isTCP))
            } catch {
                let text = "cannot listen on \(address) (ng over \(isTCP ? "TCP" : "UDP")): \(error.reason)"
                guard error.isAboutAbsentAddress else {
                    for listener in opened { await listener.stop() }
                    throw StartupError(text)
                }
                passedOver.append(text)
            }
        }
        if opened.isEmpty, let text = passedOver.first { throw StartupError(text) }
        for text in passedOver { logger.info("\(text)") }
        return opened
    }

    private func open(_ address: TransportAddress, isTCP: Bool) async throws(ControlListenerError) -> any Listener {
        if isTCP {
            try await NGTCPListener.start(on: address, processor: processor, group: group, tos: tos)
        } else {
            try await NGUDPListener.start(on: address, processor: processor, group: group, tos: tos)
        }
    }
}

extension ControlListenerError {
    /// A phrase for the operator.
    fileprivate var reason: String {
        switch self {
        case .bind(_, let number, _): errorText(number)
        case .eventLoop(_, let reason): reason
        }
    }

    /// The machine has no such address, or no such family of addresses.
    fileprivate var isAboutAbsentAddress: Bool {
        guard case .bind(_, let number, _) = self else { return false }
        return [EADDRNOTAVAIL, EAFNOSUPPORT, EPROTONOSUPPORT].contains(number)
    }
}
