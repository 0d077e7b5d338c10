/// The session parameters of an SDES line (RFC 4568 §6.3).
public struct SessionParameters: Sendable, Hashable {
    /// `UNENCRYPTED_SRTP`: RTP is authenticated only.
    public var unencryptedSRTP = false
    /// `UNENCRYPTED_SRTCP`: RTCP is authenticated only.
    public var unencryptedSRTCP = false
    /// `UNAUTHENTICATED_SRTP`: RTP carries no tag. RTCP always does.
    public var unauthenticatedSRTP = false
    /// `KDR=n`, 0 to 24: keys are derived anew every 2ⁿ packets.
    public var keyDerivationRate: Int?
    /// `WSH=n`, 64 or more: the replay window that the sender of the line hints at, in packets.
    public var windowSizeHint: Int?
    /// `FEC_ORDER=…`
    public var fecOrder: FECOrder?
    /// All others as they came, and known ones with a value that the RFC does not allow. `FEC_KEY` is dropped: it
    /// holds a key, and no error correction is done below SRTP here.
    public var others: [String] = []

    /// Which comes first at the sender, forward error correction or SRTP.
    public enum FECOrder: String, Sendable, Hashable {
        case fecThenSRTP = "FEC_SRTP"
        case srtpThenFEC = "SRTP_FEC"
    }

    /// Nothing is asked for that is not done here (RFC 4568 §6.3.7): keys are derived once, no error correction stands
    /// behind SRTP, and what is not known is marked as optional by its `-`.
    public var areUnderstood: Bool {
        (keyDerivationRate ?? 0) == 0 && fecOrder != .srtpThenFEC && others.allSatisfy { $0.hasPrefix("-") }
    }

    /// No parameter.
    public init() {}

    /// Takes in one parameter.
    mutating func add(_ parameter: Substring) {
        let name = parameter.prefix { $0 != "=" }
        let value = parameter.dropFirst(name.count + 1)
        switch name.uppercased() {
        case "UNENCRYPTED_SRTP" where value.isEmpty: unencryptedSRTP = true
        case "UNENCRYPTED_SRTCP" where value.isEmpty: unencryptedSRTCP = true
        case "UNAUTHENTICATED_SRTP" where value.isEmpty: unauthenticatedSRTP = true
        case "FEC_KEY": break
        default: if !addValue(name: name.uppercased(), value: value) { others.append(String(parameter)) }
        }
    }

    private mutating func addValue(name: String, value: Substring) -> Bool {
        switch name {
        case "KDR":
            guard let rate = decimal(value, digits: 2), rate <= 24 else { return false }
            keyDerivationRate = Int(rate)
        case "WSH":
            guard let size = decimal(value, digits: 9), size >= 64 else { return false }
            windowSizeHint = Int(size)
        case "FEC_ORDER":
            guard let order = FECOrder(rawValue: value.uppercased()) else { return false }
            fecOrder = order
        default: return false
        }
        return true
    }

    /// All parameters as text, the three without a value first.
    public var texts: [String] {
        var texts: [String] = []
        if unencryptedSRTP { texts.append("UNENCRYPTED_SRTP") }
        if unencryptedSRTCP { texts.append("UNENCRYPTED_SRTCP") }
        if unauthenticatedSRTP { texts.append("UNAUTHENTICATED_SRTP") }
        if let keyDerivationRate { texts.append("KDR=\(keyDerivationRate)") }
        if let windowSizeHint { texts.append("WSH=\(windowSizeHint)") }
        if let fecOrder { texts.append("FEC_ORDER=\(fecOrder.rawValue)") }
        return texts + others
    }
}

/// A decimal number of 1 to `digits` digits.
func decimal(_ text: Substring, digits: Int) -> UInt64? {
    guard (1...digits).contains(text.utf8.count) else { return nil }
    var value: UInt64 = 0
    for digit in text.utf8 {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
        guard !overflow, !carry else { return nil }
        value = sum
    }
    return value
}
