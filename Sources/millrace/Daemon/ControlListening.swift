import Console
import ControlListeners
import DaemonConfiguration
import Glibc
import Logging
import NGProtocol
import NIOCore
import NIOPosix
import NetTypes
import ServiceLifecycle
import Telemetry

/// The control sockets and the event loops that serve them. Listening begins when this is made.
struct ControlListening: Service {
    private let listeners: [any Listener]
    /// Of ng over TCP, and of the requests of all transports that the listeners do not carry out themselves.
    private let group: MultiThreadedEventLoopGroup
    /// Of HTTP and of operators, who do not hold up the proxies.
    private let operators: MultiThreadedEventLoopGroup

    /// Opens every configured address.
    init(
        _ configuration: DaemonConfiguration, handler: any NGRequestHandler, context: OperatorContext, log: LogFactory
    ) async throws(StartupError) {
        let control = configuration.control
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(2, min(8, System.coreCount)))
        operators = MultiThreadedEventLoopGroup(numberOfThreads: control.httpThreads ?? min(2, System.coreCount))
        let dispatcher = NGDispatcher(
            parser: NGRequestParser(templates: configuration.calls.templates), handler: handler)
        let opener = ListenerOpener(
            control: control,
            processor: NGRequestProcessor(dispatcher: dispatcher, workers: group, logger: log.logger("control")),
            group: group, operators: operators, context: context, log: log)
        var opened: [any Listener] = []
        do throws(StartupError) {
            try await opener.openAll(into: &opened)
        } catch {
            for listener in opened { await listener.stop() }
            throw error
        }
        listeners = opened
    }

    /// The places that are listened on.
    var places: [String] { listeners.map(\.place) }

    /// Serves until the daemon stops; the requests in progress are answered first.
    func run() async {
        try? await gracefulShutdown()
        for listener in listeners { await listener.stop() }
        try? await group.shutdownGracefully()
        try? await operators.shutdownGracefully()
    }
}

/// What the listeners of all transports have in common.
protocol Listener: Sendable {
    /// Address and port, or the name of a local socket.
    var place: String { get }
    func stop() async
}

extension NGUDPListener: Listener { var place: String { "\(localAddress)" } }
extension NGTCPListener: Listener { var place: String { "\(localAddress)" } }
extension HTTPListener: Listener { var place: String { "\(localAddress)" } }
extension CLIListener: Listener { var place: String { "\(localAddress)" } }
extension ControlSocketListener: Listener { var place: String { path } }

/// Opens the addresses of endpoints.
private struct ListenerOpener {
    let control: ControlConfiguration
    let processor: NGRequestProcessor
    let group: MultiThreadedEventLoopGroup
    let operators: MultiThreadedEventLoopGroup
    let context: OperatorContext
    let log: LogFactory

    /// Opens everything; what was opened before a failure is in `opened`.
    func openAll(into opened: inout [any Listener]) async throws(StartupError) {
        for endpoint in control.ngUDP {
            opened += try await open(endpoint, "ng over UDP") { address throws(ControlListenerError) in
                try NGUDPListener.start(on: address, processor: processor, tos: control.tos)
            }
        }
        for endpoint in control.ngTCP {
            opened += try await open(endpoint, "ng over TCP") { address throws(ControlListenerError) in
                try await NGTCPListener.start(on: address, processor: processor, group: group, tos: control.tos)
            }
        }
        let words = CommandWords(context)
        let commands = ControlCommandTable.relay(context)
        try await openHTTP(words, into: &opened)
        let logger = log.logger("control")
        for endpoint in control.cli {
            opened += try await open(endpoint, "CLI") { address throws(ControlListenerError) in
                try await CLIListener.start(
                    on: address, group: operators, logger: logger,
                    words: { line, write in
                        _ = await write(Array(words.answer(String(decoding: line, as: UTF8.self)).utf8))
                    },
                    control: { line, write in await commands.serve(line, isLocal: false, write: write) })
            }
        }
        guard let socket = control.socket else { return }
        do throws(LocalSocketError) {
            opened.append(
                try await ControlSocketListener.start(
                    at: socket, mode: control.socketMode, group: operators, logger: logger
                ) { line, write in await commands.serve(line, isLocal: true, write: write) })
        } catch {
            throw StartupError("cannot listen on \(error.path) (control socket): \(error.reason)")
        }
    }

    private func openHTTP(_ words: CommandWords, into opened: inout [any Listener]) async throws(StartupError) {
        guard !control.http.isEmpty || !control.https.isEmpty else { return }
        let metrics = MetricsText(snapshot: context.snapshot)
        let services = HTTPServices(
            processor: processor, metricsType: PrometheusText.contentType, metrics: { await metrics.current() },
            words: { words.answer($0) })
        var limits = HTTPListener.Limits()
        limits.bodyBytes = control.httpBodyBytes ?? limits.bodyBytes
        limits.idleSeconds = control.httpIdleSeconds ?? limits.idleSeconds
        let (logger, group, fixed) = (log.logger("http"), operators, limits)
        for endpoint in control.http {
            opened += try await open(endpoint, "HTTP") { address throws(ControlListenerError) in
                try await HTTPListener.start(
                    on: address, group: group, services: services, limits: fixed, logger: logger)
            }
        }
        guard !control.https.isEmpty, let certificate = control.httpsCertificate else { return }
        let identity: TLSIdentity
        do throws(TLSError) {
            identity = try TLSIdentity(certificateFile: certificate, keyFile: control.httpsKey ?? certificate)
        } catch {
            throw StartupError("cannot offer HTTPS: \(error)")
        }
        for endpoint in control.https {
            opened += try await open(endpoint, "HTTPS") { address throws(ControlListenerError) in
                try await HTTPListener.start(
                    on: address, group: group, services: services, limits: fixed, tls: identity, logger: logger)
            }
        }
    }

    /// Listens on every address of `endpoint`. Where there are several, those that this machine does not have are
    /// passed over as long as one remains.
    private func open(
        _ endpoint: ListenEndpoint, _ name: String,
        _ start: (TransportAddress) async throws(ControlListenerError) -> any Listener
    ) async throws(StartupError) -> [any Listener] {
        var opened: [any Listener] = []
        var passedOver: [String] = []
        for address in endpoint.addresses {
            do throws(ControlListenerError) {
                opened.append(try await start(address))
            } catch {
                let text = "cannot listen on \(address) (\(name)): \(error.reason)"
                guard error.isAboutAbsentAddress else {
                    for listener in opened { await listener.stop() }
                    throw StartupError(text)
                }
                passedOver.append(text)
            }
        }
        if opened.isEmpty, let text = passedOver.first { throw StartupError(text) }
        for text in passedOver { log.logger("control").info("\(text)") }
        return opened
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
