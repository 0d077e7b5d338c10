import Bencode
import CallModel
public import CallReports
import Forwarding
import NGProtocol

extension CallController {
    /// `query`: the state of a call, or of one party and those it is connected with.
    func query(_ request: NGRequest) -> NGReply {
        guard let callID = request.callID else { return .error(.noCallID) }
        return registry.withCall(callID) { record in
            guard let record else { return .error(.unknownCallID) }
            let shown = parties(shownFor: request.toTag ?? request.fromTag, in: record.call)
            var reply = reply(on: record.call, shown: shown)
            reply.isRecording = record.isRecording
            return .ok(reply.dictionary())
        }
    }

    /// The party with `tag` and its peer; all for `nil`, none for an unknown tag.
    func parties(shownFor tag: String?, in call: Call) -> Set<PartyID>? {
        guard let tag else { return nil }
        guard let id = call.party(tag: tag) else { return [] }
        return Set([id, call[id]?.peer].compactMap { $0 })
    }

    /// Everything that is known of a call; `nil` for one that is not.
    public func report(on callID: String) -> CallReport? {
        distributeSecurityEvents()
        return registry.withCall(callID) { record in record.map { report(on: $0, now: clock.monotonicNanoseconds()) } }
    }

    /// The same of a record in hand.
    func report(on record: CallRecord, now: UInt64) -> CallReport {
        report(on: record, now: now, readings(of: record.ports))
    }

    /// The same with what the ports have seen.
    func report(on record: CallRecord, now: UInt64, _ readings: PortReadings) -> CallReport {
        CallReport(record, now: now, nowMicroseconds: clock.wallMicroseconds(), readings)
    }

    /// What the ports have seen so far.
    func readings(of ports: [LocalPortID]) -> PortReadings {
        PortReadings(ports, plane.counters(of: ports))
    }

    /// The reply to a query of `call`, with the counters as they are now.
    func reply(on call: Call, shown: Set<PartyID>?) -> QueryReply {
        let readings = readings(of: call.ports)
        let (monotonic, wall) = (clock.monotonicNanoseconds(), clock.wallMicroseconds())
        return QueryReply(
            call: call, readings: readings, shown: shown,
            epochSeconds: { stamp in
                (wall - Int64(clamping: (monotonic &- min(stamp, monotonic)) / 1_000)) / 1_000_000
            })
    }
}
