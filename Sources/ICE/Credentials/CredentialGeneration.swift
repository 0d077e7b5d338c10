internal import STUN

/// Both sides' credentials from one ICE start to the next.
struct CredentialGeneration: Sendable {
    /// Tells generations of one agent apart.
    let number: UInt32
    let local: ICECredentials
    let localKey: HMACSHA1
    private(set) var remote: ICECredentials?
    /// `nil` as long as the peer's credentials are unknown.
    private(set) var remoteKey: HMACSHA1?

    init(number: UInt32, local: ICECredentials) {
        self.number = number
        self.local = local
        localKey = HMACSHA1(password: local.password)
    }

    mutating func learn(_ credentials: ICECredentials) {
        remote = credentials
        remoteKey = HMACSHA1(password: credentials.password)
    }

    /// Whether a request with `username` is for us: what stands before the first colon is our fragment
    /// (RFC 8445 §7.3). What follows may be unknown yet and is not looked at.
    func isAddressed(by username: UnsafeRawBufferPointer) -> Bool {
        let fragment = local.usernameFragment.utf8
        guard username.count > fragment.count, username[fragment.count] == UInt8(ascii: ":") else { return false }
        return fragment.elementsEqual(username.prefix(fragment.count))
    }

    /// Whether a request with `username`, which is for us, names the peer that was signalled as its sender.
    func isSigned(_ username: UnsafeRawBufferPointer) -> Bool {
        guard let remote else { return false }
        return remote.usernameFragment.utf8.elementsEqual(username.dropFirst(local.usernameFragment.utf8.count + 1))
    }
}

extension HMACSHA1 {
    init(password: String) {
        self = Array(password.utf8).withUnsafeBytes { HMACSHA1(key: $0) }
    }

    /// With a secret of 256 bits.
    init(drawnFrom generator: inout some RandomNumberGenerator) {
        let words = InlineArray<4, UInt64> { _ in generator.next() }
        self = withUnsafeBytes(of: words) { HMACSHA1(key: $0) }
    }
}
