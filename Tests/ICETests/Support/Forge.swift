import ICE
import NetTypes
import STUN

/// Hand-made messages to and from an agent.
struct Forge {
    var username: String?
    var password: String?
    var id = STUNTransactionID(high: 1, low: 2)
    var priority: UInt32? = 1_845_494_271
    var role: ICERole? = .controlling
    var tieBreaker: UInt64 = 1 << 63
    var usesCandidate = false
    var software: String?
    var hasFingerprint = true
    /// Comprehension-required attributes that nobody knows.
    var strangeAttributes = 0

    init(username: String?, password: String?) {
        self.username = username
        self.password = password
    }

    /// A proper check to `peer` by somebody with fragment `sender`.
    init(to peer: Peer, sender: String = "them") {
        username = peer.credentials.usernameFragment + ":" + sender
        password = peer.credentials.password
    }

    static func key(_ password: String) -> HMACSHA1 {
        Array(password.utf8).withUnsafeBytes { HMACSHA1(key: $0) }
    }

    func request(_ messageClass: STUNMessageClass = .request, method: STUNMethod = .binding) -> [UInt8] {
        Self.build(STUNMessageType(method, messageClass), id) { builder in
            if let username {
                let parts = username.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                builder.addUsername(receiver: parts[0].utf8, sender: parts.count > 1 ? parts[1].utf8 : "".utf8)
            }
            if let software { builder.addSoftware(software.utf8) }
            if let priority { builder.addPriority(priority) }
            switch role {
            case .controlling: builder.addICEControlling(tieBreaker: tieBreaker)
            case .controlled: builder.addICEControlled(tieBreaker: tieBreaker)
            case nil: break
            }
            if usesCandidate { builder.addUseCandidate() }
        } finish: { bytes in
            for number in 0..<strangeAttributes { bytes += [0x7A, UInt8(number), 0, 0] }
        } sign: { builder in
            if let password { builder.addIntegrity(Self.key(password)) }
            if hasFingerprint { builder.addFingerprint() }
        }
    }

    /// The answer to a check that an agent has sent, as its peer would write it.
    static func answer(
        to request: Peer.Sent, password: String, error: STUNErrorCode? = nil, isSigned: Bool = true
    ) -> [UInt8] {
        let id = request.read(\.transactionID) ?? STUNTransactionID(high: 0, low: 0)
        let messageClass: STUNMessageClass = error == nil ? .successResponse : .errorResponse
        return build(STUNMessageType(.binding, messageClass), id) { builder in
            if let error {
                builder.addErrorCode(error)
            } else {
                builder.addXORMappedAddress(request.destination)
            }
        } sign: { builder in
            if isSigned { builder.addIntegrity(key(password)) }
            builder.addFingerprint()
        }
    }

    /// Builds in two steps, so that `finish` can slip in raw bytes between the attributes and the signature.
    private static func build(
        _ type: STUNMessageType, _ id: STUNTransactionID, attributes: (inout STUNMessageBuilder) -> Void,
        finish: (inout [UInt8]) -> Void = { _ in }, sign: (inout STUNMessageBuilder) -> Void
    ) -> [UInt8] {
        var extra: [UInt8] = []
        finish(&extra)
        var bytes = [UInt8](repeating: 0, count: 2048)
        let count = bytes.withUnsafeMutableBytes { buffer -> Int in
            var builder = STUNMessageBuilder(type, id, into: buffer)
            attributes(&builder)
            for start in stride(from: 0, to: extra.count, by: 4) {
                builder.addAttribute(UInt16(extra[start]) << 8 | UInt16(extra[start + 1]))
            }
            sign(&builder)
            return builder.finish() ?? 0
        }
        return Array(bytes[..<count])
    }
}
