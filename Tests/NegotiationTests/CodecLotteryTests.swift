import Bencode
import Forwarding
import TestSupport
import Testing

/// Whatever is offered, asked for and answered: no trap, and nobody is sent what it has not agreed to.
@Suite struct CodecLotteryTests {
    /// Formats that a user agent may list, with numbers that clash now and then.
    private static let pool = [
        "0", "8", "3", "9", "18", "13", "96 opus/48000/2", "111 opus/48000/2", "97 opus/48000", "98 L16/16000",
        "99 L16/11025", "96 iLBC/8000", "8 X/8000", "101 telephone-event/8000", "100 telephone-event/48000",
        "97 telephone-event/48000", "63 red/48000/2", "126 telephone-event/8000", "110", "127 PCMA/8000", "255 x/y",
    ]
    private static let specs = [
        "all", "full", "opus", "opus/48000/2/24000/40", "opus/16000/1/9", "PCMA", "PCMU", "G722", "GSM", "L16/16000",
        "telephone-event", "CN", "AMR", "", "PCMA/0", "opus/48000/99", "G729",
    ]
    private static let lists = [
        "strip", "except", "offer", "transcode", "transcode", "mask", "consume", "accept", "ignore", "set",
    ]
    private static let flags = [
        "always-transcode", "force-transcoding", "single-codec", "static-codecs", "reuse-codecs",
        "allow-no-codec-media",
    ]

    private struct Draw {
        var generator: SeededGenerator

        mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

        mutating func some(_ most: Int, of entries: [String]) -> [String] {
            (0..<number(0...most)).map { _ in entries[number(0...entries.count - 1)] }
        }

        /// Each number once.
        mutating func formats() -> [String] {
            var formats: [String: String] = [:]
            for format in some(6, of: CodecLotteryTests.pool) {
                formats[String(format.prefix { $0 != " " })] = format
            }
            return formats.isEmpty ? ["8"] : formats.values.sorted().shuffled(using: &generator)
        }

        mutating func options() -> BencodeDictionary {
            guard number(0...4) > 0 else { return [:] }
            var codec: BencodeDictionary = [:]
            for list in Set(some(3, of: CodecLotteryTests.lists)).sorted() {
                codec.append(list, .list(some(3, of: CodecLotteryTests.specs).map { .text($0) }))
            }
            var options: BencodeDictionary = ["codec": .dictionary(codec)]
            if number(0...2) == 0 {
                options.append("flags", .list(some(2, of: CodecLotteryTests.flags).map { .text($0) }))
            }
            if number(0...5) == 0 { options.append("ptime", .integer(Int64(number(-5...200)))) }
            if number(0...5) == 0 { options.append("ptime-reverse", .integer(Int64(number(-5...200)))) }
            return options
        }

        mutating func body(_ address: String, _ formats: [String]) -> Body {
            let times = [nil, 20, 30, 0, -1, 99_999_999]
            return CodecParty.body(formats, at: address, ptime: times[number(0...times.count - 1)])
        }
    }

    /// One side of the call, and what it has said and was told last.
    private struct Side {
        var tag: String
        var address: String
        var port: UInt16 = 0
        var said: [String] = []
        var told: [String] = []

        var saidNumbers: Set<UInt8> { numbers(of: said) }
        var toldNumbers: Set<UInt8> { numbers(of: told) }

        private func numbers(of formats: [String]) -> Set<UInt8> {
            Set(formats.compactMap { $0.split(separator: " ").first.flatMap { UInt8($0) } })
        }
    }

    @Test(arguments: 0..<8)
    func anything(_ seed: UInt64) {
        var draw = Draw(generator: SeededGenerator(seed: seed))
        let relay = TestRelay(seed: seed)
        var conversions = 0
        for call in 0..<150 {
            let id = "call\(call)"
            var sides = [Side(tag: "A", address: "10.0.0.1"), Side(tag: "B", address: "10.0.0.2")]
            for round in 0..<draw.number(1...4) {
                let offerer = round == 0 ? 0 : draw.number(0...1)
                let agreed = sides.map { relay.plane.plan(port: $0.port)?.conversions }
                guard exchange(&sides, offerer, isFirst: round == 0, relay, id, &draw) else {
                    // Nothing is in force that was not answered.
                    if sides.allSatisfy({ $0.port != 0 }) {
                        #expect(sides.map { relay.plane.plan(port: $0.port)?.conversions } == agreed)
                    }
                    continue
                }
                for index in 0...1 {
                    let plan = relay.plane.plan(port: sides[index].port)
                    conversions += plan?.conversions.count ?? 0
                    check(
                        plan?.conversions ?? [], from: sides[index], to: sides[1 - index], isOfferer: index == offerer)
                }
            }
            relay.delete(call: id)
        }
        #expect(conversions > 100)
        #expect(relay.plane.violations == [])
        #expect(relay.plane.openPorts == 0)
    }

    /// An offer and, now and then, its answers; `false` when it was not answered.
    private func exchange(
        _ sides: inout [Side], _ offerer: Int, isFirst: Bool, _ relay: TestRelay, _ call: String, _ draw: inout Draw
    ) -> Bool {
        let other = 1 - offerer
        let offer = draw.formats()
        let tags = isFirst ? Tags(sides[offerer].tag) : Tags(sides[offerer].tag, sides[other].tag)
        let offered = relay.offer(draw.body(sides[offerer].address, offer), tags, call: call, draw.options())
        guard offered.result == "ok" else { return false }
        checkList(offered, of: offer)
        guard draw.number(0...3) > 0, offered.section.port != 0 else { return false }
        let answer =
            draw.number(0...1) == 0
            ? draw.formats() : Array(offered.descriptions.shuffled(using: &draw.generator).prefix(2))
        var options: BencodeDictionary = [:]
        if draw.number(0...4) == 0 {
            options.append("codec", ["strip": .list(draw.some(2, of: Self.specs).map { .text($0) })])
        }
        if draw.number(0...4) == 0 { options.append("flags", ["single-codec"]) }
        let answered = relay.answer(
            draw.body(sides[other].address, answer), Tags(sides[offerer].tag, sides[other].tag), call: call, options)
        guard answered.result == "ok" else { return false }
        checkList(answered, of: offer)
        sides[offerer].said = offer
        sides[offerer].told = answered.descriptions
        sides[offerer].port = answered.section.port
        sides[other].said = answer
        sides[other].told = offered.descriptions
        sides[other].port = offered.section.port
        return true
    }

    /// A list is never empty, and no number in it stands for a second thing that it did not stand for before.
    private func checkList(_ reply: Reply, of received: [String]) {
        let formats = reply.section.formats
        #expect(!formats.isEmpty)
        let known = received.compactMap { $0.split(separator: " ").first.map(String.init) }
        let added = formats.filter { !known.contains($0) }
        #expect(Set(added).count == added.count)
    }

    private func check(_ conversions: [Conversion], from side: Side, to other: Side, isOfferer: Bool) {
        // An answerer may use its own numbers, or those it was offered.
        let possible = isOfferer ? side.toldNumbers : side.saidNumbers.union(side.toldNumbers)
        let agreed = other.saidNumbers
        for conversion in conversions {
            #expect(possible.contains(conversion.source.payloadType))
            #expect(agreed.contains(conversion.target.payloadType))
        }
        // Speech that the other side has not agreed to is converted wherever anything can be.
        let speech = conversions.filter { $0.source.encoding != .telephoneEvent }
        guard !speech.isEmpty else { return }
        let converted = Set(conversions.map(\.source.payloadType))
        for format in isOfferer ? side.told : side.said
        where format.contains("opus/48000") || format.contains("PCM") {
            let number = format.split(separator: " ").first.flatMap { UInt8($0) } ?? 0
            #expect(converted.contains(number) || other.saidNumbers.contains(number))
        }
    }
}

extension Reply {
    /// The formats with their names, as ``CodecParty`` takes them.
    fileprivate var descriptions: [String] {
        let names = section.values(of: "rtpmap")
        return section.formats.map { number in names.first { $0.hasPrefix(number + " ") } ?? number }
    }
}
