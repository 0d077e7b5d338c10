/// What an audio codec costs in the E-model: Ie and Bpl of ITU-T G.113 Appendix I.
public struct CodecImpairment: Sendable, Hashable, BitwiseCopyable {
    /// Ie, the impairment without any loss.
    public var equipment: UInt8
    /// Ten times Bpl, the robustness against loss; never 0 for a codec that can be rated.
    public var lossRobustnessTenths: UInt16

    /// An impairment from its parts.
    public init(equipment: UInt8, lossRobustnessTenths: UInt16) {
        self.equipment = equipment
        self.lossRobustnessTenths = lossRobustnessTenths
    }

    /// G.711 with packet loss concealment.
    public static let g711 = CodecImpairment(equipment: 0, lossRobustnessTenths: 251)

    /// The impairment of the codec with this encoding name, in any case. Codecs that Appendix I does not rate are taken
    /// as G.711 when they have its quality or better on the narrowband scale; `nil` for what is no speech codec.
    public init?(encodingName: String) {
        switch encodingName.lowercased() {
        case "pcmu", "pcma", "l8", "l16", "l24", "g722", "opus", "evs", "amr-wb", "g7221", "silk", "aac-ld",
            "mpeg4-generic", "speex", "isac", "siren7", "clearmode":
            self = .g711
        case "g729", "g729a", "g729d", "g729e": self.init(equipment: 11, lossRobustnessTenths: 190)
        case "g723": self.init(equipment: 15, lossRobustnessTenths: 161)
        case "gsm-efr", "amr": self.init(equipment: 5, lossRobustnessTenths: 100)
        case "gsm", "gsm-hr-08": self.init(equipment: 20, lossRobustnessTenths: 100)
        case "ilbc": self.init(equipment: 11, lossRobustnessTenths: 320)
        case "g726-40", "aal2-g726-40": self.init(equipment: 2, lossRobustnessTenths: 100)
        case "g726-32", "aal2-g726-32", "g721", "g728": self.init(equipment: 7, lossRobustnessTenths: 100)
        case "g726-24", "aal2-g726-24": self.init(equipment: 25, lossRobustnessTenths: 100)
        case "g726-16", "aal2-g726-16": self.init(equipment: 50, lossRobustnessTenths: 100)
        default: return nil
        }
    }
}
