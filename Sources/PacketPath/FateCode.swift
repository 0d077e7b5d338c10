internal import Forwarding

/// A fate in one octet.
extension PacketFate {
    private static let droppedBit: UInt8 = 0x80

    @inline(__always)
    var code: UInt8 {
        switch self {
        case .forwarded: 0
        case .taken: 1
        case .sent: 2
        case .dropped(let reason): Self.droppedBit | reason.rawValue
        }
    }

    init(code: UInt8) {
        if code & Self.droppedBit != 0 {
            self = .dropped(DropReason(rawValue: code & ~Self.droppedBit) ?? .malformed)
        } else {
            self = code == 1 ? .taken : code == 2 ? .sent : .forwarded
        }
    }
}
