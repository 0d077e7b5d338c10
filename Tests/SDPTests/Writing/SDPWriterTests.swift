import NetTypes
import SDP
import Testing
import Wire

@Suite struct SDPWriterTests {
    @Test func lines() {
        var writer = SDPWriter()
        writer.append(UInt8(ascii: "v"), "0")
        writer.append(Line(UInt8(ascii: "s"), "-"))
        writer.append([Line(UInt8(ascii: "t"), "0 0")])
        writer.appendMediaLine("audio", port: 4000, portCount: 2, transport: "RTP/AVP", formats: ["0", "8"])
        writer.appendMediaLine("image", port: 0, transport: "udptl", formats: [])
        writer.appendAttribute("sendrecv")
        writer.appendAttribute("rtcp", 4001)
        writer.appendAttribute("mid", "a")
        writer.append(Attribute("ptime:20"))
        writer.begin(UInt8(ascii: "c"))
        writer.append("IN IP4 ")
        writer.append("10.1.1.1")
        writer.end()
        #expect(
            text(writer.bytes) == """
                v=0\r\ns=-\r\nt=0 0\r\nm=audio 4000/2 RTP/AVP 0 8\r\nm=image 0 udptl\r\na=sendrecv\r\na=rtcp:4001\r\n\
                a=mid:a\r\na=ptime:20\r\nc=IN IP4 10.1.1.1\r\n
                """)
    }

    @Test func structuredLines() throws {
        var writer = SDPWriter(reservingCapacity: 0)
        writer.append(Origin(username: "a b", sessionID: "1", version: "2", location: "IN IP4 host"))
        writer.append(ConnectionData(address: try #require(IPAddress("10.1.1.1"))))
        writer.append(ConnectionData(address: try #require(IPAddress("2001:db8::1"))))
        writer.beginMediaLine("audio", port: 65_535, transport: "RTP/AVP")
        writer.appendSpace()
        writer.append(UInt8(0))
        writer.end()
        writer.beginAttribute("x")
        writer.append(-7)
        writer.end()
        var whole = SDPWriter()
        whole.append(writer)
        #expect(
            text(whole.bytes) == """
                o=a b 1 2 IN IP4 host\r\nc=IN IP4 10.1.1.1\r\nc=IN IP6 2001:db8::1\r\nm=audio 65535 RTP/AVP 0\r\n\
                a=x:-7\r\n
                """)
    }

    @Test(arguments: ["x\r\na=evil", "x\ra=evil", "x\na=evil", "x\u{0}a=evil", "xa=evil\r\n"])
    func noValueStartsALineOfItsOwn(_ value: String) {
        var writer = SDPWriter()
        writer.appendAttribute("note", value)
        #expect(text(writer.bytes) == "a=note:xa=evil\r\n")
    }

    @Test func octetsAboveASCII() {
        var writer = SDPWriter(reservingCapacity: 0)
        writer.append(UInt8(ascii: "s"), String(octets: [0x80, 0xFF, 0x0D, 0xC3]))
        #expect(writer.bytes == [UInt8(ascii: "s"), UInt8(ascii: "="), 0x80, 0xFF, 0xC3, 0x0D, 0x0A])
    }

    @Test func sections() throws {
        let lines = ["v=0", "s=-", "m=audio 4000 RTP/AVP 0", "c=IN IP4 10.1.1.1", "m=video 0 RTP/AVP 31"]
        var parsed = try description(lines)
        #expect(parsed.serialized() == bytes(lines))
        parsed.media[1].port = 9
        parsed.media[1].lines.append(Line(UInt8(ascii: "a"), "inactive"))
        #expect(
            parsed.serialized() == bytes(Array(lines.dropLast()) + ["m=video 9 RTP/AVP 31", "a=inactive"]))
    }
}
