/// The formulas that rank candidates and pairs.
public enum ICEPriority {
    /// 2^24 · type preference + 2^8 · local preference + (256 − component) (RFC 8445 §5.1.2.1).
    public static func candidate(
        _ type: ICECandidateType, localPreference: UInt16, component: ICEComponent
    ) -> UInt32 {
        UInt32(type.preference) << 24 | UInt32(localPreference) << 8 | (256 - UInt32(component.rawValue))
    }

    /// 2^32 · min(G, D) + 2 · max(G, D) + (G > D ? 1 : 0), with G the controlling agent's candidate
    /// (RFC 8445 §6.1.2.3). Values that no candidate has wrap around.
    public static func pair(controlling: UInt32, controlled: UInt32) -> UInt64 {
        UInt64(min(controlling, controlled)) << 32 &+ UInt64(max(controlling, controlled)) &* 2
            &+ (controlling > controlled ? 1 : 0)
    }
}
