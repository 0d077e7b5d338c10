public import NetTypes

/// What carries out requests.
///
/// Called from several threads at once, and for one call-id in the order of arrival. The caller's thread serves
/// other calls too, so an implementation must not wait for anything slow.
public protocol NGRequestHandler: Sendable {
    /// Carries out `request` of the client at `client` and says what to reply.
    func handle(_ request: NGRequest, from client: TransportAddress) -> NGReply
}
