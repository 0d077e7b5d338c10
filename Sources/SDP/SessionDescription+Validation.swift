extension SessionDescription {
    /// Checks what a relay needs beyond a readable description: `c=` for every section, rejected ones included, and
    /// payload types 0…127 in every RTP section.
    ///
    /// - Throws: ``SDPError/incomplete(section:_:)`` for the first section that lacks something.
    public func validateForRelay() throws(SDPError) {
        for (index, section) in media.enumerated() {
            guard section.connection != nil || connection != nil else {
                throw .incomplete(section: index, .connectionData)
            }
            guard section.transportKind.isRTP else { continue }
            for format in section.formats where PayloadTypeText.value(format) == nil {
                throw .incomplete(section: index, .payloadType(format))
            }
        }
    }
}
