import Forwarding
import MediaFormats

extension CodedFormat {
    /// The format as the coder takes it; `nil` for what it does not know. Bit rate is that of the encoder.
    init?(_ format: PayloadFormat, bitrate: UInt32? = nil) {
        guard format.payloadType < 128, let name = format.encodingName, let encoding = Encoding(encodingName: name)
        else { return nil }
        switch encoding {
        case .telephoneEvent, .comfortNoise: guard format.clockRate > 0, format.channels == 1 else { return nil }
        case .pcmu, .pcma, .g722, .opus, .gsm, .l16: guard format.isCodable else { return nil }
        }
        self.init(
            payloadType: format.payloadType, encoding: encoding, clockRate: format.clockRate,
            channels: format.channels, bitrate: bitrate, parameters: format.parameters)
    }
}
