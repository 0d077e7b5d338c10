import Forwarding
import MediaFormats

/// From the formats that one party may send to those that the other one accepts.
struct FormatConversions {
    /// What may arrive, best first.
    var sent: [PayloadFormat]
    /// What may go on, best first.
    var accepted: [PayloadFormat]
    /// Milliseconds of speech in each packet sent.
    var packetMilliseconds: Int
    /// Codecs that both have in common are decoded and encoded, too.
    var convertsAll = false
    /// Where encoders have settings of their own.
    var terms: CodecTerms?

    /// Speech in a packet where nobody has said anything (RFC 3551 §4.2), and what can be asked for.
    static let usualMilliseconds = 20
    static let possibleMilliseconds = 5...120

    /// One conversion for each payload type that has to change and can.
    ///
    /// Speech becomes the same codec under another number where there is one, else the first codec that the coder knows.
    /// Comfort noise and what the coder does not know are left as they are.
    var conversions: [Conversion] {
        var conversions: [Conversion] = []
        var clockRates: [(from: UInt32, to: UInt32)] = []
        for format in unique(sent) where !format.isSupplemental {
            guard let conversion = conversion(of: format) else {
                if accepts(format) { clockRates.append((format.clockRate, format.clockRate)) }
                continue
            }
            conversions.append(conversion)
            clockRates.append((format.clockRate, conversion.target.clockRate))
        }
        for format in unique(sent) where format.isTelephoneEvent {
            guard let target = events(for: format, clockRates),
                target.payloadType != format.payloadType || !target.isSameCodec(as: format),
                let conversion = make(from: format, to: target)
            else { continue }
            conversions.append(conversion)
        }
        return conversions
    }

    private func unique(_ formats: [PayloadFormat]) -> [PayloadFormat] {
        var unique: [PayloadFormat] = []
        for format in formats where !unique.contains(where: { $0.payloadType == format.payloadType }) {
            unique.append(format)
        }
        return unique
    }

    private func accepts(_ format: PayloadFormat) -> Bool {
        accepted.contains { $0.payloadType == format.payloadType && $0.isSameCodec(as: format) }
    }

    private func conversion(of format: PayloadFormat) -> Conversion? {
        guard format.isCodable, convertsAll || !accepts(format) else { return nil }
        let same =
            accepted.first { $0.payloadType == format.payloadType && $0.isSameCodec(as: format) }
            ?? accepted.first { $0.isSameCodec(as: format) }
        guard let target = same ?? accepted.first(where: \.isCodable) else { return nil }
        return make(from: format, to: target)
    }

    /// The telephone-events that go along with the stream that `format` goes along with: events have the clock rate of
    /// the speech in whose stream they are (RFC 4733 §2.1).
    private func events(for format: PayloadFormat, _ clockRates: [(from: UInt32, to: UInt32)]) -> PayloadFormat? {
        let isInStream = clockRates.contains { $0.to == format.clockRate }
        if accepts(format), isInStream || clockRates.isEmpty { return nil }
        let events = accepted.filter(\.isTelephoneEvent)
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
        let range = FormatConversions.possibleMilliseconds
        let wanted = settings?.packetTimeMilliseconds ?? packetMilliseconds
        return Conversion(
            source: from, target: to, packetMilliseconds: min(max(wanted, range.lowerBound), range.upperBound))
    }
}
