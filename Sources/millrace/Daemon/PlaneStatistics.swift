import Bencode
import DataPlane
import Forwarding
import Telemetry

/// What the media plane counts, as sections of the statistics (see the metrics with the same paths).
struct PlaneStatistics: Sendable {
    let plane: DataPlane
    /// Version of the program.
    let version: String

    /// Adds the sections of the plane and of the process.
    func add(to snapshot: inout StatisticsSnapshot) {
        snapshot.own.append("drops", .dictionary(drops))
        snapshot.own.append(
            "backends", [["backend": .text(plane.backendInUse.rawValue), "reason": .text(plane.backendReason)]])
        snapshot.own.append("workers", .list(plane.statistics().enumerated().map(worker)))
        snapshot.own.append("handshakes", .dictionary(handshakes))
        snapshot.own.append("transcoding", .dictionary(transcoding))
        snapshot.own.append("builds", [["version": .text(version)]])
        snapshot.own.append("process", .dictionary(ProcessMeter.measure()))
    }

    private var drops: BencodeDictionary {
        let counts = plane.drops()
        var section = BencodeDictionary()
        for reason in DropReason.allCases { section.append("\(reason)", count(counts[Int(reason.rawValue)])) }
        return section
    }

    private func worker(_ index: Int, _ statistics: WorkerStatistics) -> BencodeValue {
        .dictionary([
            "worker": .integer(Int64(index)), "wakeups": count(statistics.wakeUps),
            "batches": count(statistics.batches), "received": count(statistics.packetsReceived),
            "sent": count(statistics.packetsSent), "send errors": count(statistics.sendErrors),
            "receive errors": count(statistics.receiveErrors),
            "buffer exhaustions": count(statistics.bufferExhaustions), "ports": count(statistics.openPorts),
            "parked": count(statistics.parkedPorts),
        ])
    }

    private var handshakes: BencodeDictionary {
        let statistics = plane.handshakeStatistics()
        return [
            "established": count(statistics.established), "mismatched": count(statistics.mismatched),
            "failed": count(statistics.failed), "under way": .integer(Int64(statistics.underWay)),
            "associations": .integer(Int64(statistics.associations)), "queue drops": count(statistics.queueDrops),
            "limit drops": count(statistics.limitDrops), "concurrency drops": count(statistics.concurrencyDrops),
        ]
    }

    private var transcoding: BencodeDictionary {
        let statistics = plane.conversionStatistics()
        return [
            "streams": .integer(Int64(statistics.streams)), "packets": count(statistics.packets),
            "missed": count(statistics.missed),
        ]
    }

    private func count(_ value: UInt64) -> BencodeValue { .integer(Int64(clamping: value)) }
}
