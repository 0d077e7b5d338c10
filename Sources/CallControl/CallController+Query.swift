import Bencode
import CallModel
import Forwarding
import NGProtocol

extension CallController {
    /// `query`: the state of a call, or of one party and those it is connected with.
    func query(_ request: NGRequest) -> NGReply {
        guard let callID = request.callID else { return .error(.noCallID) }
        return registry.withCall(callID) { record in
            guard let record else { return .error(.unknownCallID) }
            let shown = parties(shownFor: request.toTag ?? request.fromTag, in: record.call)
            var report = report(on: record.call, shown: shown)
            report.isRecording = record.isRecording
            return .ok(report.dictionary())
        }
    }

    /// The party with `tag` and its peer; all for `nil`, none for an unknown tag.
    func parties(shownFor tag: String?, in call: Call) -> Set<PartyID>? {
        guard let tag else { return nil }
        guard let id = call.party(tag: tag) else { return [] }
        return Set([id, call[id]?.peer].compactMap { $0 })
    }

    /// The state of `call` with the counters as they are now.
    func report(on call: Call, shown: Set<PartyID>?) -> CallReport {
        let ports = call.parties.flatMap(\.ports)
        var counters: [LocalPortID: PortCounters] = [:]
        for (port, value) in zip(ports, plane.counters(of: ports)) { counters[port] = value }
        let (monotonic, wall) = (clock.monotonicNanoseconds(), clock.wallMicroseconds())
        return CallReport(
            call: call, counters: counters, shown: shown,
            epochSeconds: { stamp in
                (wall - Int64(clamping: (monotonic &- min(stamp, monotonic)) / 1_000)) / 1_000_000
            })
    }
}
