import DTLS
import Synchronization

/// The relay's certificates by number: the one in use, and earlier ones that peers were told of.
final class HandshakeContexts: Sendable {
    /// Certificates kept at most. With one more the oldest goes, even though a call may name it: one that lasted for so
    /// many renewals makes no further handshake.
    static let limit = 16

    private let contexts: Mutex<[UInt64: DTLSContext]>

    init(_ first: DTLSContext) {
        contexts = Mutex([0: first])
    }

    /// The certificate `number`; `nil` when it is gone or was never there.
    subscript(number: UInt64) -> DTLSContext? { contexts.withLock { $0[number] } }

    /// Those that there are.
    var numbers: [UInt64] { contexts.withLock { $0.keys.sorted() } }

    func add(_ context: DTLSContext, as number: UInt64) {
        contexts.withLock { contexts in
            contexts[number] = context
            while contexts.count > HandshakeContexts.limit, let oldest = contexts.keys.min() {
                contexts[oldest] = nil
            }
        }
    }

    /// Lets go of those below `oldest`. Associations that exist keep theirs.
    func remove(before oldest: UInt64) {
        contexts.withLock { $0 = $0.filter { $0.key >= oldest } }
    }
}
