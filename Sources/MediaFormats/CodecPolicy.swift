/// What the ng `codec` dictionary asks of a list of formats, as far as no transcoder is needed for it.
public struct CodecPolicy: Sendable, Hashable {
    /// `strip`, `mask` and `consume`: removed. All three look the same to the receiver of the list.
    public var removed: CodecSelection
    /// `except`: exempt from a removal of `all`.
    public var exempt: CodecSelection
    /// `offer`: exempt from a removal of `all`, and put first then.
    public var preferred: CodecSelection
    /// `transcode`: put back where a removal took it away. Codecs that were not in the list need a transcoder and are
    /// not added.
    public var restored: CodecSelection
    /// A list may become empty; else a removal that leaves no format is undone.
    public var allowsEmpty: Bool

    /// A policy from the lists of an ng request.
    public init(
        strip: [String] = [], mask: [String] = [], consume: [String] = [], except: [String] = [],
        offer: [String] = [], transcode: [String] = [], allowsEmpty: Bool = false
    ) {
        removed = CodecSelection(strip).union(CodecSelection(mask)).union(CodecSelection(consume))
        exempt = CodecSelection(except)
        preferred = CodecSelection(offer)
        restored = CodecSelection(transcode)
        self.allowsEmpty = allowsEmpty
    }

    /// `formats` with the policy applied: removed, ordered, put back; then supplemental formats of clock rates that lost
    /// their last codec are removed as well.
    public func apply(to formats: [PayloadFormat]) -> [PayloadFormat] {
        guard !removed.isEmpty else { return formats }
        var kept = formats.filter { !removes($0) }
        if removed.selectsAll { kept = putPreferredFirst(kept) }
        for spec in restored.specs { restore(spec, from: formats, into: &kept) }
        let lostClockRates = PayloadFormat.codecClockRates(of: formats)
            .subtracting(PayloadFormat.codecClockRates(of: kept))
        kept.removeAll { $0.isSupplemental && lostClockRates.contains($0.clockRate) }
        return kept.isEmpty && !allowsEmpty ? formats : kept
    }

    /// The codecs of `transcode` that `formats`, the result of ``apply(to:)``, lacks: only a transcoder could add them.
    public func codecsNeedingTranscoder(in formats: [PayloadFormat]) -> [CodecSpec] {
        restored.specs.filter { spec in !formats.contains { spec.matches($0) } }
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
    /// rate of the codecs, in their order.
    private func restore(_ spec: CodecSpec, from formats: [PayloadFormat], into kept: inout [PayloadFormat]) {
        guard !kept.contains(where: spec.matches) else { return }
        let candidates = formats.filter(spec.matches)
        let codecs = candidates.filter { !$0.isSupplemental }
        kept.insert(contentsOf: codecs, at: kept.firstIndex(where: \.isSupplemental) ?? kept.endIndex)
        var pending = candidates.filter(\.isSupplemental)
        for codec in kept where !codec.isSupplemental && !pending.isEmpty {
            kept += pending.filter { $0.clockRate == codec.clockRate }
            pending.removeAll { $0.clockRate == codec.clockRate }
        }
    }
}
