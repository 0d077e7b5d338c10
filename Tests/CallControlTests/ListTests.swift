import Bencode
import CallControl
import TestSupport
import Testing

/// `list` (ng-protocol §4.6).
@Suite struct ListTests {
    private let relay = TestRelay()

    init() {
        for number in 0..<40 { relay.offer(.audio(), call: "call\(number)") }
    }

    @Test(
        arguments: [
            ([:], 32), (["limit": 0], 0), (["limit": 1], 1), (["limit": 39], 39), (["limit": 40], 40),
            (["limit": 1_000_000], 40), (["limit": .integer(.max)], 40), (["limit": "5"], 5), (["limit": "many"], 32),
        ] as [(BencodeDictionary, Int)])
    func limits(_ entries: BencodeDictionary, _ count: Int) {
        var request: BencodeDictionary = ["command": "list"]
        request.append(contentsOf: entries)
        let reply = Reply(relay.send(request))
        let calls = reply.value("calls")?.list?.compactMap(\.text) ?? []
        #expect(reply.result == "ok")
        #expect(calls.count == count)
        #expect(Set(calls).count == count)
        #expect(calls.allSatisfy { $0.hasPrefix("call") })
    }

    @Test(arguments: [-1, .min] as [Int64])
    func negativeLimit(_ limit: Int64) {
        let reply = Reply(relay.send(["command": "list", "limit": .integer(limit)]))
        #expect(reply.dictionary == ["result": "error", "error-reason": "invalid limit, must be >= 0"])
    }

    @Test func identifiersAreOctets() {
        relay.controller.endAllCalls()
        let identifiers: [[UInt8]] = [[], [0xFF, 0x00, 0x80], Array("grüße".utf8), [0x20]]
        for identifier in identifiers {
            let reply = relay.send([
                "command": "offer", "call-id": .string(identifier), "from-tag": "A", "sdp": .text(Body.audio().text),
            ])
            #expect(Reply(reply).result == "ok")
        }
        let listed = Reply(relay.send(["command": "list"])).value("calls")?.list?.compactMap(\.octets) ?? []
        #expect(Set(listed) == Set(identifiers))
    }
}
