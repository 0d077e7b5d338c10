internal import Forwarding

extension Conversion {
    /// Source and target are the same but for their number, so that payloads go on as they are. What `a=fmtp` says makes no
    /// difference: of that every decoder of the codec takes whatever an encoder does. A format to itself, with the same
    /// number, is made anew on purpose: for another packet time or bitrate.
    var isRenumbering: Bool {
        source.payloadType != target.payloadType && source.encoding == target.encoding
            && source.clockRate == target.clockRate && source.channels == target.channels
    }
}

extension ConversionSet {
    /// Nothing is decoded or scaled, at most numbered otherwise.
    var isRenumbering: Bool {
        conversions.allSatisfy { $0.isRenumbering || (!$0.source.isSound && $0.source == $0.target) }
    }
}
