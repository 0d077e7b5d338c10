import Forwarding
import MediaFormats

/// From the formats that one party may send to those that the other one accepts.
struct FormatConversions {
    /// What may arrive, best first, each number once.
    var sent: [PayloadFormat]
    /// What may go on, best first, each number once.
    var accepted: [PayloadFormat]
    /// Milliseconds of speech in each packet sent.
    var packetMilliseconds: Int
    /// Codecs that both have in common are decoded and encoded, too.
    var convertsAll = false
    /// Where encoders have settings of their own.
    var terms: CodecTerms?

    /// Speech in a packet where nobody has said anything (RFC 3551 §4.2), and what can be asked for.
    static let usualMilliseconds = 20
    private static let possibleMilliseconds = 5...120

    /// The nearest number of milliseconds that can be asked for.
    static func possible(_ milliseconds: Int) -> Int {
        min(max(milliseconds, possibleMilliseconds.lowerBound), possibleMilliseconds.upperBound)
    }

    /// One conversion for each payload type that has to change and can.
    ///
    /// Speech becomes the same codec under another number where there is one, which is then all that changes; else the first
    /// codec that the coder knows. Events and comfort noise follow the speech. What the coder does not know is left as it is.
    var conversions: [Conversion] {
        var conversions: [Conversion] = []
        var clockRates: [(from: UInt32, to: UInt32)] = []
        for format in sent where format.payloadType < 128 && !format.isSupplemental {
            guard let conversion = conversion(of: format) else {
                if accepts(format) { clockRates.append((format.clockRate, format.clockRate)) }
                continue
            }
            conversions.append(conversion)
            clockRates.append((format.clockRate, conversion.target.clockRate))
        }
        for format in sent where format.isTelephoneEvent {
            guard let target = events(for: format, clockRates),
                target.payloadType != format.payloadType || !target.isSameCodec(as: format),
                let conversion = make(from: format, to: target)
            else { continue }
            conversions.append(conversion)
        }
        return conversions + noises(along: conversions.filter { $0.source.encoding != .telephoneEvent }, clockRates)
    }

    /// Comfort noise of streams whose speech changes becomes that of the new clock rate, or noise in the new codec
    /// (RFC 3389 §4: its clock rate is that of the speech).
    private func noises(along speech: [Conversion], _ clockRates: [(from: UInt32, to: UInt32)]) -> [Conversion] {
        var noises: [Conversion] = []
        for format in sent where format.isComfortNoise {
            let isInStream = clockRates.contains { $0.to == format.clockRate }
            guard let speech = speech.first(where: { $0.source.clockRate == format.clockRate }) ?? speech.first,
                !(accepts(format) && isInStream), let source = CodedFormat(format)
            else { continue }
            let noise = accepted.first { $0.isComfortNoise && $0.clockRate == speech.target.clockRate }
            noises.append(
                Conversion(
                    source: source, target: noise.flatMap { CodedFormat($0) } ?? speech.target,
                    packetMilliseconds: speech.packetMilliseconds))
        }
        return noises
    }

    private func accepts(_ format: PayloadFormat) -> Bool {
        accepted.contains { $0.payloadType == format.payloadType && $0.isSameCodec(as: format) }
    }

    private func conversion(of format: PayloadFormat) -> Conversion? {
        guard format.isConvertible, convertsAll || !accepts(format) else { return nil }
        let same =
            accepted.first { $0.payloadType == format.payloadType && $0.isSameCodec(as: format) }
            ?? accepted.first { $0.payloadType < 128 && $0.isSameCodec(as: format) }
        guard let target = same ?? accepted.first(where: \.isConvertible) else { return nil }
        return make(from: format, to: target)
    }

    /// The telephone-events that go along with the stream that `format` goes along with: events have the clock rate of
    /// the speech in whose stream they are (RFC 4733 §2.1).
    private func events(for format: PayloadFormat, _ clockRates: [(from: UInt32, to: UInt32)]) -> PayloadFormat? {
        let isInStream = clockRates.contains { $0.to == format.clockRate }
        if accepts(format), isInStream || clockRates.isEmpty { return nil }
        let events = accepted.filter { $0.isTelephoneEvent && $0.payloadType < 128 }
        let wanted = clockRates.first { $0.from == format.clockRate }?.to
        return events.first { $0.clockRate == wanted }
            ?? events.first { event in clockRates.contains { $0.to == event.clockRate } }
            ?? events.first { $0.isSameCodec(as: format) } ?? events.first
    }

    private func make(from source: PayloadFormat, to target: PayloadFormat) -> Conversion? {
        let settings = terms?.settings(for: target)
        guard let from = CodedFormat(source), let to = CodedFormat(target, bitrate: settings?.bitrate) else {
            return nil
        }
        let wanted = settings?.packetTimeMilliseconds ?? packetMilliseconds
        return Conversion(source: from, target: to, packetMilliseconds: FormatConversions.possible(wanted))
    }
}

extension [PayloadFormat] {
    /// The first format of each number. A list of a hostile party may name numbers without end.
    var unrepeated: [PayloadFormat] {
        var numbers: Set<UInt8> = []
        return filter { numbers.insert($0.payloadType).inserted }
    }
}
