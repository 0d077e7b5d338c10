/// Ports that browsers do not send to, whatever the protocol: the "bad ports" of the Fetch standard above 1023, which
/// Chromium applies to connectivity checks too. A call that got one of them would stay without media, and nothing in its
/// signalling would say why.
enum RefusedPorts {
    static let all: Set<UInt16> = [
        1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
        10080,
    ]
}
