internal import Forwarding
internal import NetTypes
internal import Quality
internal import RTP
internal import SRTPKeying

/// How a snapshot is read from the words of a row.
extension PortCounters {
    private typealias Word = CounterRow.Word

    /// - Parameter words: a whole row, copied between two changes.
    init(words: [UInt64]) {
        self.init()
        rtpIn = Traffic(words, at: Word.rtpIn)
        rtpOut = Traffic(words, at: Word.rtpOut)
        rtcpIn = Traffic(words, at: Word.rtcpIn)
        rtcpOut = Traffic(words, at: Word.rtcpOut)
        readDrops(words)
        unexpected = UnexpectedPackets(words)
        silence.looked = UInt32(truncatingIfNeeded: words[Word.silence] >> 32)
        silence.silent = UInt32(truncatingIfNeeded: words[Word.silence])
        silence.lately = (~words[Word.silenceHistory]).trailingZeroBitCount
        unnegotiatedLately = (~words[Word.unnegotiatedHistory]).trailingZeroBitCount
        let sizes = words[Word.payloadSizes]
        let isSteady = sizes == (sizes & 0xFFFF) &* 0x0001_0001_0001_0001
        steadyPayload = isSteady && sizes != 0 ? UInt16(truncatingIfNeeded: sizes) : nil
        dropRun = DropRun(words)
        if words[Word.failedSource] >> 32 == 1 {
            failedSource = UInt32(truncatingIfNeeded: words[Word.failedSource])
        }
        firstPacketNanoseconds = words[Word.firstPacket]
        lastPacketNanoseconds = words[Word.lastPacket]
        endpoint = TransportAddress(words, at: Word.endpoint)
        isConfirmed = words[Word.endpoint + 2] >> 25 & 1 == 1
        if words[Word.endpoint + 2] >> 26 & 1 == 1 {
            learnedEpoch = UInt32(truncatingIfNeeded: words[Word.endpoint + 2] >> 32)
        }
        endpointSinceNanoseconds = words[Word.endpointSince]
        foreignSource = TransportAddress(words, at: Word.foreign).map {
            ForeignSource(address: $0, nanoseconds: words[Word.foreign + 3])
        }
        unnegotiatedPackets = words[Word.unnegotiated]
        unnegotiatedPayloadTypes = PayloadTypeSet(
            low: words[Word.unnegotiated + 1], high: words[Word.unnegotiated + 2])
        socketErrors = SocketErrors(words)
        if words[Word.lastSSRC] >> 32 == 1 {
            lastSSRC = UInt32(truncatingIfNeeded: words[Word.lastSSRC])
        }
        roundTripMicroseconds = UInt32(truncatingIfNeeded: words[Word.roundTrip])
        measuredQuality = QualityTally(words, at: Word.measured)
        checks = CheckStatistics(words)
        protection = ProtectionState(words)
        readStreams(words)
        readReports(words)
        readEvents(words)
    }

    private mutating func readDrops(_ words: [UInt64]) {
        let counts = words[Word.drops..<(Word.drops + DropReason.allCases.count)]
        guard counts.contains(where: { $0 > 0 }) else { return }
        drops = Array(counts)
        dropNanoseconds = DropReason.allCases.map { reason in
            let word = words[Word.dropTimes + Int(reason.rawValue >> 1)]
            return (word >> (UInt64(reason.rawValue & 1) * 32) & 0xFFFF_FFFF) << CounterRow.dropTimeShift
        }
    }

    private mutating func readStreams(_ words: [UInt64]) {
        let order = words[Word.order]
        ingress = StreamOrder(bits: UInt16(truncatingIfNeeded: order)).oldestFirst.map { entry in
            let start = Word.ingress(entry)
            return StreamStatistics(ingress: words[start..<(start + Word.ingressWords)])
        }
        egress = StreamOrder(bits: UInt16(truncatingIfNeeded: order >> 16)).oldestFirst.map { entry in
            let start = Word.egress(entry)
            return StreamStatistics(egress: words[start..<(start + Word.egressWords)])
        }
    }

    private mutating func readReports(_ words: [UInt64]) {
        receptionReports = (0..<Word.reportLimit).compactMap { index in
            ReceptionReport(words, at: Word.reports + index * Word.reportWords)
        }
        receptionReports.sort { $0.nanoseconds < $1.nanoseconds }
        // Of each stream the latest, and no reference times, which say nothing of what was sent.
        for index in 0..<Word.senderReportLimit {
            let start = Word.senderReports + index * Word.senderReportWords
            guard words[start + 1] != 0, words[start + 2] != 0 else { continue }
            let report = SenderReport(
                source: UInt32(truncatingIfNeeded: words[start] >> 32),
                packets: UInt32(truncatingIfNeeded: words[start + 2] >> 32),
                octets: UInt32(truncatingIfNeeded: words[start + 2]), nanoseconds: words[start + 1])
            guard let known = senderReports.firstIndex(where: { $0.source == report.source }) else {
                senderReports.append(report)
                continue
            }
            let isLater = senderReports[known].nanoseconds < report.nanoseconds
            earlierSenderReports.append(isLater ? senderReports[known] : report)
            if isLater { senderReports[known] = report }
        }
    }

    private mutating func readEvents(_ words: [UInt64]) {
        let count = words[Word.eventCount]
        for number in (count - min(count, UInt64(Word.eventLimit)))..<count {
            let start = Word.events + Int(number % UInt64(Word.eventLimit)) * 2
            guard let kind = PortEvent.Kind(rawValue: UInt8(words[start] >> 56)) else { continue }
            events.append(
                PortEvent(kind, value: words[start + 1], microseconds: words[start] & 0xFF_FFFF_FFFF_FFFF))
        }
    }
}

extension TransportAddress {
    /// The address in three words; `nil` when they hold none.
    fileprivate init?(_ words: [UInt64], at start: Int) {
        let description = words[start + 2]
        guard description >> 24 & 1 == 1 else { return nil }
        self.init(
            description >> 16 & 0xFF == UInt64(IPAddress.Family.ipv4.rawValue)
                ? IPAddress(ipv4: UInt32(truncatingIfNeeded: words[start + 1]))
                : IPAddress(ipv6High: words[start], low: words[start + 1]),
            UInt16(truncatingIfNeeded: description))
    }
}

extension StreamOrder {
    fileprivate var oldestFirst: [Int] {
        (0..<min(count, StreamOrder.capacity)).reversed().map { entry(age: $0) }
    }
}

extension PortCounters.Traffic {
    fileprivate init(_ words: [UInt64], at start: Int) {
        self.init()
        packets = words[start]
        bytes = words[start + 1]
        errors = words[start + 2]
    }
}

extension UnexpectedPackets {
    fileprivate init(_ words: [UInt64]) {
        self.init()
        checks = CounterRow.value(.checks, words)
        handshakes = CounterRow.value(.handshakes, words)
        mediaOnReportPort = CounterRow.value(.mediaOnReportPort, words)
        keepalives = CounterRow.value(.keepalives, words)
        others = CounterRow.value(.others, words)
        unencrypted = CounterRow.value(.unencrypted, words)
        examined = CounterRow.value(.examined, words)
    }
}

extension DropRun {
    fileprivate init?(_ words: [UInt64]) {
        let word = words[CounterRow.Word.lastDrop]
        guard word >> 8 & 0xFF_FFFF != 0, let reason = DropReason(rawValue: UInt8(truncatingIfNeeded: word)) else {
            return nil
        }
        self.init(
            reason: reason, packets: word >> 8 & 0xFF_FFFF, sinceNanoseconds: (word >> 32) << CounterRow.dropTimeShift)
    }
}

extension SocketErrors {
    fileprivate init(_ words: [UInt64]) {
        self.init()
        let start = CounterRow.Word.socketErrors
        received = words[start]
        lastReceived = Int32(truncatingIfNeeded: words[start + 1])
        lastReceivedNanoseconds = words[start + 2]
        sent = words[start + 3]
        lastSent = Int32(truncatingIfNeeded: words[start + 4])
        lastSentNanoseconds = words[start + 5]
        unreachable = words[CounterRow.Word.unreachable]
        unreachableNanoseconds = words[CounterRow.Word.unreachable + 1]
    }
}

extension CheckStatistics {
    fileprivate init?(_ words: [UInt64]) {
        let start = CounterRow.Word.checks
        guard words[start] & 1 == 1 else { return nil }
        self.init()
        func high(_ offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: words[start + offset] >> 32) }
        func low(_ offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: words[start + offset]) }
        isControlling = words[start] & 2 != 0
        isLite = words[start] & 4 != 0
        hasRemote = words[start] & 8 != 0
        hasRestarted = words[start] & 16 != 0
        hasFoundPair = words[start] & 32 != 0
        state = State(rawValue: UInt8(truncatingIfNeeded: words[start] >> 8)) ?? .checking
        (remoteCandidates, pairs) = (high(1), low(1))
        (failedPairs, checksSent) = (high(2), low(2))
        (answersReceived, checksAnswered) = (high(3), low(3))
        (refused, wrongCredentials) = (high(4), low(4))
        lastErrorCode = low(5) & 0xFFFF
        (validPairs, openPairs) = (high(5) & 0xFFFF, low(5) >> 16)
    }
}

extension ProtectionState {
    fileprivate init?(_ words: [UInt64]) {
        typealias Bits = PacketPath.ProtectionBits
        let bits = words[CounterRow.Word.protection]
        guard bits & Bits.isPresent != 0 else { return nil }
        self.init(keying: bits & Bits.isPending != 0 ? .pending : bits & Bits.isDTLS != 0 ? .dtls : .sdes)
        isKeyed = bits & Bits.isKeyed != 0
        if isKeyed { suite = CryptoSuite(rawValue: UInt8(truncatingIfNeeded: bits >> 8)) }
        keyedNanoseconds = words[CounterRow.Word.protection + 1]
        isPeerKnown = bits & Bits.isPeerKnown != 0
        handshakeDatagrams = UInt32(truncatingIfNeeded: bits >> 32)
    }
}

extension QualityTally {
    fileprivate init(_ words: [UInt64], at start: Int) {
        self = words[start..<(start + CounterRow.Word.tallyWords)].withUnsafeBytes {
            $0.loadUnaligned(as: QualityTally.self)
        }
    }
}

extension ReceptionReport {
    fileprivate init?(_ words: [UInt64], at start: Int) {
        guard words[start + 1] != 0 else { return nil }
        func high(_ offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: words[start + offset] >> 32) }
        func low(_ offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: words[start + offset]) }
        self.init(reporter: high(0), source: low(0))
        nanoseconds = words[start + 1]
        fractionLost = UInt8(truncatingIfNeeded: high(2))
        fractionLostBefore = UInt8(truncatingIfNeeded: high(2) >> 8)
        cumulativeLost = Int32(bitPattern: low(2))
        (jitter, clockRate) = (high(3), low(3))
        (extendedHighestSequenceNumber, reports) = (high(4), low(4))
        quality = QualityTally(words, at: start + 7)
        let (rates, scores) = (words[start + 5], words[start + 6])
        guard rates != 0 || scores != 0 else { return }
        var voice = VoiceReport()
        (voice.lossRate, voice.discardRate) = (UInt8(truncatingIfNeeded: rates), UInt8(truncatingIfNeeded: rates >> 8))
        voice.burstDensity = UInt8(truncatingIfNeeded: rates >> 16)
        voice.gapDensity = UInt8(truncatingIfNeeded: rates >> 24)
        voice.burstMilliseconds = UInt16(truncatingIfNeeded: rates >> 32)
        voice.gapMilliseconds = UInt16(truncatingIfNeeded: rates >> 48)
        voice.rFactor = UInt8(truncatingIfNeeded: scores)
        voice.listeningQuality = UInt8(truncatingIfNeeded: scores >> 8)
        voice.conversationalQuality = UInt8(truncatingIfNeeded: scores >> 16)
        voice.jitterBufferMilliseconds = UInt8(truncatingIfNeeded: scores >> 24)
        voice.roundTripMilliseconds = UInt16(truncatingIfNeeded: scores >> 32)
        voice.endSystemMilliseconds = UInt16(truncatingIfNeeded: scores >> 48)
        voiceMetrics = voice
    }
}

extension StreamStatistics {
    fileprivate init(ingress words: ArraySlice<UInt64>) {
        self.init(words.withUnsafeBytes { $0.loadUnaligned(as: ReceptionStatistics.self) })
    }

    fileprivate init(egress words: ArraySlice<UInt64>) {
        let first = words.startIndex
        self.init(ssrc: UInt32(truncatingIfNeeded: words[first]))
        payloadType = UInt8(truncatingIfNeeded: words[first] >> 32)
        packets = words[first + 1]
        bytes = words[first + 2]
        extendedHighestSequenceNumber = UInt32(truncatingIfNeeded: words[first + 3] >> 32)
        lastTimestamp = UInt32(truncatingIfNeeded: words[first + 3])
    }
}
