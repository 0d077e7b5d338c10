import CallModel
import Forwarding
import Synchronization

/// Which DTLS certificate new parties are told of, and which earlier ones calls may still name.
final class CertificateSuccession: Sendable {
    /// A request that began before a certificate was replaced stores its call within this time.
    static let grace: UInt64 = 60_000_000_000

    private struct State {
        var current: LocalCertificate?
        /// Certificates that were replaced, oldest first, with the time of it.
        var replaced: [(number: UInt64, at: UInt64)] = []
    }

    private let state: Mutex<State>

    init(_ first: LocalCertificate?) {
        state = Mutex(State(current: first))
    }

    /// What new parties are told of.
    var current: LocalCertificate? { state.withLock { $0.current } }

    /// Whether there are earlier certificates that calls may name.
    var hasReplaced: Bool { state.withLock { !$0.replaced.isEmpty } }

    /// Puts `certificate` in the place of the current one.
    func replace(with certificate: LocalCertificate, now: UInt64) {
        state.withLock { state in
            if let former = state.current { state.replaced.append((former.number, now)) }
            state.current = certificate
        }
    }

    /// Forgets the certificates that no call names.
    ///
    /// - Parameter oldestNamed: the lowest number that a call names; `nil` when none names any.
    /// - Returns: the lowest number that is still needed; `nil` when nothing was forgotten.
    func forget(oldestNamed: UInt64?, now: UInt64) -> UInt64? {
        state.withLock { state in
            let before = state.replaced.count
            while let first = state.replaced.first, first.number < oldestNamed ?? .max,
                now >= first.at &+ CertificateSuccession.grace
            {
                state.replaced.removeFirst()
            }
            guard state.replaced.count < before else { return nil }
            return state.replaced.first?.number ?? state.current?.number
        }
    }
}

extension Call {
    /// The lowest number of a certificate that a party was told of, in what is agreed or in a later offer.
    var oldestCertificate: UInt64? {
        parties.lazy.flatMap { $0.media + ($0.standing ?? []) }.compactMap { $0.dtls.certificate?.number }.min()
    }
}
