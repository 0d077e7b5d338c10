public import DTLS

/// How DTLS handshakes are done, and what strangers may make them cost.
public struct HandshakeConfiguration: Sendable, Equatable {
    /// The certificate that the relay proves itself with, and the profiles it agrees to. It has the number 0; see
    /// ``DataPlane/addCertificate(_:number:)``.
    public var context: DTLSContext
    /// Threads that do nothing but handshakes. One does about two thousand in a second.
    public var threads = 1
    /// Added to the nice value of these threads, so that media goes first where processors are short.
    public var niceness = 5
    /// Handshake datagrams that one association may get in a second, and at once.
    public var datagramsPerSecond = 50
    /// Bytes that one association may get until it is established.
    public var bytesUntilEstablished = 256 * 1024
    /// For how many seconds a handshake that has begun may last.
    public var lifetimeSeconds = 60
    /// Most handshakes under way at the same time. Others wait for their turn.
    public var concurrentHandshakes = 4096
    /// How often the handshake of one association may begin anew after it failed.
    public var attempts = 8

    /// The defaults, with the certificate of `context`.
    public init(context: DTLSContext) {
        self.context = context
    }

    /// Whether both are the same, with the same context.
    public static func == (left: HandshakeConfiguration, right: HandshakeConfiguration) -> Bool {
        left.context === right.context && left.threads == right.threads && left.niceness == right.niceness
            && left.datagramsPerSecond == right.datagramsPerSecond
            && left.bytesUntilEstablished == right.bytesUntilEstablished
            && left.lifetimeSeconds == right.lifetimeSeconds
            && left.concurrentHandshakes == right.concurrentHandshakes && left.attempts == right.attempts
    }
}
