import TestSupport

/// A browser with a SIP stack: bundled sections, ICE, DTLS, multiplexed RTCP.
struct BrowserAgent {
    /// `a=setup` of its answers, settled by the first one.
    var answersAs = "active"
    var fragment = "Yv4b"
    var direction = "sendrecv"
    /// Candidates are in the SDP; without them the browser is still gathering.
    var hasGathered = true
    /// Directions of the sections behind the first one; `nil` for one that was removed.
    var video: [String?] = []
    var version = 2
    /// The sections behind the first one have no port of their own.
    var marksBundleOnly = false

    private static let fingerprint =
        "a=fingerprint:sha-256 "
        + (0..<32).map { "0123456789ABCDEF".map(String.init)[$0 % 16] + "C" }.joined(separator: ":")

    /// What it sends as an offer, or as an answer to `offer`, which has the same sections.
    func body(answering offer: Reply? = nil, rejecting rejected: Set<Int> = []) -> Body {
        let isOffer = offer == nil
        let names = (0...video.count).map { index in
            offer.flatMap { $0.sections[index].values(of: "mid").first } ?? String(index)
        }
        let isBundled = offer?.sessionLines.contains { $0.hasPrefix("a=group:BUNDLE") } ?? true
        let open = (0...video.count).filter { index in
            !rejected.contains(index) && (index == 0 || video[index - 1] != nil)
        }
        var body = Body(at: nil).origin("- 4611732 \(version)")
        let group = open.map { names[$0] }.joined(separator: " ")
        if isBundled { body = body.session(["a=group:BUNDLE \(group)"]) }
        body = body.session(["a=extmap-allow-mixed", "a=msid-semantic: WMS stream"])
        for index in 0...video.count {
            let isOpen = open.contains(index)
            let isFirst = index == open.first
            let direction = index == 0 ? direction : (video[index - 1] ?? "inactive")
            let type = index == 0 ? "audio" : "video"
            let formats = index == 0 ? "111 9 0 8 126" : "96 97"
            let ridesAlong = marksBundleOnly && !isFirst && isOffer
            let port = !isOpen || ridesAlong ? 0 : !hasGathered ? 9 : isBundled ? 54_100 : 54_100 + 2 * index
            let address = hasGathered ? "10.0.0.1" : "0.0.0.0"
            var lines = ["c=IN IP4 \(address)", "a=rtcp:9 IN IP4 0.0.0.0"]
            if ridesAlong, isOpen { lines.append("a=bundle-only") }
            if isOpen { lines += transportLines(isOffer: isOffer, port: isFirst || !isBundled ? port : nil) }
            lines += ["a=mid:\(names[index])", "a=\(direction)", "a=rtcp-rsize"]
            if offer?.sections[index].isMuxed ?? true { lines.append("a=rtcp-mux") }
            lines += index == 0 ? Self.audioLines : Self.videoLines
            body = body.section("\(type) \(port) UDP/TLS/RTP/SAVPF \(formats)", lines)
        }
        return body
    }

    private func transportLines(isOffer: Bool, port: Int?) -> [String] {
        let candidates = port.map {
            [
                "a=candidate:1467250027 1 udp 2122260223 10.0.0.1 \($0) typ host generation 0 network-id 1",
                "a=candidate:435653019 1 tcp 1518280447 10.0.0.1 9 typ host tcptype active generation 0 network-id 1",
            ]
        }
        return (hasGathered ? candidates ?? [] : []) + [
            "a=ice-ufrag:\(fragment)", "a=ice-pwd:\(fragment)2JQ8aZxCvBnMqWeRtYuI", "a=ice-options:trickle",
            Self.fingerprint, "a=setup:\(isOffer ? "actpass" : answersAs)",
        ]
    }

    private static let audioLines = [
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "a=fmtp:111 minptime=10;useinbandfec=1",
        "a=rtpmap:9 G722/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:126 telephone-event/8000", "a=ssrc:3735928559 cname:browser",
    ]
    private static let videoLines = [
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid", "a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 nack pli",
        "a=rtpmap:97 H264/90000", "a=fmtp:97 packetization-mode=1",
    ]
}

/// A PBX behind the relay: plain RTP, RTCP beside it.
struct PBXAgent {
    var direction = "sendrecv"
    /// Holds by the zero address of old.
    var holdsByAddress = false
    /// Directions of the sections behind the first one; `nil` for one that was removed.
    var video: [String?] = []
    var version = 1

    /// What it sends.
    func body(rejecting rejected: Set<Int> = []) -> Body {
        var body = Body(at: holdsByAddress ? "0.0.0.0" : "10.0.0.2").origin("- 98765 \(version)")
        body = body.section(
            "audio \(rejected.contains(0) ? 0 : 14_226) RTP/AVP 0 8 101",
            [
                "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000",
                "a=fmtp:101 0-16", "a=ptime:20", "a=maxptime:150", "a=\(direction)",
            ])
        for (index, direction) in video.enumerated() {
            let isOpen = direction != nil && !rejected.contains(index + 1)
            body = body.section(
                "video \(isOpen ? 14_300 + 2 * index : 0) RTP/AVP 97",
                ["a=rtpmap:97 H264/90000", "a=\(direction ?? "inactive")"])
        }
        return body
    }
}
