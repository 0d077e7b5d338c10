/// A feedback message (RFC 4585 §6.1). Valid as long as the packet's buffer.
public struct Feedback {
    /// What kind of feedback: packet type and FMT together.
    public struct Format: Sendable, Hashable, BitwiseCopyable {
        /// Transport layer (205) or payload specific (206).
        public let type: RTCPPacket.Kind
        /// The FMT field.
        public let number: UInt8

        /// Generic NACK (RFC 4585 §6.2.1)
        public static let genericNACK = Format(type: .transportFeedback, number: 1)
        /// Transport-wide congestion control
        public static let transportWide = Format(type: .transportFeedback, number: 15)
        /// Picture loss indication (RFC 4585 §6.3.1)
        public static let pictureLoss = Format(type: .payloadFeedback, number: 1)
        /// Full intra request (RFC 5104 §4.3.1)
        public static let fullIntraRequest = Format(type: .payloadFeedback, number: 4)
        /// Application layer feedback, REMB among others (RFC 4585 §6.4)
        public static let application = Format(type: .payloadFeedback, number: 15)
    }

    /// What kind of feedback.
    public let format: Format
    /// Who sends it.
    public let senderSSRC: UInt32
    /// Which source it is about; 0 when the control information names it.
    public let mediaSSRC: UInt32
    /// FCI
    public let controlInformation: UnsafeRawBufferPointer
}
