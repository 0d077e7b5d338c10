internal import Forwarding
internal import NetTypes
internal import SRTP

/// What a port has besides its slot when its plan asks for connectivity checks or encryption. Made and changed by
/// plans only; a packet reads it and never allocates.
struct Leg: ~Copyable {
    /// Names a port of this worker.
    struct Key: Equatable, BitwiseCopyable {
        var slot: UInt32
        var generation: UInt16
    }

    /// Whether ciphertext goes on untouched, which was found out for these versions of the leg's contexts and the
    /// sink's.
    struct Comparison: BitwiseCopyable {
        var passesThrough = false
        var version: UInt64 = 0
        var sinkVersion: UInt64 = 0
    }

    // What every packet touches comes first, on as few cache lines as it fits into.

    let port: LocalPortID
    /// The port whose contexts and handshake count: this one, but with several local addresses the first port of the
    /// ICE component, so that the indices of one key are never counted twice.
    var owner: Key
    /// The port of the agent's pair, through which packets for this port leave.
    var via: Key
    /// The plan wants encryption.
    var isEncrypted = false
    /// Nothing passes for now, though there may be contexts, which an equal plan later takes up again.
    var isPending = false
    /// The last packet failed its authentication: the next one is looked at whether it is encrypted at all.
    var isSuspicious = false
    var receiver: UnsafeMutablePointer<SRTPReceiver>?
    var receiverMemory: ContextMemory?
    /// The keys by number: equal for equal keys, whatever else the contexts differ in; 0 for none.
    var receivingKey: UInt64 = 0
    var sendingKey: UInt64 = 0
    /// Of the path's table, shared by all legs that send with the same key.
    var sender: SenderTable.Sender?
    var senderMemory: ContextMemory?
    var agent: UnsafeMutablePointer<AgentSeat>?
    /// Other contexts or another use of them: another number, unique on the worker.
    var version: UInt64 = 0
    /// For RTP and for RTCP, which may leave through different ports.
    var rtpComparison = Comparison()
    var rtcpComparison = Comparison()
    /// Known to be authenticated, in the agent's state of this epoch.
    var knownSource = TransportAddress(.unspecified(.ipv4), 0)
    var knownEpoch: UInt64 = 0
    /// Index of the port among the agent's local candidates; -1 when it is not one of them.
    var candidate = -1

    // Protection.

    /// What the contexts were made from.
    var receiving: SRTPPolicy?
    var sending: SRTPPolicy?

    // Handshake.

    var hasAssociation = false
    var association: UInt64 = 0
    /// Told of by ``HandshakeEvent/begin(_:_:isReady:)``, and not yet ended.
    var hasBegun = false
    var isReady = false
    var handshake: DTLSPlan?
    /// Without ICE: who takes part in the handshake, as long as no source is learned.
    var handshakeSource: TransportAddress?
    var handshakeRank: UInt8 = 0
    var handshakeSeenAt: UInt64 = 0
    var handshakeBeganAt: UInt64 = 0
    /// It has shown that it receives there; else it gets so many bytes as ``handshakeCredit`` says.
    var isHandshakeSourceProven = false
    var handshakeCredit = 0
    var budget = HandshakeBudget()

    init(_ port: LocalPortID) {
        self.port = port
        owner = Key(slot: port.slot, generation: port.generation)
        via = owner
    }

    deinit {
        receiver?.deinitialize(count: 1).deallocate()
    }

    var key: Key { Key(slot: port.slot, generation: port.generation) }
}

extension Leg {
    /// Makes a context for what comes in, unless there is one for the same keys. Returns whether it did.
    ///
    /// - Parameter senders: learn how far the peer was with its key, in case that some leg still sends with it.
    mutating func setReceiving(_ policy: SRTPPolicy?, _ senders: inout SenderTable) -> Bool {
        if let policy, let receiving, policy.isSame(as: receiving) { return false }
        let hadContext = receiver != nil
        if let receiver { senders.advance(receivingKey, behind: receiver.pointee.positions) }
        receiver?.deinitialize(count: 1).deallocate()
        receiver = nil
        receiverMemory = nil
        receiving = policy
        receivingKey = policy?.keyNumber ?? 0
        guard let policy, let context = try? SRTPReceiver(policy) else { return hadContext }
        let place = UnsafeMutablePointer<SRTPReceiver>.allocate(capacity: 1)
        place.initialize(to: context)
        receiver = place
        receiverMemory = place.pointee.memory
        return true
    }

    /// As ``setReceiving(_:)``, for what goes out.
    mutating func setSending(_ policy: SRTPPolicy?, from senders: inout SenderTable) -> Bool {
        if let policy, let sending, policy.isSame(as: sending) { return false }
        let hadContext = sender != nil
        if let sender { senders.giveBack(sender, number: sendingKey) }
        sending = policy
        sendingKey = policy?.keyNumber ?? 0
        sender = policy.flatMap { senders.take($0) }
        senderMemory = sender?.pointee.memory
        return hadContext || sender != nil
    }
}

extension SRTPPolicy {
    /// Whether packets of both look the same.
    func isSame(as other: SRTPPolicy) -> Bool {
        suite == other.suite && masterKeyIdentifier == other.masterKeyIdentifier
            && encryptsRTP == other.encryptsRTP && encryptsRTCP == other.encryptsRTCP
            && authenticatesRTP == other.authenticatesRTP && masterKey == other.masterKey
    }
}
