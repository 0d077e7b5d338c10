import Bencode
import CLinuxIO
import NetTypes

/// How calls are set up: where their ends are, what they send, and how that is protected.
struct CallPlan {
    var address: IPAddress
    var workload = MediaWorkload()
    var multiplexed = false
    var security = CallSecurity()
    /// The certificate of WebRTC ends; without one there are none.
    var identity: DTLSIdentity?

    /// A plan with everything its security needs.
    static func with(
        _ security: CallSecurity, address: IPAddress, workload: MediaWorkload, multiplexed: Bool
    ) throws(LoadError) -> CallPlan {
        guard security.callee != .webRTC else { throw .invalidOption("only the caller can be a WebRTC end") }
        return CallPlan(
            address: address, workload: workload, multiplexed: multiplexed, security: security,
            identity: security.caller == .webRTC ? try DTLSIdentity(security.suite) : nil)
    }

    /// Offers and answers a call between two new ends. Afterwards SDES ends have their keys, and WebRTC ends have begun
    /// with ICE; see ``establish(_:patience:)``.
    func place(_ identity: String, at client: NGClient) throws(LoadError) -> PlacedCall {
        var draft = try CallDraft(identity, self)
        try draft.takeOfferReply(try client.description(in: "offer", draft.offer))
        try draft.takeAnswerReply(try client.description(in: "answer", draft.answer), now: batch_now())
        return draft.call
    }

    /// Lets all WebRTC ends finish ICE and DTLS at the same time, and gives them their keys.
    func establish(_ calls: [PlacedCall], patience: UInt64 = 20_000_000_000) throws(LoadError) {
        var waiting = calls.map(\.caller).filter { $0.webRTC != nil }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { buffer.deallocate() }
        let deadline = batch_now() &+ patience
        while !waiting.isEmpty {
            let now = batch_now()
            guard now < deadline else { throw .security("\(waiting.count) WebRTC ends got no connection in time") }
            var rest: [CallEnd] = []
            for end in waiting where try !end.attend(buffer, now: now) { rest.append(end) }
            waiting = rest
        }
    }
}

/// A call between its offer and its answer.
struct CallDraft {
    let call: PlacedCall
    private let plan: CallPlan
    private let callerKeys: SRTPKeying
    private let calleeKeys: SRTPKeying
    private var answerTag = 1

    /// Two new ends on the plan's address.
    init(_ identity: String, _ plan: CallPlan) throws(LoadError) {
        self.plan = plan
        call = PlacedCall(
            identity: identity, caller: try CallEnd(bind: plan.address), callee: try CallEnd(bind: plan.address))
        callerKeys = .random(plan.security.suite)
        calleeKeys = .random(plan.security.calleeSuite)
        if let certificate = plan.identity {
            call.caller.webRTC = WebRTCEnd(
                certificate, descriptor: call.caller.socket.descriptor, local: call.caller.local)
        }
    }

    /// The keys of the offer.
    var offer: BencodeDictionary {
        let attributes =
            switch plan.security.caller {
            case .plain: [String]()
            case .sdes: [SDESLine(tag: 1, keying: callerKeys).attribute]
            case .webRTC: call.caller.webRTC?.attributes ?? []
            }
        let sdp = SessionText.text(
            at: call.caller.local, workload: plan.workload, multiplexed: plan.multiplexed,
            profile: plan.security.caller.profile, attributes: attributes)
        return CallRequest.offer(call.identity, sdp: sdp, security: plan.security)
    }

    /// Learns what the relay offers the callee.
    mutating func takeOfferReply(_ sdp: String) throws(LoadError) {
        call.callee.target = try Self.mediaAddress(of: sdp)
        guard plan.security.callee == .sdes else { return }
        let line = try Self.line(of: plan.security.calleeSuite, in: sdp)
        answerTag = line.tag
        try call.callee.protect(outbound: calleeKeys, inbound: line.keying)
    }

    /// The keys of the answer.
    var answer: BencodeDictionary {
        let attributes =
            plan.security.callee == .sdes ? [SDESLine(tag: answerTag, keying: calleeKeys).attribute] : []
        let sdp = SessionText.text(
            at: call.callee.local, workload: plan.workload, multiplexed: plan.multiplexed,
            profile: plan.security.callee.profile, attributes: attributes)
        return CallRequest.answer(call.identity, sdp: sdp, security: plan.security)
    }

    /// Learns what the relay answers the caller.
    func takeAnswerReply(_ sdp: String, now: UInt64) throws(LoadError) {
        call.caller.target = try Self.mediaAddress(of: sdp)
        switch plan.security.caller {
        case .plain: break
        case .sdes:
            let line = try Self.line(of: plan.security.suite, in: sdp)
            try call.caller.protect(outbound: callerKeys, inbound: line.keying)
        case .webRTC:
            guard let description = RemoteDescription(sdp) else {
                throw .security("the relay's answer lacks ICE or DTLS: \(sdp)")
            }
            try call.caller.webRTC?.begin(description, at: call.caller.target, now: now)
        }
    }

    private static func mediaAddress(of sdp: String) throws(LoadError) -> TransportAddress {
        guard let address = SessionText.mediaAddress(of: sdp) else { throw .noMediaAddress(sdp) }
        return address
    }

    private static func line(of suite: SRTPSuite, in sdp: String) throws(LoadError) -> SDESLine {
        let lines = SessionText.attributes("crypto", of: sdp).compactMap { SDESLine($0) }
        guard let line = lines.first(where: { $0.keying.suite == suite }) else {
            throw .security("the relay's SDP has no \(suite.rawValue): \(sdp)")
        }
        return line
    }
}

extension CallEnd {
    /// Lets a WebRTC end take what has arrived; `true` once it is connected and has its keys.
    func attend(_ buffer: UnsafeMutableRawBufferPointer, now: UInt64) throws(LoadError) -> Bool {
        guard let webRTC else { return true }
        var budget = 8
        while budget > 0, let datagram = socket.receive(into: buffer) {
            webRTC.take(datagram.octets, now: now)
            budget -= 1
        }
        webRTC.tick(now: now)
        switch webRTC.state {
        case .established(let outbound, let inbound):
            try protect(outbound: outbound, inbound: inbound)
            return true
        case .failed(let reason): throw .security("DTLS with the relay failed: \(reason)")
        case .new, .checking, .handshaking: return false
        }
    }
}
