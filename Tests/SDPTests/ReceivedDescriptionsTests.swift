import Foundation
import SDP
import Testing

/// What user agents send in the recorded scenarios.
@Suite struct ReceivedDescriptionsTests {
    struct Received: Decodable, Sendable, CustomTestStringConvertible {
        enum Kind: String, Decodable { case description, fragment }

        var name: String
        var kind: Kind
        var sdp: String
        var testDescription: String { name }

        func parse() throws(SDPError) -> SessionDescription {
            switch kind {
            case .description: try SessionDescription.parse(Array(sdp.utf8))
            case .fragment: try SessionDescription.parseFragment(Array(sdp.utf8))
            }
        }

        /// With CRLF behind each line and nothing behind the last one.
        var normalized: String {
            sdp.split(whereSeparator: \.isNewline).map { $0 + "\r\n" }.joined()
        }
    }

    static let all: [Received] = {
        guard let url = Bundle.module.url(forResource: "Fixtures/received", withExtension: "json"),
            let data = try? Data(contentsOf: url), let all = try? JSONDecoder().decode([Received].self, from: data)
        else { return [] }
        return all
    }()

    @Test func fixturesAreThere() {
        #expect(ReceivedDescriptionsTests.all.count > 250)
    }

    @Test(arguments: all)
    func printsTheSameLines(_ received: Received) throws {
        #expect(text(try received.parse().serialized()) == received.normalized)
    }

    @Test(arguments: all)
    func canBeRelayed(_ received: Received) throws {
        guard received.kind == .description else { return }
        try received.parse().validateForRelay()
    }

    /// Typed attributes print what was received, where the form leaves no choice.
    @Test(arguments: all)
    func attributesPrintTheSame(_ received: Received) throws {
        for section in try received.parse().media {
            #expect(section.iceCandidates.map(\.text) == section.values(of: "candidate"))
            #expect(section.cryptoAttributes.map(\.text) == section.values(of: "crypto").filter { $0.first != "x" })
            #expect(section.extensionMaps.map(\.text) == section.values(of: "extmap"))
            #expect(section.formatParameters.map(\.text) == section.values(of: "fmtp"))
            #expect(section.rtcpFeedback.map(\.text) == section.values(of: "rtcp-fb"))
            #expect(section.rtcp?.text == section.attribute(named: "rtcp")?.value)
            #expect(
                section.rtpMaps.map(\.text)
                    == section.values(of: "rtpmap").map { $0.hasSuffix("/1") ? String($0.dropLast(2)) : $0 })
            #expect(
                section.fingerprints.map { $0.text.lowercased() }
                    == section.values(of: "fingerprint").map { $0.lowercased() })
        }
    }
}

extension MediaDescription {
    fileprivate func values(of name: String) -> [String] {
        attributes.filter { $0.name == name }.compactMap(\.value)
    }
}
