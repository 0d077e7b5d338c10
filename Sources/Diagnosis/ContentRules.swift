import CallReports
import Forwarding

/// Whether what passes can be understood.
enum ContentRules {
    static let faults: [Rule] = [
        encrypted, codecMismatch, payloadType, secondSource, authenticity, standstill, loss, jitter,
    ]

    static let blemishes: [Rule] = [
        onlySilence, payloadTypeNumber, someLoss, FarEndRules.someLossBehindRelay, otherSource,
        FarEndRules.reportsNothing, irregularity, doubled, lossBefore, irregularityBefore,
    ]

    /// What there is to say when all is well.
    static func healthy(_ direction: Direction) -> Statement {
        let from = direction.from
        var evidence: [Evidence] = [.count("packets", from.packets)]
        if from.lastMedia != 0 {
            evidence.append(.seconds("last packet", nanoseconds: direction.clock.age(from.lastMedia)))
        }
        evidence.append(.percent("loss", lossPercent(from)))
        if let lately = recentLoss(from) { evidence.append(.percent("loss lately", lately)) }
        if let stream = from.mainStream, stream.clockRate != 0 {
            evidence.append(.text("jitter", milliseconds(stream.jitterMicroseconds)))
        }
        if let endpoint = direction.to?.endpoint { evidence.append(.address("sent to", endpoint)) }
        return Statement("\(direction.media) passes from \(from.words) to \(direction.toWords)", evidence)
    }

    // MARK: - Codecs and encryption

    /// Codecs with a payload of one octet for each unit of the timestamp: anything more was added to it.
    static let octetCodecs: Set = ["PCMU/8000", "PCMA/8000", "G722/8000"]
    /// Octets of the tag of the common suites; no RTP header can be longer by that.
    private static let commonTag = 10
    /// Those of all suites.
    private static let tags: Set = [4, 10, 16]

    private static let encrypted = Rule(.encrypted) { direction in
        let from = direction.from
        guard from.protection == nil, !from.signalled.transport.contains("SAVP"), let stream = from.mainStream,
            stream.packets >= Thresholds.stream, stream.samplesPerPacket > 0,
            let codec = from.codec(stream.payloadType) ?? direction.to?.codec(stream.payloadType),
            octetCodecs.contains(codec)
        else { return nil }
        // The last payloads, or the mean of all packets, from which extensions of the header are not taken off.
        let average = Int(stream.bytes / stream.packets) - 12
        let payload = from.mainCounters?.steadyPayload.map { Int($0) } ?? average
        let excess = payload - Int(stream.samplesPerPacket)
        guard excess == commonTag || payload != average && tags.contains(excess) else { return nil }
        return Statement(
            "\(from.words) sends SRTP, but no encryption was agreed (\(from.signalled.transport))",
            [
                .count("octets of payload", payload), .count("octets that \(codec) has", stream.samplesPerPacket),
                .count("packets", from.packets),
            ])
    }

    /// The stream, unless its codec is one the receiver can take.
    private static func misfit(_ direction: Direction) -> (stream: StreamStatistics, to: End)? {
        guard direction.from.signalled.isUnderstood, let receiver = direction.to, receiver.signalled.isKnown,
            !receiver.signalled.formats.isEmpty, direction.isSettled, let stream = direction.from.mainStream,
            stream.packets >= Thresholds.stream, !receiver.knows(stream.payloadType),
            !direction.from.signalled.convertedPayloadTypes.contains(stream.payloadType),
            !isComfortNoise(stream.payloadType, direction)
        else { return nil }
        return (stream, receiver)
    }

    /// Comfort noise (RFC 3389), which fills pauses: the payload type is that of the last packet, and who does not know
    /// this one misses nothing.
    private static func isComfortNoise(_ payloadType: UInt8, _ direction: Direction) -> Bool {
        let name = direction.from.codec(payloadType) ?? direction.to?.codec(payloadType)
        return name.map { $0.uppercased().hasPrefix("CN/") } ?? (payloadType == 13)
    }

    /// The codec has another number in the receiver's SDP.
    private static func otherNumber(_ direction: Direction) -> UInt8? {
        guard let (stream, receiver) = misfit(direction), let name = direction.from.codec(stream.payloadType) else {
            return nil
        }
        return receiver.signalled.formats.first { $0.name?.uppercased() == name.uppercased() }?.payloadType
    }

    private static let codecMismatch = Rule(.codecMismatch) { direction in
        guard let (stream, receiver) = misfit(direction), otherNumber(direction) == nil,
            let name = direction.from.codec(stream.payloadType)
        else { return nil }
        return Statement(
            "\(direction.from.words) sends \(name), which \(receiver.words) has not agreed to, and the relay does not "
                + "convert", formats(direction, stream))
    }

    private static let payloadType = Rule(.payloadType) { direction in
        let unnegotiated = direction.from.counters.reduce(0) { $0 &+ $1.unnegotiatedPackets }
        // The last packet alone says little.
        guard let (stream, _) = misfit(direction), direction.from.codec(stream.payloadType) == nil,
            unnegotiated > stream.packets / 2
                || (direction.from.mainCounters?.unnegotiatedLately ?? 0) >= Thresholds.fewPayloads
        else { return nil }
        return Statement(
            "\(direction.from.words) sends payload type \(stream.payloadType)"
                + (Wording.staticCodec(stream.payloadType).map { " (\($0))" } ?? "") + ", which was not negotiated",
            formats(direction, stream))
    }

    private static let payloadTypeNumber = Rule(.payloadTypeNumber, .note) { direction in
        guard let (stream, receiver) = misfit(direction), let number = otherNumber(direction) else { return nil }
        return Statement(
            "\(direction.from.words) sends its codec as payload type \(stream.payloadType), which \(receiver.words) "
                + "calls \(number)", formats(direction, stream))
    }

    private static func formats(_ direction: Direction, _ stream: StreamStatistics) -> [Evidence] {
        func list(_ end: End?) -> String {
            (end?.signalled.formats ?? []).prefix(12).map { "\($0.payloadType)\($0.name.map { " \($0)" } ?? "")" }
                .joined(separator: ", ")
        }
        return [
            .count("payload type", stream.payloadType), .count("packets", stream.packets),
            .text("formats of \(direction.from.words)", list(direction.from)),
            .text("formats of \(direction.toWords)", list(direction.to)),
        ]
    }

    private static let onlySilence = Rule(.onlySilence, .note) { direction in
        guard direction.isAudio, let stream = direction.from.mainStream, stream.packets >= 2 * Thresholds.stream else {
            return nil
        }
        let samples = direction.from.counters.reduce(into: SilenceSamples()) {
            $0.looked &+= $1.silence.looked
            $0.silent &+= $1.silence.silent
        }
        let isDigital = samples.looked >= 3 && samples.silent == samples.looked
        let lately = direction.from.mainCounters?.silence.lately ?? 0
        let evidence: [Evidence] = [
            .count("packets", stream.packets), .percent("quiet packets", stream.quietShare * 100),
            .count("payloads looked at", samples.looked), .count("of them silent", samples.silent),
            .count("silent or next to nothing, of the last 64", lately),
        ]
        if stream.quietShare >= Thresholds.silence || isDigital {
            return Statement(
                "\(direction.from.words) sends nothing but \(isDigital ? "silence" : "comfort noise"): it is muted, or gets "
                    + "no sound itself", evidence)
        }
        guard lately >= Thresholds.manyPayloads else { return nil }
        // How long it was cannot be told of packets that come when there is need of one.
        let isSparse = stream.silentMilliseconds > 0 || UInt64(stream.quietPackets) >= 16 * UInt64(lately)
        // One payload of every 32 is looked at, and the history has an end.
        let seconds = Double(lately * 32) * Double(stream.samplesPerPacket) / Double(max(1, stream.clockRate))
        let time = UInt64(min(seconds, 1e9) * 1e9)
        let duration =
            time == 0 || isSparse ? "lately" : "for " + (lately >= 64 ? "more than " : "about ") + Wording.time(time)
        return Statement(
            "\(direction.from.words) \(direction.isOver ? "sent" : "has sent") nothing but silence \(duration), after sound "
                + "before: it is muted, or gets no sound itself any more", evidence)
    }

    // MARK: - Quality

    private static let secondSource = Rule(.secondSource) { direction in
        let from = direction.from
        let refused = from.drops(.foreignSource)
        guard from.isDropping(.foreignSource), refused.count >= 50, let foreign = from.foreignSource else { return nil }
        let share = Double(Thresholds.secondSourceShare) / 100
        // Since the beginning, or lately.
        let lately = from.run(.foreignSource).map(from.rate) ?? 0
        guard
            Double(refused.count) >= Double(from.packets) * share
                || lately > 0 && lately >= (from.mainStream?.usualPacketsPerSecond ?? 0) * share
        else { return nil }
        return Statement(
            "two sources send to the port of \(from.words): \(from.endpoint.map { "\($0)" } ?? "one") is heard, "
                + "\(foreign.address) is refused", sources(direction))
    }

    private static let otherSource = Rule(.secondSource, .note) { direction in
        guard direction.from.isDropping(.foreignSource, atLeast: 1), let foreign = direction.from.foreignSource else {
            return nil
        }
        return Statement(
            "\(direction.media) of \(direction.from.words) passes; packets from \(foreign.address) to its port are refused",
            sources(direction))
    }

    private static func sources(_ direction: Direction) -> [Evidence] {
        var evidence: [Evidence] = [
            .count("packets accepted", direction.from.packets),
            .count("packets refused", direction.from.drops(.foreignSource).count),
        ]
        if let endpoint = direction.from.endpoint { evidence.append(.address("heard", endpoint)) }
        if let foreign = direction.from.foreignSource { evidence.append(.address("refused", foreign.address)) }
        return evidence
    }

    /// Part of the packets only.
    private static let authenticity = Rule(.srtpAuthentication) { direction in
        let failed = direction.from.drops(.authenticationFailed).count
        let share = Thresholds.heavyLoss / 100
        let lately = direction.from.run(.authenticationFailed).map(direction.from.rate) ?? 0
        guard direction.from.isDropping(.authenticationFailed),
            Double(failed) >= Double(direction.from.packets) * share
                || lately > 0 && lately >= (direction.from.mainStream?.usualPacketsPerSecond ?? 0) * share
        else { return nil }
        return Statement(
            "part of the SRTP from \(direction.from.words) fails its authentication: a second stream with another key, or "
                + "damaged packets",
            [
                .count("packets that failed authentication", failed),
                .count("authentic packets", direction.from.packets),
            ], isPartial: true)
    }

    /// Of the usual packets one second.
    private static let fewestRepetitions: UInt32 = 50

    private static let standstill = Rule(.replayed) { direction in
        guard let stream = direction.from.mainStream, stream.packets >= UInt64(fewestRepetitions) else { return nil }
        let isNow =
            stream.recentRepetitions >= fewestRepetitions
            && UInt64(stream.recentRepetitions) >= 9 * UInt64(stream.recentExpected)
        guard isNow || stream.duplicates >= stream.packets / 10 * 9 else { return nil }
        return Statement(
            "packets of \(direction.from.words) have sequence numbers that came before: its numbers stand still, and "
                + "receivers drop such packets", repetitions(direction, stream), isPartial: true)
    }

    private static let doubled = Rule(.replayed, .note) { direction in
        guard let stream = direction.from.mainStream, stream.packets >= 2 * Thresholds.stream,
            stream.duplicates >= stream.packets / 5
        else { return nil }
        return Statement(
            "many packets of \(direction.from.words) come twice: the network or a mirrored port doubles them",
            repetitions(direction, stream), isPartial: true)
    }

    private static func repetitions(_ direction: Direction, _ stream: StreamStatistics) -> [Evidence] {
        [
            .count("packets", direction.from.packets), .count("packets that came before", stream.duplicates),
            .count("more than expected, lately", stream.recentRepetitions),
            .count("expected lately", stream.recentExpected),
        ]
    }

    private static func lossPercent(_ end: End) -> Double {
        let lost = end.streams.reduce(0) { $0 &+ $1.lost }
        let received = end.streams.reduce(0) { $0 &+ ($1.packets &- min($1.packets, $1.duplicates)) }
        return lost == 0 ? 0 : Double(lost) * 100 / Double(lost &+ received)
    }

    /// In the last seconds of the main stream; `nil` while that is too short.
    private static func recentLoss(_ end: End) -> Double? {
        guard let stream = end.mainStream, stream.packets >= Thresholds.stream else { return nil }
        return stream.recentLossPercent
    }

    private static let loss = lossNow(Thresholds.heavyLoss, .fault)
    private static let someLoss = lossNow(Thresholds.audibleLoss, .note)

    /// Loss that goes on. A call that is over is judged as a whole as well.
    private static func lossNow(_ least: Double, _ severity: Severity) -> Rule {
        Rule(.loss, severity) { direction in
            let whole = lossPercent(direction.from)
            guard direction.from.packets >= Thresholds.stream else { return nil }
            let lately = recentLoss(direction.from) ?? whole
            guard lately >= least || direction.isOver && whole >= least else { return nil }
            let isSteady = abs(whole - lately) < max(2, lately / 4)
            let percent = isSteady || lately < least ? whole : lately
            let when =
                isSteady || lately < least
                ? "" : " \(direction.isOver ? "in the end" : "at present") (\(percents(whole)) of the whole call)"
            return Statement(
                "\(percents(percent)) of the packets from \(direction.from.words) \(direction.isOver ? "were" : "are") lost "
                    + "on the way to the relay" + when, lossEvidence(direction.from))
        }
    }

    /// Loss that is over.
    private static let lossBefore = Rule(.loss, .note) { direction in
        let whole = lossPercent(direction.from)
        guard whole >= Thresholds.audibleLoss, direction.from.packets >= Thresholds.stream else { return nil }
        return Statement(
            "\(percents(whole)) of the packets from \(direction.from.words) were lost on the way to the relay before; "
                + "lately it was \(percents(recentLoss(direction.from) ?? 0))", lossEvidence(direction.from))
    }

    private static func percents(_ percent: Double) -> String {
        "\(Wording.decimals(percent, percent < 10 ? 1 : 0)) %"
    }

    private static func lossEvidence(_ end: End) -> [Evidence] {
        var evidence: [Evidence] = [.percent("loss", lossPercent(end))]
        if let lately = recentLoss(end) { evidence.append(.percent("loss lately", lately)) }
        return evidence + [
            .count("packets", end.packets), .count("packets lost", end.streams.reduce(0) { $0 &+ $1.lost }),
            .count("bursts", end.streams.reduce(0) { $0 &+ UInt64($1.bursts) }),
        ]
    }

    private static let jitter = irregular(Thresholds.heavyJitter, .fault)
    private static let irregularity = irregular(Thresholds.audibleJitter, .note)

    private static func irregular(_ least: UInt32, _ severity: Severity) -> Rule {
        Rule(.jitter, severity) { direction in
            guard direction.isAudio, let stream = direction.from.mainStream, stream.packets >= 2 * Thresholds.stream,
                stream.jitterMicroseconds >= least
            else { return nil }
            return Statement(
                "packets from \(direction.from.words) come irregularly, with \(milliseconds(stream.jitterMicroseconds)) of "
                    + "jitter",
                [
                    .text("jitter", milliseconds(stream.jitterMicroseconds)),
                    .text("highest jitter", milliseconds(stream.highestJitterMicroseconds)),
                ])
        }
    }

    /// Jitter that is over: that of a stream is the mean of some sixteen packets, that of samples the mean of the call.
    private static let irregularityBefore = Rule(.jitter, .note) { direction in
        guard direction.isAudio, let mean = direction.from.mainCounters?.meanJitterMicroseconds,
            mean >= Thresholds.audibleJitter, let stream = direction.from.mainStream
        else { return nil }
        return Statement(
            "packets from \(direction.from.words) came irregularly before, with \(milliseconds(mean)) of jitter on average; "
                + "at present it is \(milliseconds(stream.jitterMicroseconds))",
            [
                .text("jitter", milliseconds(stream.jitterMicroseconds)), .text("mean jitter", milliseconds(mean)),
                .text("highest jitter", milliseconds(stream.highestJitterMicroseconds)),
            ])
    }

    private static func milliseconds(_ microseconds: UInt32) -> String {
        Wording.decimals(Double(microseconds) / 1000, 1) + " ms"
    }
}
