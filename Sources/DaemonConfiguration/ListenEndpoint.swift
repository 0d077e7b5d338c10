public import NetTypes

/// A place to accept control messages, from `[HOST:]PORT`.
public struct ListenEndpoint: Sendable, Equatable {
    /// As configured, for messages.
    public var text: String
    /// Every address to listen on: for a bare port both wildcards, for a host name all its addresses.
    ///
    /// With more than one, those whose family or address this machine lacks are passed over, as long as one remains.
    /// Two wildcards of one port need an IPv6 socket that takes IPv6 only.
    public var addresses: [TransportAddress]

    /// An endpoint from its parts.
    public init(text: String, addresses: [TransportAddress]) {
        self.text = text
        self.addresses = addresses
    }
}

extension ListenEndpoint {
    /// Reads `2223`, `127.0.0.1:2223`, `[::1]:2223`, `::1:2223` or `localhost:2223`; `place` names the option in errors.
    init(
        _ text: String, place: String, resolve: (String) -> [IPAddress]
    ) throws(ConfigurationError) {
        let colon = text.lastIndex(of: ":")
        let portText = colon.map { text[text.index(after: $0)...] } ?? text[...]
        guard let port = UInt16(portText), port > 0, portText.first?.isNumber == true else {
            throw .usage("\(place): \"\(text)\" is not [HOST:]PORT with a port from 1 to 65535")
        }
        guard let colon else {
            let wildcards = [IPAddress.Family.ipv4, .ipv6].map { TransportAddress(.unspecified($0), port) }
            self.init(text: text, addresses: wildcards)
            return
        }
        let host = text[..<colon]
        let addresses: [IPAddress]
        if let address = IPAddress(literal: host) {
            addresses = [address]
        } else {
            guard HostName.isValid(host) else {
                throw .usage("\(place): \"\(host)\" is neither an address nor a host name")
            }
            addresses = resolve(String(host))
        }
        guard !addresses.isEmpty else { throw .startup("\(place): cannot resolve host name \"\(host)\"") }
        self.init(text: text, addresses: addresses.map { TransportAddress($0, port) })
    }
}

extension IPAddress {
    /// An address in the form of a configuration value: as in SDP, or IPv6 in brackets.
    init?(literal text: some StringProtocol) {
        if text.first == "[", text.last == "]" {
            guard let address = IPAddress(text.dropFirst().dropLast()), address.family == .ipv6 else { return nil }
            self = address
        } else {
            guard let address = IPAddress(text) else { return nil }
            self = address
        }
    }
}

/// Names of hosts and network interfaces.
enum HostName {
    /// Whether `text` can be a host or interface name: letters, digits, and `-._@` within 253 octets.
    ///
    /// Digits and dots alone make no name: a mistyped IPv4 address must not become a question to the resolver.
    static func isValid(_ text: some StringProtocol) -> Bool {
        guard (1...253).contains(text.utf8.count), text.first != "-", text.first != "." else { return false }
        let isAllowed = text.utf8.allSatisfy { byte in
            let character = Character(UnicodeScalar(byte))
            return character.isASCII && (character.isLetter || character.isNumber || "-._@".contains(character))
        }
        return isAllowed && text.contains { $0.isLetter }
    }
}
