import Bencode
import CallModel
import Forwarding
import MediaFormats
import NetTypes
import SDP
import SRTPKeying

/// The reply to `query` and `delete`: a call with its parties, media, streams and counters (ng-protocol §7).
struct QueryReply {
    let call: Call
    /// What the call's ports have seen.
    let readings: PortReadings
    /// The parties to show; all when `nil`.
    var shown: Set<PartyID>?
    /// Parties whose sockets are closed already.
    var closed: Set<PartyID> = []
    /// Whether the call is recorded; `nil` when it never was.
    var isRecording: Bool?
    /// Turns a monotonic time stamp into seconds since the epoch.
    let epochSeconds: (UInt64) -> Int64

    /// The entries of the reply but for `result`.
    func dictionary() -> BencodeDictionary {
        var reply: BencodeDictionary = [
            "created": .integer(call.createdMicroseconds / 1_000_000),
            "created_us": .integer(call.createdMicroseconds % 1_000_000),
            "created_ts": .integer(call.createdMicroseconds), "last signal": .integer(call.lastSignalSeconds),
            "last redis update": 0,
        ]
        if let metadata = call.metadata { reply.append("metadata", .text(metadata)) }
        reply.append("SSRC", .dictionary(sourceDictionary()))
        var tags = BencodeDictionary()
        for index in call.parties.indices where shown?.contains(call.parties[index].id) ?? true {
            tags.append(
                call.parties[index].tag ?? "<untagged \(index + 1)>", .dictionary(entry(of: call.parties[index])))
        }
        reply.append("tags", .dictionary(tags))
        reply.append("totals", .dictionary(totals()))
        if let isRecording {
            reply.append("recording", ["call recording": .integer(isRecording ? 1 : 0), "forwarding": 0])
        }
        return reply
    }

    /// Every received SSRC of the call by its decimal number.
    private func sourceDictionary() -> BencodeDictionary {
        var result = BencodeDictionary()
        var seen: Set<UInt32> = []
        for place in readings.values.indices {
            for stream in readings.values[place].ingress where seen.insert(stream.ssrc).inserted {
                var source = entry(of: stream, naming: false)
                source.append(contentsOf: quality(of: stream.ssrc))
                result.append(String(stream.ssrc), .dictionary(source))
            }
        }
        return result
    }

    /// Sums over everything received.
    private func totals() -> BencodeDictionary {
        var (rtp, rtcp) = (PortCounters.Traffic(), PortCounters.Traffic())
        for place in readings.values.indices {
            rtp += readings.values[place].rtpIn
            rtcp += readings.values[place].rtcpIn
        }
        return ["RTP": .dictionary(entry(of: rtp)), "RTCP": .dictionary(entry(of: rtcp))]
    }

    private func entry(of party: Party) -> BencodeDictionary {
        var entry: BencodeDictionary = ["tag": .text(party.tag ?? "")]
        if let branch = party.viaBranch { entry.append("via-branch", .text(branch)) }
        if !party.aliases.isEmpty { entry.append("tag-aliases", .list(party.aliases.map(BencodeValue.text))) }
        if let label = party.label { entry.append("label", .text(label)) }
        entry.append("created", .integer(party.createdSeconds))
        if let metadata = party.metadata { entry.append("metadata", .text(metadata)) }
        let peers: BencodeValue = .list(
            party.peer.flatMap(call.place).map { peer in
                [["tag": .text(call.parties[peer].tag ?? ""), "type": "offer/answer"]]
            } ?? [])
        entry.append("subscriptions", peers)
        entry.append("subscribers", peers)
        entry.append(
            "medias",
            .list(party.media.indices.map { .dictionary(self.entry(of: party.media[$0], number: $0 + 1, party)) }))
        entry.append("VSC", [])
        if isRecording != nil { entry.append("recording", ["excluded": 0, "forwarding": 0]) }
        return entry
    }

    private func entry(of media: PartyMedia, number: Int, _ party: Party) -> BencodeDictionary {
        var entry: BencodeDictionary = ["index": .integer(Int64(number)), "type": .text(media.mediaType)]
        entry.append("protocol", .text(media.transport))
        var (received, sent): ([StreamStatistics], [StreamStatistics]) = ([], [])
        for set in media.portSets {
            for port in set.portIDs {
                guard let place = readings.place(of: port) else { continue }
                received += readings.values[place].ingress
                sent += readings.values[place].egress
            }
        }
        if let codec = codecInUse(of: media, received) { entry.append("codec", .text(codec)) }
        entry.append("streams", .list(streams(of: media, isClosed: closed.contains(party.id)).map { .dictionary($0) }))
        entry.append("flags", .list(flags(of: media).map(BencodeValue.text)))
        entry.append("ingress SSRCs", .list(received.map { .dictionary(self.entry(of: $0, naming: true)) }))
        entry.append("egress SSRCs", .list(sent.map { .dictionary(self.entry(of: $0, naming: true)) }))
        return entry
    }

    /// `PCMA/8000` of what was received last.
    private func codecInUse(of media: PartyMedia, _ received: [StreamStatistics]) -> String? {
        guard let stream = received.last,
            let format = media.formats.first(where: { $0.payloadType == stream.payloadType }),
            let name = format.encodingName
        else { return nil }
        return "\(name)/\(format.clockRate)" + (format.channels > 1 ? "/\(format.channels)" : "")
    }

    private func flags(of media: PartyMedia) -> [String] {
        var flags: [String] = []
        if media.endpoint != nil { flags.append("initialized") }
        if media.isAsymmetric { flags.append("asymmetric") }
        if media.isUnidirectional { flags.append("unidirectional") }
        // Seen from the relay: it sends to who wants to receive.
        if media.receives { flags.append("send") }
        if media.sends { flags.append("recv") }
        if media.isMuxed { flags.append("rtcp-mux") }
        flags += securityFlags(of: media)
        if media.hasFeedback { flags.append("RTCP feedback") }
        if media.generatesRTCP { flags.append("RTCP generator") }
        if media.echoes { flags.append("echo") }
        return flags
    }

    private func securityFlags(of media: PartyMedia) -> [String] {
        var flags: [String] = []
        if media.dtls.isAnnounced, media.dtls.isOffered {
            flags.append("DTLS-SRTP")
            let isOpen = media.dtls.role == nil || media.dtls.isUndecided
            if media.dtls.role == .active || isOpen { flags.append("DTLS role active") }
            if media.dtls.role == .passive || isOpen { flags.append("DTLS role passive") }
        }
        if media.sdes.isInUse { flags.append("SDES") }
        if media.ice.isAnnounced, media.ice.remote != nil { flags.append("ICE") }
        if media.ice.trickles { flags.append("trickle ICE") }
        if media.wasOffered || media.ice.isRemoteLite { flags.append("ICE controlling") }
        if media.ice.isRemoteLite { flags.append("ICE-lite peer") }
        if media.ice.isLocalLite { flags.append("ICE-lite self") }
        return flags
    }
}

extension QueryReply {
    /// Always a pair, RTP and RTCP, also where both share a port.
    private func streams(of media: PartyMedia, isClosed: Bool) -> [BencodeDictionary] {
        let binding = media.ports?.bindings.first
        let isOpen = !isClosed && binding != nil
        var rtpFlags = ["RTP"]
        var rtcpFlags = ["RTCP"]
        if media.isMuxed {
            rtpFlags.append("RTCP")
            rtcpFlags.append("fallback RTCP")
        }
        return [
            stream(
                media, lease: binding?.rtp, local: isOpen ? binding?.rtp.local : nil, advertised: media.endpoint,
                flags: rtpFlags, isRTCP: false),
            stream(
                media, lease: binding?.rtcp,
                local: isOpen ? binding?.rtcp?.local ?? binding.map { TransportAddress($0.rtp.local.address, 0) } : nil,
                advertised: media.rtcpEndpoint, flags: rtcpFlags, isRTCP: true),
        ]
    }

    private func stream(
        _ media: PartyMedia, lease: PortLease?, local: TransportAddress?, advertised: TransportAddress?,
        flags: [String], isRTCP: Bool
    ) -> BencodeDictionary {
        var entry = BencodeDictionary()
        if let local {
            entry.append("local port", .integer(Int64(local.port)))
            entry.append("local address", .text("\(local.address)"))
            entry.append("family", local.address.family == .ipv4 ? "IPv4" : "IPv6")
        }
        // Everything received for the section counts, on whichever set of ports it arrived.
        var all: [Int] = []
        for set in media.portSets {
            for binding in set.bindings {
                guard let port = isRTCP ? binding.rtcp?.id : binding.rtp.id, let place = readings.place(of: port)
                else { continue }
                all.append(place)
            }
        }
        let current = lease.flatMap { readings.place(of: $0.id) }
        // What was signalled counts before the worker has heard of it.
        let learned = current.flatMap { readings.values[$0].endpoint(ofEpoch: media.learningEpoch) }
        entry.append("endpoint", .dictionary(self.entry(of: learned ?? advertised)))
        entry.append("advertised endpoint", .dictionary(self.entry(of: advertised)))
        if let suite = media.sdes.isInUse ? media.sdes.sending?.suite : nil {
            entry.append("crypto suite", .text(suite.name))
        }
        let last = all.reduce(0) { max($0, readings.values[$1].lastPacketNanoseconds) }
        // A stream that has seen nothing shows when it could have begun to.
        let lastSeconds = last == 0 ? call.createdMicroseconds / 1_000_000 : epochSeconds(last)
        entry.append("last packet", .integer(lastSeconds))
        entry.append("last kernel packet", 0)
        entry.append("last user packet", .integer(lastSeconds))
        if let speaking = all.last(where: { readings.values[$0].lastSSRC != nil }),
            let ssrc = readings.values[speaking].lastSSRC
        {
            entry.append("SSRC", .integer(Int64(ssrc)))
        }
        entry.append("flags", .list((flags + stateFlags(media, advertised, current)).map(BencodeValue.text)))
        var (received, sent) = (PortCounters.Traffic(), PortCounters.Traffic())
        for place in all {
            received += isRTCP ? readings.values[place].rtcpIn : readings.values[place].rtpIn
            sent += isRTCP ? readings.values[place].rtcpOut : readings.values[place].rtpOut
        }
        entry.append("stats", .dictionary(self.entry(of: received)))
        entry.append("stats_out", .dictionary(self.entry(of: sent)))
        return entry
    }

    private func stateFlags(
        _ media: PartyMedia, _ advertised: TransportAddress?, _ place: Int?
    ) -> [String] {
        var flags: [String] = []
        if advertised != nil { flags.append("filled") }
        if let place {
            if readings.values[place].isConfirmed, readings.values[place].learnedEpoch == media.learningEpoch {
                flags.append("confirmed")
            }
            if let protection = readings.values[place].protection, protection.keying == .dtls, protection.isKeyed {
                flags.append("DTLS fingerprint verified")
            }
        }
        if media.isStrictSource { flags.append("strict source address") }
        if media.isMediaHandover { flags.append("media handover") }
        return flags
    }

    private func entry(of address: TransportAddress?) -> BencodeDictionary {
        guard let address else { return [:] }
        return [
            "family": address.address.family == .ipv4 ? "IPv4" : "IPv6", "address": .text("\(address.address)"),
            "port": .integer(Int64(address.port)),
        ]
    }

    private func entry(of traffic: PortCounters.Traffic) -> BencodeDictionary {
        [
            "packets": .integer(Int64(clamping: traffic.packets)), "bytes": .integer(Int64(clamping: traffic.bytes)),
            "errors": .integer(Int64(clamping: traffic.errors)),
        ]
    }

    private func entry(of stream: StreamStatistics, naming: Bool) -> BencodeDictionary {
        var entry = BencodeDictionary()
        if naming { entry.append("SSRC", .integer(Int64(stream.ssrc))) }
        entry.append("bytes", .integer(Int64(clamping: stream.bytes)))
        entry.append("packets", .integer(Int64(clamping: stream.packets)))
        entry.append("last RTP timestamp", .integer(Int64(stream.lastTimestamp)))
        entry.append("last RTP seq", .integer(Int64(stream.extendedHighestSequenceNumber)))
        entry.append("cumulative loss", .integer(Int64(clamping: stream.lost)))
        return entry
    }
}

extension PortCounters {
    /// Where the media for the party goes, unless what was learned is from before `epoch`.
    fileprivate func endpoint(ofEpoch epoch: UInt32) -> TransportAddress? { learnedEpoch == epoch ? endpoint : nil }
}
