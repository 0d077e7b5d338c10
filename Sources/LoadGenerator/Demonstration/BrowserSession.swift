import NetTypes
package import SRTPKeying

/// The SDP that a WebRTC party of the demonstration offers.
struct BrowserOffer {
    var address: TransportAddress
    var usernameFragment: String
    var password: String
    var foundation: String
    var priority: UInt32
    var fingerprint: CertificateFingerprint

    /// One audio section with PCMU, as a browser writes it.
    var text: String {
        let family = address.address.family.sdpAddressType
        let lines = [
            "v=0", "o=- 1 1 IN \(family) \(address.address)", "s=-", "t=0 0",
            "m=audio \(address.port) UDP/TLS/RTP/SAVPF 0", "c=IN \(family) \(address.address)",
            "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=sendrecv", "a=rtcp-mux", "a=setup:actpass",
            "a=fingerprint:\(fingerprint)", "a=ice-ufrag:\(usernameFragment)", "a=ice-pwd:\(password)",
            "a=candidate:\(foundation) 1 udp \(priority) \(address.address) \(address.port) typ host",
            "a=end-of-candidates",
        ]
        return lines.map { $0 + "\r\n" }.joined()
    }
}

/// What a WebRTC party of the demonstration needs of the relay's answer.
package struct BrowserAnswer: Equatable {
    /// `a=ice-ufrag`
    package var usernameFragment = ""
    /// `a=ice-pwd`
    package var password = ""
    /// What stands behind `a=candidate:`, in words.
    package var candidates: [[String]] = []
    /// `a=fingerprint`
    package var fingerprint: CertificateFingerprint?
    /// `a=setup:active`
    package var isActive = false

    /// Reads an answer with one section.
    package init(_ text: String) {
        for line in text.utf8.split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }).map(Substring.init) {
            func value(_ name: String) -> Substring? {
                line.hasPrefix("a=\(name):") ? line.dropFirst(name.utf8.count + 3) : nil
            }
            if let value = value("ice-ufrag") { usernameFragment = String(value) }
            if let value = value("ice-pwd") { password = String(value) }
            if let value = value("candidate") { candidates.append(value.split(separator: " ").map(String.init)) }
            if let value = value("setup") { isActive = value == "active" }
            if let value = value("fingerprint") {
                let words = value.split(separator: " ")
                let octets = words.last?.split(separator: ":").compactMap { UInt8($0, radix: 16) } ?? []
                fingerprint = CertificateFingerprint(hashFunction: words.first ?? "", digest: octets)
            }
        }
    }
}
