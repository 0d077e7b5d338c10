import MediaFormats
import Testing

@Suite struct PayloadFormatTests {
    /// RFC 3551 §6 as far as the relay names formats without `rtpmap`; scenario plain-022.
    @Test(arguments: [
        (UInt8(0), "0 PCMU/8000"), (3, "3 GSM/8000"), (4, "4 G723/8000"), (5, "5 DVI4/8000"), (8, "8 PCMA/8000"),
        (9, "9 G722/8000"), (13, "13 CN/8000"), (15, "15 G728/8000"), (18, "18 G729/8000"), (26, "26 JPEG/90000"),
        (31, "31 H261/90000"), (34, "34 H263/90000"),
    ])
    func staticAssignments(_ payloadType: UInt8, _ text: String) {
        #expect(PayloadFormat.assigned(payloadType)?.encoding == text)
        let format = PayloadFormat(payloadType: payloadType, encoding: nil, parameters: "x=1")
        #expect(format.encoding == text)
        #expect(format.writtenParameters == "x=1")
    }

    @Test func allOtherNumbersHaveNoName() {
        let assigned: Set<UInt8> = [0, 3, 4, 5, 8, 9, 13, 15, 18, 26, 31, 34]
        for payloadType in UInt8(0)...255 where !assigned.contains(payloadType) {
            #expect(PayloadFormat.assigned(payloadType) == nil)
            #expect(PayloadFormat(payloadType: payloadType, encoding: nil, parameters: nil).encoding == nil)
        }
    }

    @Test func encodings() {
        #expect(
            PayloadFormat(payloadType: 8, encoding: ("pcma", 8000, 1), parameters: nil).encoding == "8 pcma/8000")
        #expect(
            PayloadFormat(payloadType: 96, encoding: ("L16", 44100, 2), parameters: nil).encoding == "96 L16/44100/2")
        #expect(PayloadFormat(payloadType: 0, encoding: ("FOO", 1, 1), parameters: nil).encodingName == "FOO")
    }

    @Test(arguments: [
        ("101 telephone-event/8000", true), ("101 Telephone-Event/48000", true), ("13 CN/8000", true),
        ("63 RED/48000/2", true), ("8 PCMA/8000", false), ("99 redd/8000", false), ("99 telephone/8000", false),
    ])
    func supplemental(_ entry: String, _ expected: Bool) {
        #expect(formats(entry)[0].isSupplemental == expected)
    }

    @Test(arguments: [
        ("102 OPUS/48000/2", "96 opus/48000/2", true), ("96 opus/48000", "96 opus/48000/2", false),
        ("0 PCMU/8000", "0", true), ("0 PCMU/16000", "0", false), ("96", "96", true), ("96", "97", false),
        ("96", "96 opus/48000/2", false), ("96 opus/48000/2", "96", false),
    ])
    func sameCodec(_ left: String, _ right: String, _ expected: Bool) {
        #expect(formats(left)[0].isSameCodec(as: formats(right)[0]) == expected)
    }

    // MARK: Opus parameters: codec-001, codec-021, codec-023

    @Test(arguments: [
        ("useinbandfec=1;maxaveragebitrate=24000", "useinbandfec=1; maxaveragebitrate=24000"),
        (
            "useinbandfec=1; maxaveragebitrate=30000; maxplaybackrate=48000; ptime=20; minptime=10; maxptime=40",
            "useinbandfec=1; maxplaybackrate=48000; maxaveragebitrate=30000; minptime=10"
        ),
        (
            """
            cbr=1;usedtx=1;sprop-stereo=1;stereo=1;useinbandfec=1;maxaveragebitrate=20000;maxplaybackrate=16000;\
            sprop-maxcapturerate=16000;minptime=20;maxptime=60;ptime=20;foo=bar
            """,
            """
            stereo=1; sprop-stereo=1; useinbandfec=1; usedtx=1; cbr=1; maxplaybackrate=16000; \
            maxaveragebitrate=20000; sprop-maxcapturerate=16000; minptime=20
            """
        ),
        (
            "stereo=0;sprop-stereo=0;useinbandfec=0;usedtx=0;cbr=0",
            "stereo=0; sprop-stereo=0; useinbandfec=0; usedtx=0; cbr=0"
        ),
        ("garbage", nil), ("", nil), (";;=;x=;stereo=;stereo=x;stereo=-1", nil), ("STEREO = 1 ;; ", "stereo=1"),
        ("stereo=0;stereo=1", "stereo=1"), ("stéréo=1;cbr=１", nil),
    ])
    func opusParameters(_ text: String, _ expected: String?) {
        #expect(OpusParameters(text).text == expected)
        let format = PayloadFormat(payloadType: 96, encoding: ("OPUS", 48000, 2), parameters: text)
        #expect(format.writtenParameters == expected)
    }

    @Test func otherParametersStay() {
        let format = PayloadFormat(
            payloadType: 104, encoding: ("AMR", 8000, 1), parameters: "octet-align=0;mode-set=0,2")
        #expect(format.writtenParameters == "octet-align=0;mode-set=0,2")
        #expect(formats("8")[0].writtenParameters == nil)
    }
}

extension PayloadFormat {
    /// `96 L16/44100/2`, one channel not written; `nil` without encoding name.
    var encoding: String? {
        encodingName.map { "\(payloadType) \($0)/\(clockRate)" + (channels > 1 ? "/\(channels)" : "") }
    }

    /// The parameters as they are written.
    var writtenParameters: String? { parameters.flatMap(written) }
}
