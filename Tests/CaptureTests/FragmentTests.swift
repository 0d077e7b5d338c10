import Capture
import NetTypes
import Testing

@Suite struct FragmentTests {
    private let payload = (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    private func record(_ frame: [UInt8], _ link: LinkType = .raw, at nanoseconds: UInt64 = 1) -> CaptureRecord {
        CaptureRecord(nanoseconds: nanoseconds, linkType: link, frame: frame, originalCount: frame.count)
    }

    /// A packet of IPv4 in pieces of so many octets.
    private func pieces(_ size: Int, identification: UInt8 = 1) -> [[UInt8]] {
        let whole = DatagramFrame.make(
            from: TransportAddress(IPAddress(ipv4: 0x0A00_0001), 1000),
            to: TransportAddress(IPAddress(ipv4: 0x0A00_0002), 2223), payload: payload
        ).bytes
        let (header, body) = (Array(whole[..<20]), Array(whole[20...]))
        return stride(from: 0, to: body.count, by: size).map { offset in
            let piece = body[offset..<min(offset + size, body.count)]
            var own = header
            let isLast = offset + size >= body.count
            (own[2], own[3]) = (UInt8((piece.count + 20) >> 8), UInt8((piece.count + 20) & 255))
            own[5] = identification
            (own[6], own[7]) = (UInt8((offset / 8) >> 8) | (isLast ? 0 : 0x20), UInt8((offset / 8) & 255))
            return own + piece
        }
    }

    @Test(arguments: [8, 1480, 2000])
    func fragmentsBecomeADatagram(_ size: Int) throws {
        for order in [pieces(size), pieces(size).reversed()] {
            var assembler = FragmentAssembler()
            let found = order.compactMap { assembler.add(record($0)) }
            try #require(found.count == 1)
            let datagram = try #require(CapturedDatagram(found[0]))
            #expect(datagram.destination.port == 2223)
            #expect(Array(found[0].frame[datagram.payload]) == payload)
        }
    }

    @Test func packetsAreKeptApart() throws {
        var assembler = FragmentAssembler()
        let (first, second) = (pieces(1480, identification: 1), pieces(1480, identification: 2))
        let all = zip(first, second).flatMap { [$0, $1] }
        #expect(all.compactMap { assembler.add(record($0)) }.count == 2)
    }

    @Test func whatIsNoFragmentComesBack() {
        var assembler = FragmentAssembler()
        let frame = record(
            DatagramFrame.make(
                from: TransportAddress(IPAddress(ipv4: 1), 1), to: TransportAddress(IPAddress(ipv4: 2), 2), payload: [1]
            ).bytes)
        #expect(assembler.add(frame) == frame)
        #expect(assembler.add(record([])) == record([]))
    }

    @Test func whatIsNotWholeNeverComes() {
        var assembler = FragmentAssembler()
        let fragments = pieces(1480)
        #expect(assembler.add(record(fragments[0])) == nil)
        #expect(assembler.add(record(fragments[2])) == nil)
        // Cut short by the capture.
        var cut = record(Array(fragments[1].dropLast(10)))
        cut.originalCount += 10
        #expect(assembler.add(cut) == nil)
        // Overlapping ones.
        var odd = pieces(1480)
        odd[1][7] -= 1
        #expect(odd.compactMap { assembler.add(record($0)) }.isEmpty)
    }

    @Test func sixIsPutTogetherToo() throws {
        let whole = DatagramFrame.make(
            from: TransportAddress(IPAddress(ipv6High: 1, low: 1), 1000),
            to: TransportAddress(IPAddress(ipv6High: 1, low: 2), 2223), payload: payload
        ).bytes
        let (header, body) = (Array(whole[..<40]), Array(whole[40...]))
        var assembler = FragmentAssembler()
        var found: [CaptureRecord] = []
        for offset in stride(from: 0, to: body.count, by: 1232) {
            let piece = body[offset..<min(offset + 1232, body.count)]
            var own = header
            (own[4], own[5]) = (UInt8((piece.count + 8) >> 8), UInt8((piece.count + 8) & 255))
            own[6] = 44
            let field = offset | (offset + 1232 >= body.count ? 0 : 1)
            own += [17, 0, UInt8(field >> 8), UInt8(field & 255), 0, 0, 0, 9]
            if let record = assembler.add(record(own + piece)) { found.append(record) }
        }
        try #require(found.count == 1)
        let datagram = try #require(CapturedDatagram(found[0]))
        #expect(Array(found[0].frame[datagram.payload]) == payload)
    }

    /// Identifications come again after a while: fragments of half a minute ago are of another packet.
    @Test func oldFragmentsAreGivenUp() {
        let fragments = pieces(1480)
        for (later, found) in [(30_000_000_000, 1), (30_000_000_001, 0)] as [(UInt64, Int)] {
            var assembler = FragmentAssembler()
            #expect(assembler.add(record(fragments[0], at: 7)) == nil)
            let rest = fragments[1...].compactMap { assembler.add(record($0, at: 7 + later)) }
            #expect(rest.count == found)
            #expect(assembler.unused == (found == 1 ? 0 : 3))
        }
    }

    /// Fragments beyond the largest packet end the wait for it, and those that follow are of another.
    @Test func moreThanAPacketCanHoldIsGivenUp() {
        var assembler = FragmentAssembler()
        var far = pieces(1480)[1]
        (far[6], far[7]) = (0x3F, 0xFF)
        #expect(assembler.add(record(pieces(1480)[0])) == nil)
        #expect(assembler.add(record(far)) == nil)
        #expect(pieces(1480)[1...].compactMap { assembler.add(record($0)) }.isEmpty)
        #expect(assembler.unused == 4)
        #expect(assembler.add(record(pieces(1480)[0])) != nil)
        #expect(assembler.unused == 2)
    }
}
