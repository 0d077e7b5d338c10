/// All that the conversion of one port's streams has to know of its plan.
public struct ConversionSet: Sendable, Equatable {
    /// By payload type of what arrives.
    public var conversions: [Conversion]
    /// RTP clock rates in Hz by payload type, of what arrives.
    public var clockRates: PayloadTypeTable<UInt32>
    /// Payload types that carry telephone-event (RFC 4733), converted or not.
    public var eventPayloadTypes: PayloadTypeSet

    /// What `plan` says.
    public init(_ plan: ForwardingPlan) {
        conversions = plan.conversions
        clockRates = plan.clockRates
        eventPayloadTypes = plan.eventPayloadTypes
    }

    /// The conversion of a payload type; `nil` when it goes on as it is.
    public subscript(payloadType: UInt8) -> Conversion? {
        conversions.first { $0.source.payloadType == payloadType }
    }

    /// The payload types that are converted.
    public var payloadTypes: PayloadTypeSet { PayloadTypeSet(conversions.map(\.source.payloadType)) }
}
