/// What a message is within its transaction: the two class bits C1 and C0 of the message type (RFC 8489 §5).
public enum STUNMessageClass: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case request = 0b00
    case indication = 0b01
    case successResponse = 0b10
    case errorResponse = 0b11
}
