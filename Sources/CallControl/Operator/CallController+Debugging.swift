import Bencode
import CallModel
import Forwarding
import Logging
import NGProtocol
import Wire

/// What is logged of a call that an operator looks at.
extension CallController {
    /// A logger that writes debug lines of `callID`.
    private func debugLogger(_ callID: String) -> Logger {
        var logger = logger
        logger.logLevel = .debug
        logger[metadataKey: "call.id"] = "\(callID)"
        return logger
    }

    /// Logs a request of a debugged call with both documents, line by line, and the plans that are in force then.
    func trace(_ request: NGRequest, _ reply: NGReply) {
        guard let callID = request.callID, debugging.contains(callID) else { return }
        let logger = debugLogger(callID)
        let keys = request.dictionary.entries.lazy.filter { $0.key != "sdp" && $0.key != "command" }
        let options = keys.map { "\($0.key)=\(DebugText.text($0.value))" }.joined(separator: " ")
        logger.debug("request \(request.command.rawValue)", metadata: ["options": "\(options)"])
        for line in DebugText.lines(ofDocument: request.sdp ?? []) { logger.debug("received \(line)") }
        logger.debug("reply", metadata: ["result": "\(reply.dictionary.first("result")?.text ?? "")"])
        for line in DebugText.lines(ofDocument: reply.dictionary.first("sdp")?.octets ?? []) {
            logger.debug("sent \(line)")
        }
        let plans = registry.withCall(callID) { $0?.installed ?? [] }
        for plan in plans.sorted(by: { $0.port.slot < $1.port.slot }) {
            logger.debug("plan", metadata: DebugText.metadata(of: plan))
        }
    }
}
