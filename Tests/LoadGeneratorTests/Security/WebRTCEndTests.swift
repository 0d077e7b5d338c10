import NetTypes
import Testing

@testable import LoadGenerator

/// Two ends connect with each other as with a relay.
struct WebRTCEndTests {
    private static func description(of end: WebRTCEnd, setup: String) throws -> RemoteDescription {
        let text = end.attributes.map { "a=\($0)\r\n" }.joined()
        return try #require(
            RemoteDescription(
                text.split(separator: "\r\n").map(String.init)
                    .map { $0.hasPrefix("a=setup") ? "a=setup:\(setup)" : $0 }.joined(separator: "\r\n")))
    }

    @Test func twoEndsConnect() throws {
        let identity = try DTLSIdentity(.aesCM128Tag80)
        let ends = try (0..<2).map { _ in try CallEnd(bind: IPAddress(ipv4: 0x7F00_0001)) }
        for end in ends {
            end.webRTC = WebRTCEnd(identity, descriptor: end.socket.descriptor, local: end.local)
        }
        let (first, second) = try (#require(ends[0].webRTC), #require(ends[1].webRTC))
        try first.begin(Self.description(of: second, setup: "passive"), at: ends[1].local, now: 0)
        try second.begin(Self.description(of: first, setup: "active"), at: ends[0].local, now: 0)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
        defer { buffer.deallocate() }
        var connected = [false, false]
        for turn in 0..<200_000 where connected != [true, true] {
            for (index, end) in ends.enumerated() {
                connected[index] = try end.attend(buffer, now: UInt64(turn) * 10_000)
            }
        }
        guard case .established(let sent, let received) = first.state else {
            Issue.record("\(first.state)")
            return
        }
        #expect(second.state == .established(outbound: received, inbound: sent))
        #expect(ends.allSatisfy { $0.protection != nil })
    }

    @Test func anIncompleteDescriptionIsRefused() {
        #expect(RemoteDescription("a=ice-ufrag:x\r\na=ice-pwd:y\r\na=setup:active\r\n") == nil)
        #expect(RemoteDescription("") == nil)
        let whole = RemoteDescription(
            "a=ice-ufrag:x\r\na=ice-pwd:y\r\na=setup:active\r\na=fingerprint:SHA-256 aa:bb\r\n")
        #expect(whole?.fingerprint == "sha-256 AA:BB")
        #expect(whole?.isPassive == false)
    }
}
