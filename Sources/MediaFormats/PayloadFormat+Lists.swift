extension PayloadFormat {
    /// The clock rates of the formats that are codecs of their own.
    static func codecClockRates(of formats: [PayloadFormat]) -> Set<UInt32> {
        Set(formats.lazy.filter { !$0.isSupplemental }.map(\.clockRate))
    }

    /// `reuse-codecs`: `formats` with those that `previous` had first, in the order of `previous`, and new ones behind.
    public static func reordered(_ formats: [PayloadFormat], reusing previous: [PayloadFormat]) -> [PayloadFormat] {
        var rest = formats
        var known: [PayloadFormat] = []
        for old in previous {
            guard
                let index = rest.firstIndex(where: { $0.payloadType == old.payloadType && $0.isSameCodec(as: old) })
            else { continue }
            known.append(rest.remove(at: index))
        }
        return known + rest
    }
}
