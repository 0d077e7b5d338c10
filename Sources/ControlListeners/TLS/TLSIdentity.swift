internal import COpenSSL
internal import Glibc
internal import NIOCore
internal import Synchronization

/// The certificate and key of a server, from PEM files. Files that were renewed are read again, so that the relay
/// need not restart for them.
public final class TLSIdentity: Sendable {
    private struct State {
        var context: TLSContext
        var stamps: [Int]
        var checked: NIODeadline
    }

    private let certificateFile: String
    private let keyFile: String
    private let state: Mutex<State>

    /// Reads both files; the certificate's may hold its chain, and the key as well.
    public init(certificateFile: String, keyFile: String) throws(TLSError) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        state = Mutex(
            State(
                context: try TLSContext(certificateFile: certificateFile, keyFile: keyFile),
                stamps: TLSIdentity.stamps(certificateFile, keyFile), checked: .now()))
    }

    /// What new connections use. Looks at most every ten seconds whether the files have changed; what cannot be read
    /// leaves the old ones in use, and is said to `log`.
    func context(log: LimitedLog) -> TLSContext {
        state.withLock { state in
            let now = NIODeadline.now()
            guard now - state.checked > .seconds(10) else { return state.context }
            state.checked = now
            let stamps = TLSIdentity.stamps(certificateFile, keyFile)
            guard stamps != state.stamps else { return state.context }
            do throws(TLSError) {
                state.context = try TLSContext(certificateFile: certificateFile, keyFile: keyFile)
                state.stamps = stamps
            } catch {
                log.warn("the renewed certificate cannot be used", reason: error.description)
            }
            return state.context
        }
    }

    /// Times of change, in nanoseconds.
    private static func stamps(_ files: String...) -> [Int] {
        files.flatMap { file in
            var status = stat()
            guard stat(file, &status) == 0 else { return [0, 0] }
            return [Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec)]
        }
    }
}

/// Why TLS cannot be offered.
public struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, for people.
    public let description: String

    /// What `operation` failed with, by libssl's queue of errors, which is emptied.
    init(_ operation: String) {
        var text = ""
        let code = ERR_get_error()
        if code != 0 {
            var buffer = [CChar](repeating: 0, count: 256)
            ERR_error_string_n(code, &buffer, buffer.count)
            let end = buffer.firstIndex(of: 0) ?? buffer.count
            text = String(decoding: buffer[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        ERR_clear_error()
        description = text.isEmpty ? operation : "\(operation): \(text)"
    }
}

/// libssl's settings and keys for server connections; never changed once made, so that any thread may use it.
final class TLSContext: Sendable {
    /// Never changed after `init`; libssl counts its references atomically.
    nonisolated(unsafe) let pointer: OpaquePointer

    init(certificateFile: String, keyFile: String) throws(TLSError) {
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(TLS_server_method()) else { throw TLSError("TLS") }
        self.pointer = pointer
        guard SSL_CTX_use_certificate_chain_file(pointer, certificateFile) == 1 else {
            throw TLSError("certificate file \(certificateFile)")
        }
        guard SSL_CTX_use_PrivateKey_file(pointer, keyFile, SSL_FILETYPE_PEM) == 1 else {
            throw TLSError("key file \(keyFile)")
        }
        guard SSL_CTX_check_private_key(pointer) == 1 else {
            throw TLSError("the key in \(keyFile) is not that of the certificate")
        }
        _ = SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        _ = SSL_CTX_set_options(
            pointer, COpenSSL_OP_NO_RENEGOTIATION | COpenSSL_OP_NO_COMPRESSION | COpenSSL_OP_CIPHER_SERVER_PREFERENCE)
        _ = SSL_CTX_ctrl(pointer, SSL_CTRL_MODE, Int(SSL_MODE_RELEASE_BUFFERS), nil)
    }

    deinit { SSL_CTX_free(pointer) }
}
