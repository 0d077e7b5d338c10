/// The attributes of a section that describe its RTP formats, gathered in one pass over the lines.
public struct FormatAttributes: Sendable, Equatable {
    /// `a=rtpmap` by payload type; of several for one type the last.
    public private(set) var rtpMaps: [UInt8: RTPMap] = [:]
    /// The parameters of `a=fmtp` by payload type; of several for one type the last.
    public private(set) var parameters: [UInt8: String] = [:]
    /// The values of `a=rtcp-fb` by payload type, in order.
    public private(set) var feedback: [UInt8: [String]] = [:]
    /// The values of `a=rtcp-fb:*`, in order.
    public private(set) var commonFeedback: [String] = []

    /// Reads the lines of a section; formats that the `m=` line does not list are kept.
    public init(_ lines: some Sequence<Line>) {
        for line in lines where line.type == UInt8(ascii: "a") {
            if let text = line.attributeValue(named: "rtpmap") {
                if let map = RTPMap(text) { rtpMaps[map.payloadType] = map }
            } else if let text = line.attributeValue(named: "fmtp") {
                if let format = FormatParameters(text) { parameters[format.payloadType] = format.parameters }
            } else if let text = line.attributeValue(named: "rtcp-fb"), let feedback = RTCPFeedback(text) {
                if let payloadType = feedback.payloadType {
                    self.feedback[payloadType, default: []].append(feedback.value)
                } else {
                    commonFeedback.append(feedback.value)
                }
            }
        }
    }
}

extension MediaDescription {
    /// `rtpmap`, `fmtp` and `rtcp-fb` by payload type. Made anew at each use.
    public var formatAttributes: FormatAttributes { FormatAttributes(lines) }

    /// The formats of an RTP section as numbers, in order, duplicates kept; others are left out.
    public var payloadTypes: [UInt8] { formats.compactMap { PayloadTypeText.value($0) } }

    /// All readable `a=rtpmap` in order.
    public var rtpMaps: [RTPMap] { all(named: "rtpmap") { RTPMap($0) } }

    /// All readable `a=fmtp` in order.
    public var formatParameters: [FormatParameters] { all(named: "fmtp") { FormatParameters($0) } }

    /// All readable `a=rtcp-fb` in order.
    public var rtcpFeedback: [RTCPFeedback] { all(named: "rtcp-fb") { RTCPFeedback($0) } }
}
