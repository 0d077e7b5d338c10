/// One flow of a data stream (RFC 8445 §4). With rtcp-mux there is only the first.
public enum ICEComponent: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case rtp = 1
    case rtcp = 2
}

/// One value for each component.
struct PerComponent<Value> {
    private var rtp: Value
    private var rtcp: Value

    init(repeating value: Value) {
        rtp = value
        rtcp = value
    }

    subscript(component: ICEComponent) -> Value {
        get {
            switch component {
            case .rtp: rtp
            case .rtcp: rtcp
            }
        }
        set {
            switch component {
            case .rtp: rtp = newValue
            case .rtcp: rtcp = newValue
            }
        }
    }
}

extension PerComponent: Sendable where Value: Sendable {}
