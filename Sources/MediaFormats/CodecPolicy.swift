/// What the ng `codec` dictionary asks of a list of formats.
public struct CodecPolicy: Sendable, Hashable {
    /// `strip`, `mask` and `consume`: removed. All three look the same to the receiver of the list.
    public var removed: CodecSelection
    /// `except`: exempt from a removal of `all`.
    public var exempt: CodecSelection
    /// `offer`: exempt from a removal of `all`, and put first then.
    public var preferred: CodecSelection
    /// `transcode`: put back where a removal took it away, or else added.
    public var transcoded: CodecSelection
    /// Codecs that were not in the list may be added: it is one of audio.
    public var adds: Bool
    /// A list may become empty; else a removal that leaves no format is undone.
    public var allowsEmpty: Bool

    /// More codecs to be added than there are; for the rest of a flood no number is looked for.
    private static let attemptLimit = 64

    /// A policy from the lists of an ng request.
    public init(
        strip: [String] = [], mask: [String] = [], consume: [String] = [], except: [String] = [],
        offer: [String] = [], transcode: [String] = [], adds: Bool = true, allowsEmpty: Bool = false
    ) {
        removed = CodecSelection(strip).union(CodecSelection(mask)).union(CodecSelection(consume))
        exempt = CodecSelection(except)
        preferred = CodecSelection(offer)
        transcoded = CodecSelection(transcode)
        self.adds = adds
        self.allowsEmpty = allowsEmpty
    }

    /// `formats` with the policy applied: removed, ordered, put back, added; then supplemental formats of clock rates
    /// that lost their last codec are removed as well. Formats that are added get their `numbers`.
    ///
    /// Nothing is added to a list without a codec that the relay could convert to and from.
    public func apply(to formats: [PayloadFormat], numbers: PayloadNumbers = PayloadNumbers()) -> [PayloadFormat] {
        guard !removed.isEmpty || !transcoded.specs.isEmpty, !formats.isEmpty else { return formats }
        var kept = formats.filter { !removes($0) }
        if removed.selectsAll { kept = putPreferredFirst(kept) }
        let isConvertible = adds && formats.contains(where: \.isConvertible)
        var attempts = 0
        var clockRates: [UInt32] = []
        for spec in transcoded.specs.lazy.map(\.normalized) where !kept.contains(where: spec.matches) {
            if restore(spec, from: formats, into: &kept) {
                for format in kept where spec.matches(format) && !clockRates.contains(format.clockRate) {
                    clockRates.append(format.clockRate)
                }
            } else if isConvertible, attempts < CodecPolicy.attemptLimit,
                var added = PayloadFormat(transcoding: spec)
            {
                attempts += 1
                guard let number = numbers.number(for: added, besides: formats, kept) else { continue }
                added.payloadType = number
                kept.insert(added, at: kept.firstIndex(where: \.isSupplemental) ?? kept.endIndex)
                if !clockRates.contains(added.clockRate) { clockRates.append(added.clockRate) }
            }
        }
        if isConvertible, hasEvents(kept, of: formats) {
            addEvents(clockRates, from: formats, numbers, to: &kept)
        }
        let lostClockRates = PayloadFormat.codecClockRates(of: formats)
            .subtracting(PayloadFormat.codecClockRates(of: kept))
        kept.removeAll { $0.isSupplemental && lostClockRates.contains($0.clockRate) }
        return kept.isEmpty && !allowsEmpty ? formats : kept
    }

    private func removes(_ format: PayloadFormat) -> Bool {
        if removed.names(format) { return true }
        return removed.selectsAll && !exempt.names(format) && !preferred.names(format)
    }

    private func putPreferredFirst(_ formats: [PayloadFormat]) -> [PayloadFormat] {
        var rest = formats
        var first: [PayloadFormat] = []
        for spec in preferred.specs {
            first += rest.filter(spec.matches)
            rest.removeAll(where: spec.matches)
        }
        return first + rest
    }

    /// Puts a codec back before the first supplemental format, or a supplemental format at the end: one for each clock
    /// rate of the codecs, in their order. `false` when it had not been there.
    private func restore(_ spec: CodecSpec, from formats: [PayloadFormat], into kept: inout [PayloadFormat]) -> Bool {
        let candidates = formats.filter(spec.matches)
        let codecs = candidates.filter { !$0.isSupplemental }
        kept.insert(contentsOf: codecs, at: kept.firstIndex(where: \.isSupplemental) ?? kept.endIndex)
        var pending = candidates.filter(\.isSupplemental)
        for codec in kept where !codec.isSupplemental && !pending.isEmpty {
            kept += pending.filter { $0.clockRate == codec.clockRate }
            pending.removeAll { $0.clockRate == codec.clockRate }
        }
        return !candidates.isEmpty
    }

    /// Whether telephone-events go along with codecs that are added: they are still there, or asked for by name.
    private func hasEvents(_ kept: [PayloadFormat], of formats: [PayloadFormat]) -> Bool {
        kept.contains(where: \.isTelephoneEvent)
            || formats.contains { $0.isTelephoneEvent && transcoded.names($0) }
    }

    /// Adds telephone-events before the first supplemental format for clock rates that have none, with the numbers that
    /// the list had for them.
    private func addEvents(
        _ clockRates: [UInt32], from formats: [PayloadFormat], _ numbers: PayloadNumbers,
        to kept: inout [PayloadFormat]
    ) {
        var place = kept.firstIndex(where: \.isSupplemental) ?? kept.endIndex
        for clockRate in clockRates where !kept.contains(where: { $0.isTelephoneEvent && $0.clockRate == clockRate }) {
            let offered = formats.first { $0.isTelephoneEvent && $0.clockRate == clockRate }
            var events = offered ?? PayloadFormat.events(clockRate: clockRate)
            // Those of one clock rate may be unwanted, while others are there.
            if removed.names(events), !transcoded.names(events) { continue }
            if offered == nil {
                guard let number = numbers.number(for: events, besides: formats, kept) else { continue }
                events.payloadType = number
            }
            kept.insert(events, at: place)
            place += 1
        }
    }
}
