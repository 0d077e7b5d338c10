/// Calls and what they carried.
extension MetricCatalogue {
    private static let current = "currentstatistics"
    private static let total = "totalstatistics"

    static let sessions: [MetricDeclaration] = [
        .init(
            "rtpengine_sessions", .gauge, labels: ["type"], "Calls at present",
            .values([
                .init(current, "sessionsown", labels: ["own"]), .init(current, "sessionsforeign", labels: ["foreign"]),
            ])),
        .init(
            "rtpengine_transcoded_media", .gauge, "Media sections that are transcoded",
            .values([.init(current, "transcodedmedia")])),
        .init(
            "rtpengine_media_cache", .gauge, "Media files in the cache", .values([.init(current, "mediacache")])),
        .init(
            "rtpengine_player_cache", .gauge, "Encoded media in the player's cache",
            .values([.init(current, "playercache")])),
        .init(
            "rtpengine_mediastreams", .gauge, labels: ["type"],
            "Media sections with ports, by where they are forwarded",
            .values([
                .init(current, "media_userspace", labels: ["userspace"]),
                .init(current, "media_kernel", labels: ["kernel"]),
                .init(current, "media_mixed", labels: ["mixed"]),
            ])),
        .init(
            "rtpengine_uptime_seconds", .gauge, in: .seconds, "Time since the start", .values([.init(total, "uptime")])),
        .init(
            "rtpengine_call_duration_avg", .gauge, in: .seconds, "Mean duration of the calls that ended",
            .values([.init(total, "avgcallduration")])),
        .init(
            "rtpengine_sessions_total", .counter, "Calls that ended", .values([.init(total, "managedsessions")])),
        .init(
            "rtpengine_closed_sessions_total", .counter, labels: ["reason"],
            "Calls that ended or were refused, by reason",
            .values([
                .init(total, "rejectedsessions", labels: ["rejected"]),
                .init(total, "timeoutsessions", labels: ["timeout"]),
                .init(total, "silenttimeoutsessions", labels: ["silent_timeout"]),
                .init(total, "finaltimeoutsessions", labels: ["final_timeout"]),
                .init(total, "offertimeoutsessions", labels: ["offer_timeout"]),
                .init(total, "regularterminatedsessions", labels: ["terminated"]),
                .init(total, "forcedterminatedsessions", labels: ["force_terminated"]),
            ])),
        .init(
            "rtpengine_zero_packet_streams_total", .counter,
            "Answered sections of ended calls that received nothing in either direction",
            .values([.init(total, "zerowaystreams")])),
        .init(
            "rtpengine_one_way_sessions_total", .counter,
            "Answered sections of ended calls that received in one direction only",
            .values([.init(total, "onewaystreams")])),
        .init(
            "rtpengine_call_duration_total", .counter, in: .seconds, "Duration of all ended calls",
            .values([.init(total, "totalcallsduration")])),
        .init(
            "rtpengine_call_duration2_total", .counter, in: .squareSeconds,
            "Squares of the durations of all ended calls",
            .values([.init(total, "totalcallsduration2")])),
    ]

    static let traffic: [MetricDeclaration] = [
        relayed("rtpengine_packets_total", .packets, "relayedpackets", "Packets received for relaying"),
        relayed("rtpengine_packet_errors_total", .packets, "relayedpacketerrors", "Packets received and dropped"),
        relayed("rtpengine_bytes_total", .bytes, "relayedbytes", "Octets of UDP payload received for relaying"),
        rate("millrace_packet_rate", .packets, "packetrate", "Packets a second, over the last second"),
        rate("millrace_byte_rate", .bytes, "byterate", "Octets a second, over the last second"),
        rate("millrace_error_rate", .packets, "errorrate", "Dropped packets a second, over the last second"),
        .init(
            "millrace_dropped_packets_total", .counter, in: .packets, labels: ["reason"],
            "Packets received and dropped, by reason", .entries(path: ["drops"])),
    ]

    private static func relayed(
        _ name: String, _ unit: MetricUnit, _ key: String, _ help: String
    ) -> MetricDeclaration {
        .init(
            name, .counter, in: unit, labels: ["type"], help,
            .values([
                .init(total, key + "_user", labels: ["userspace"]), .init(total, key + "_kernel", labels: ["kernel"]),
            ]))
    }

    private static func rate(_ name: String, _ unit: MetricUnit, _ key: String, _ help: String) -> MetricDeclaration {
        .init(name, .gauge, in: unit, help, .values([.init(current, key)]))
    }
}
