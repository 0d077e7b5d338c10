internal import COpenSSL
internal import NIOCore

/// TLS at the server's side of a connection, over two memory buffers of libssl. All state belongs to the event loop.
///
/// Plain text that is written before the handshake is done waits for it. Any error ends the connection.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The most plain text of one record (RFC 8446 §5.1).
    private static let recordLength = 16_384

    private let ssl: OpaquePointer
    /// From the peer, and to it. The SSL owns both.
    private let received: OpaquePointer
    private let outgoing: OpaquePointer
    private var isEstablished = false
    private var isClosed = false
    private var waiting: [(ByteBuffer, EventLoopPromise<Void>?)] = []

    init(_ context: TLSContext) throws(TLSError) {
        ERR_clear_error()
        guard let ssl = SSL_new(context.pointer) else { throw TLSError("TLS") }
        guard let received = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            SSL_free(ssl)
            throw TLSError("TLS")
        }
        SSL_set_bio(ssl, received, outgoing)
        SSL_set_accept_state(ssl)
        self.ssl = ssl
        self.received = received
        self.outgoing = outgoing
    }

    deinit { SSL_free(ssl) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosed else { return }
        let buffer = unwrapInboundIn(data)
        let taken = buffer.withUnsafeReadableBytes { BIO_write(received, $0.baseAddress, Int32($0.count)) }
        guard taken == Int32(buffer.readableBytes) else { return fail(context) }
        advance(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosed = true
        for (_, promise) in waiting { promise?.fail(ChannelError.ioOnClosedChannel) }
        waiting = []
        context.fireChannelInactive()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isClosed else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        waiting.append((unwrapOutboundIn(data), promise))
    }

    func flush(context: ChannelHandlerContext) {
        encryptWaiting(context)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if isEstablished, !isClosed {
            ERR_clear_error()
            _ = SSL_shutdown(ssl)
            ERR_clear_error()
            send(context, promise: nil)
        }
        isClosed = true
        context.close(mode: mode, promise: promise)
    }

    /// Goes on with the handshake, then with what was received.
    private func advance(_ context: ChannelHandlerContext) {
        ERR_clear_error()
        if !isEstablished {
            let result = SSL_do_handshake(ssl)
            let status = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, result)
            send(context, promise: nil)
            switch status {
            case SSL_ERROR_NONE: isEstablished = true
            case SSL_ERROR_WANT_READ: return
            default: return fail(context)
            }
            encryptWaiting(context)
        }
        decrypt(context)
    }

    private func decrypt(_ context: ChannelHandlerContext) {
        var plain = context.channel.allocator.buffer(capacity: TLSHandler.recordLength)
        var last: Int32 = 0
        repeat {
            last = plain.withUnsafeMutableWritableBytes { SSL_read(ssl, $0.baseAddress, Int32(clamping: $0.count)) }
            guard last > 0 else { break }
            plain.moveWriterIndex(forwardBy: Int(last))
            plain.reserveCapacity(minimumWritableBytes: TLSHandler.recordLength)
        } while true
        let status = SSL_get_error(ssl, last)
        ERR_clear_error()
        // Answers to what TLS itself was asked, such as a key update.
        send(context, promise: nil)
        if plain.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plain)) }
        switch status {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return
        default: context.close(promise: nil)
        }
    }

    private func encryptWaiting(_ context: ChannelHandlerContext) {
        guard isEstablished, !isClosed else { return }
        let ready = waiting
        waiting = []
        for (index, (buffer, promise)) in ready.enumerated() {
            guard buffer.readableBytes > 0 else {
                context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
                continue
            }
            ERR_clear_error()
            let count = buffer.withUnsafeReadableBytes { SSL_write(ssl, $0.baseAddress, Int32(clamping: $0.count)) }
            guard count == buffer.readableBytes else {
                for (_, promise) in ready[index...] { promise?.fail(ChannelError.ioOnClosedChannel) }
                return fail(context)
            }
            send(context, promise: promise)
        }
    }

    /// Sends what libssl has made.
    private func send(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        let count = BIO_ctrl_pending(outgoing)
        guard count > 0 else {
            promise?.succeed()
            return
        }
        var buffer = context.channel.allocator.buffer(capacity: count)
        _ = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) {
            Int(max(0, BIO_read(outgoing, $0.baseAddress, Int32(clamping: count))))
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
    }

    private func fail(_ context: ChannelHandlerContext) {
        ERR_clear_error()
        context.close(promise: nil)
    }
}
