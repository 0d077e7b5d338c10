import ICE
import NetTypes
import Testing

@Suite struct CandidateTests {
    /// The values of the recorded SDPs.
    @Test(
        arguments: [
            (ICECandidateType.host, 65535, ICEComponent.rtp, 2_130_706_431),
            (.host, 65535, .rtcp, 2_130_706_430),
            (.host, 65534, .rtp, 2_130_706_175),
            (.host, 65534, .rtcp, 2_130_706_174),
            (.peerReflexive, 65535, .rtp, 1_862_270_975),
            (.serverReflexive, 65535, .rtp, 1_694_498_815),
            (.relayed, 65535, .rtcp, 16_777_214),
        ] as [(ICECandidateType, UInt16, ICEComponent, UInt32)])
    func priorities(
        _ type: ICECandidateType, _ localPreference: UInt16, _ component: ICEComponent, _ expected: UInt32
    ) {
        #expect(ICEPriority.candidate(type, localPreference: localPreference, component: component) == expected)
    }

    /// RFC 8445 §6.1.2.3
    @Test(
        arguments: [
            (2_130_706_431, 1_694_498_815, 7_277_816_997_797_167_103),
            (1_694_498_815, 2_130_706_431, 7_277_816_997_797_167_102),
            (1, 1, 4_294_967_298),
            (0, 0, 0),
            (UInt32.max, UInt32.max, 4_294_967_294),
        ] as [(UInt32, UInt32, UInt64)])
    func pairPriorities(_ controlling: UInt32, _ controlled: UInt32, _ expected: UInt64) {
        #expect(ICEPriority.pair(controlling: controlling, controlled: controlled) == expected)
    }

    struct Line: Sendable, CustomTestStringConvertible {
        var component: UInt16 = 1
        var transport = "UDP"
        var host = "203.0.113.9"
        var port: UInt16 = 2222
        var type = "srflx"

        var candidate: ICERemoteCandidate? {
            ICERemoteCandidate(
                foundation: "2", component: component, transport: transport, priority: 7, host: host, port: port,
                type: type)
        }

        var testDescription: String { "\(component) \(transport) \(host) \(port) \(type)" }
    }

    @Test(arguments: [
        Line(), Line(component: 2), Line(transport: "udp"), Line(host: "2001:db8::1"), Line(type: "relay"),
        Line(host: "127.0.0.1"), Line(port: 1), Line(type: "prflx"), Line(type: "host"),
    ])
    func usable(_ line: Line) throws {
        let candidate = try #require(line.candidate)
        #expect(candidate.address.description.contains(line.host))
        #expect(candidate.component.rawValue == UInt8(line.component))
        #expect(candidate.priority == 7)
    }

    /// Skipped, and the rest of the candidates goes on.
    @Test(arguments: [
        Line(component: 0), Line(component: 3), Line(component: 257), Line(transport: "TCP"), Line(transport: ""),
        Line(host: "a8b1c2d3-0000-4000-8000-1234567890ab.local"), Line(host: "phone.example.org"), Line(host: ""),
        Line(host: "0.0.0.0"), Line(host: "::"), Line(host: "224.0.0.1"), Line(host: "255.255.255.255"),
        Line(host: "ff02::1"), Line(host: "fe80::1"), Line(host: "::ffff:192.0.2.1"), Line(port: 0),
        Line(type: "token"),
        Line(type: ""),
    ])
    func skipped(_ line: Line) {
        #expect(line.candidate == nil)
    }

    @Test func longFoundationsAreSkipped() {
        func candidate(_ length: Int) -> ICERemoteCandidate? {
            ICERemoteCandidate(
                foundation: String(repeating: "x", count: length), component: .rtp, priority: 1,
                address: TransportAddress(IPAddress(ipv4: 0xC000_0201), 1), type: .host)
        }
        #expect(candidate(32) != nil)
        #expect(candidate(33) == nil)
    }

    @Test func foundationsAreStableAndTellAddressesApart() throws {
        var generator = SeededGenerator(1)
        let foundation = ICEFoundation(using: &generator)
        let copy = foundation
        let v4 = IPAddress(ipv4: 0xC000_0201)
        let all = [
            foundation.text(of: v4, localPreference: 65535), foundation.text(of: v4, localPreference: 65534),
            foundation.text(of: IPAddress(ipv4: 0xC000_0202), localPreference: 65535),
            foundation.text(of: IPAddress(ipv6High: 0, low: 0xC000_0201), localPreference: 65535),
            ICEFoundation(using: &generator).text(of: v4, localPreference: 65535),
        ]
        #expect(Set(all).count == all.count)
        #expect(copy.text(of: v4, localPreference: 65535) == all[0])
        for text in all {
            #expect(text.utf8.count == 16)
            #expect(text.allSatisfy(isICECharacter))
        }
    }
}

/// `ice-char` (RFC 8839 §5.1)
func isICECharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || character == "+" || character == "/")
}
