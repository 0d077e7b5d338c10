internal import Bencode
public import Logging
public import NGProtocol
internal import NIOCore
public import NIOPosix
public import NetTypes
internal import Synchronization

/// Carries out the messages of all listeners: answers repeated cookies from one cache, and hands the rest to worker
/// event loops, of which each call has one, so that a call's requests are carried out in the order of their arrival.
public final class NGRequestProcessor: Sendable {
    /// Bounds on what the processor holds.
    public struct Limits: Sendable {
        /// Requests waiting or being carried out.
        public var requestsInProgress: Int
        /// Repetitions of one request that wait for its reply; more of them get none.
        public var repetitions: Int
        /// Replies kept for repeated cookies.
        public var cookies: CookieCache.Limits

        /// Bounds that a busy proxy does not reach.
        public init(
            requestsInProgress: Int = 4096, repetitions: Int = 16, cookies: CookieCache.Limits = CookieCache.Limits()
        ) {
            self.requestsInProgress = requestsInProgress
            self.repetitions = repetitions
            self.cookies = cookies
        }
    }

    /// Sends a reply, cookie and all. Called on any thread, at most once.
    public typealias Respond = @Sendable ([UInt8]) -> Void

    /// What became of a message.
    public enum Acceptance: Sendable, Equatable {
        /// The reply will come, or came already.
        case accepted
        /// No reply will come. A client that repeats the request finds room by then.
        case overloaded
    }

    private struct State: ~Copyable {
        var cache: CookieCache
        var waiting: [[UInt8]: [Respond]] = [:]
    }

    private enum Lookup {
        /// `isAlone`: no other request is in progress, so that none of the same call can be overtaken.
        case new(isAlone: Bool)
        case waits
        case answered([UInt8])
        case overloaded
    }

    private let dispatcher: NGDispatcher
    private let workers: [any EventLoop]
    private let limits: Limits
    private let state: Mutex<State>
    let log: LimitedLog

    /// A processor that runs requests on the event loops of `workers`. They may be the listeners' own.
    public init(
        dispatcher: NGDispatcher, workers: MultiThreadedEventLoopGroup, limits: Limits = Limits(), logger: Logger
    ) {
        self.dispatcher = dispatcher
        self.workers = Array(workers.makeIterator())
        self.limits = limits
        state = Mutex(State(cache: CookieCache(limits: limits.cookies, now: NIODeadline.now().uptimeNanoseconds)))
        log = LimitedLog(logger)
    }

    /// Takes a message of a transport that has cookies. `payload` is decoded only when the cookie is new.
    ///
    /// - Parameter mayRunHere: the calling thread has nothing else to do. If no other request is in progress, this one is
    ///   carried out before the function returns, which spares waking another thread.
    public func submit(
        cookie: [UInt8], payload: @autoclosure () -> NGPayload, from client: TransportAddress, mayRunHere: Bool = false,
        respond: @escaping Respond
    ) -> Acceptance {
        switch lookUp(cookie, respond) {
        case .answered(let reply):
            respond(reply)
        case .waits:
            break
        case .overloaded:
            log.warn("ng message dropped, too many in progress", client: client, cookie: cookie)
            return .overloaded
        case .new(let isAlone):
            let payload = payload()
            if isAlone, mayRunHere {
                carryOut(payload, cookie, client, respond)
            } else {
                worker(for: payload, else: cookie).execute { self.carryOut(payload, cookie, client, respond) }
            }
        }
        return .accepted
    }

    private func carryOut(
        _ payload: NGPayload, _ cookie: [UInt8], _ client: TransportAddress, _ respond: @escaping Respond
    ) {
        let answer = dispatcher.answer(payload, from: client)
        let reply = answer.reply.encode(cookie: cookie, payload.encoding)
        let others = finish(cookie, reply)
        respond(reply)
        for respond in others { respond(reply) }
        note(answer, client, cookie)
    }

    /// Takes a message of a transport without cookies.
    public func submit(
        _ payload: NGPayload, from client: TransportAddress, respond: @escaping @Sendable (NGReply) -> Void
    ) {
        worker(for: payload, else: []).execute {
            let answer = self.dispatcher.answer(payload, from: client)
            respond(answer.reply)
            self.note(answer, client, nil)
        }
    }

    private func lookUp(_ cookie: [UInt8], _ respond: @escaping Respond) -> Lookup {
        let now = NIODeadline.now().uptimeNanoseconds
        return state.withLock { state in
            switch state.cache.begin(cookie, now: now) {
            case .answered(let reply):
                return .answered(reply)
            case .inProgress:
                guard state.waiting[cookie, default: []].count < limits.repetitions else { return .overloaded }
                state.waiting[cookie, default: []].append(respond)
                return .waits
            case .new:
                guard state.cache.inProgressCount <= limits.requestsInProgress else {
                    state.cache.abandon(cookie)
                    return .overloaded
                }
                return .new(isAlone: state.cache.inProgressCount == 1)
            }
        }
    }

    /// Stores a reply; returns everybody else who waits for it.
    private func finish(_ cookie: [UInt8], _ reply: [UInt8]) -> [Respond] {
        state.withLock { state in
            state.cache.finish(cookie, reply: reply)
            return state.waiting.isEmpty ? [] : state.waiting.removeValue(forKey: cookie) ?? []
        }
    }

    private func worker(for payload: NGPayload, else cookie: [UInt8]) -> any EventLoop {
        var hasher = Hasher()
        if let key = payload.orderingKey { hasher.combine(key) } else { hasher.combine(cookie) }
        let index = Int(UInt(bitPattern: hasher.finalize()) % UInt(workers.count))
        return workers[index]
    }

    private func note(_ answer: NGAnswer, _ client: TransportAddress, _ cookie: [UInt8]?) {
        guard let refusal = answer.refusal else { return }
        log.warn("ng message refused", client: client, cookie: cookie, reason: refusal.rawValue)
    }
}
