import CallModel
import Forwarding
import MediaFormats
import NetTypes

extension RecordedCall {
    /// What followers are told of a call.
    init(_ record: CallRecord) {
        self.init(id: record.call.id, createdMicroseconds: record.call.createdMicroseconds)
        metadata = record.call.metadata
        let plans = InstalledPlans(record.installed)
        for (place, party) in record.call.parties.enumerated() {
            for (section, media) in party.media.enumerated() {
                for binding in media.portSets.flatMap(\.bindings) {
                    append(binding, of: media, section, party, place, plans)
                }
            }
        }
    }

    private mutating func append(
        _ binding: PortSet.Binding, of media: PartyMedia, _ section: Int, _ party: Party, _ place: Int,
        _ plans: InstalledPlans
    ) {
        for (lease, isRTCP) in [(binding.rtp, false)] + (binding.rtcp.map { [($0, true)] } ?? []) {
            var port = Port(lease: lease, party: place, section: section, mediaType: media.mediaType)
            port.tag = party.tag
            port.isRTCP = isRTCP
            port.rtcpPort = media.isMuxed ? nil : binding.rtcp?.local.port
            port.isEncrypted = plans[lease.id]?.security != nil
            port.endpoint = isRTCP ? media.rtcpEndpoint : media.endpoint
            port.formats = media.formats.compactMap { format in
                guard let name = format.encodingName else { return nil }
                let channels = format.channels > 1 ? "/\(format.channels)" : ""
                return Format(payloadType: format.payloadType, mapping: "\(name)/\(format.clockRate)\(channels)")
            }
            ports.append(port)
        }
    }
}
