/// Who begins the handshake (RFC 5763 §5). The peer that is `a=setup:active` is the client.
public enum DTLSRole: Sendable, Hashable {
    /// We are `active`: ``DTLSAssociation/start()`` sends the ClientHello.
    case client
    /// We are `passive`, and wait for a ClientHello.
    case server
    /// An answer of `actpass` to our `actpass` left it open: the server for a ClientHello that comes first, the client
    /// after ``DTLSAssociation/start()``.
    case undecided
}
