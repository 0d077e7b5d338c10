internal import Forwarding
internal import NetTypes
internal import STUN

/// Plays the checks of a peer whose messages cannot be used as they are: answers belong to requests of the relay's own,
/// which are others in the replay, and the flight recorder keeps the beginnings of messages only.
enum PeerChecks {
    private static let headerCount = 20

    /// What a check of the relay asks for: its transaction, if `bytes` are a binding request.
    static func request(_ bytes: [UInt8]) -> STUNTransactionID? {
        bytes.withUnsafeBytes { bytes in
            guard let message = try? STUNMessage(bytes), message.type == STUNMessageType(.binding, .request) else {
                return nil
            }
            return message.transactionID
        }
    }

    /// The answer of a peer with `password`.
    static func answer(to transaction: STUNTransactionID, mapped: TransportAddress, password: String) -> [UInt8]? {
        message(STUNMessageType(.binding, .successResponse), transaction) { builder in
            builder.addXORMappedAddress(mapped)
            sign(&builder, password)
        }
    }

    /// A request of the peer, made again from what was captured of it.
    static func request(like captured: [UInt8], _ plan: ICEPlan) -> [UInt8]? {
        guard captured.count >= headerCount, captured.starts(with: [0, 1]) else { return nil }
        let high = word(captured, at: 8)
        let low = UInt64(word(captured, at: 12)) << 32 | UInt64(word(captured, at: 16))
        let seen = attributes(captured)
        let isCut = captured.count < headerCount + Int(captured[2]) << 8 + Int(captured[3])
        return message(STUNMessageType(.binding, .request), STUNTransactionID(high: high, low: low)) { builder in
            builder.addUsername(
                receiver: Array(plan.local.usernameFragment.utf8),
                sender: Array((plan.remote?.usernameFragment ?? "").utf8))
            builder.addPriority(seen[STUNAttributeType.priority.rawValue].map { word($0, at: 0) } ?? 0x6E00_1EFF)
            let controlling = seen[STUNAttributeType.iceControlling.rawValue]
            let controlled = seen[STUNAttributeType.iceControlled.rawValue]
            let isControlling = controlling != nil || controlled == nil && !plan.isControlling
            let tieBreaker = (controlling ?? controlled).map { UInt64(word($0, at: 0)) << 32 | UInt64(word($0, at: 4)) }
            if isControlling {
                builder.addICEControlling(tieBreaker: tieBreaker ?? .max)
                // Where it may have been cut off, the peer is taken to nominate.
                if seen[STUNAttributeType.useCandidate.rawValue] != nil || isCut { builder.addUseCandidate() }
            } else {
                builder.addICEControlled(tieBreaker: tieBreaker ?? 0)
            }
            sign(&builder, plan.local.password)
        }
    }

    private static func message(
        _ type: STUNMessageType, _ transaction: STUNTransactionID, _ fill: (inout STUNMessageBuilder) -> Void
    ) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = buffer.withUnsafeMutableBytes { bytes in
            var builder = STUNMessageBuilder(type, transaction, into: bytes)
            fill(&builder)
            return builder.finish()
        }
        return count.map { Array(buffer[..<$0]) }
    }

    private static func sign(_ builder: inout STUNMessageBuilder, _ password: String) {
        let key = Array(password.utf8)
        let hash = key.withUnsafeBytes { HMACSHA1(key: $0) }
        builder.addIntegrity(hash)
        builder.addFingerprint()
    }

    /// Values of the attributes that were captured whole, padded with zeros to eight octets.
    private static func attributes(_ bytes: [UInt8]) -> [UInt16: [UInt8]] {
        var found: [UInt16: [UInt8]] = [:]
        var offset = headerCount
        while offset + 4 <= bytes.count {
            let type = UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
            let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
            guard offset + 4 + length <= bytes.count else { break }
            var value = Array(bytes[(offset + 4)..<(offset + 4 + length)])
            while value.count < 8 { value.append(0) }
            found[type] = value
            offset += 4 + (length + 3) & ~3
        }
        return found
    }

    private static func word(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[offset + $1]) }
    }
}
