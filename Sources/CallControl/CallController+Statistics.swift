import Bencode
import CallModel
import Forwarding
import Glibc
import NGProtocol
import NetTypes
import Quality

extension CallController {
    /// `statistics`: every section of ng-protocol §8.1 that has a meaning here. Fractions are strings, as clients
    /// expect them.
    func statisticsReply() -> NGReply {
        .ok(["statistics": .dictionary(statisticsSections())])
    }

    /// The sections by name.
    func statisticsSections() -> BencodeDictionary {
        let state = statistics.snapshot
        // Once for everything: it takes a look at every port.
        var ofPools: [PortPoolID: PoolStatistics] = [:]
        for pool in configuration.interfaces.interfaces.lazy.flatMap(\.addresses).map(\.pool)
        where ofPools[pool] == nil { ofPools[pool] = plane.statistics(of: pool) }
        let all = ofPools.values.reduce(into: PoolStatistics()) { $0 += $1 }
        return [
            "currentstatistics": .dictionary(currentStatistics(state)),
            "totalstatistics": .dictionary(totalStatistics(state)),
            "mos": .dictionary(sums([("mos", all.opinionScore)])),
            "voip_metrics": .dictionary(voiceMetrics(all)),
            "controlstatistics": .dictionary(controlStatistics(state)),
            "interfaces": .list(interfaceStatistics(ofPools)),
            "transcoders": [],
            "poller_threads": .list(pollerThreads()),
            "bufferpools": .dictionary(bufferPools()),
        ]
    }

    /// Total, total of squares, samples, average and standard deviation of each measure.
    private func sums(_ measures: [(name: String, sums: MeasureSums)]) -> BencodeDictionary {
        var result = BencodeDictionary()
        for (name, sums) in measures {
            result.append(name + "_total", .fraction(sums.total))
            result.append(name + "2_total", .fraction(sums.squares))
            result.append(name + "_samples_total", .count(sums.samples))
            result.append(name + "_average", .fraction(sums.average))
            result.append(name + "_stddev", .fraction(sums.standardDeviation))
        }
        return result
    }

    private func measures(_ statistics: PoolStatistics) -> [(name: String, sums: MeasureSums)] {
        [
            ("jitter", statistics.jitter), ("rtt_e2e", statistics.roundTrip), ("rtt_dsct", statistics.legRoundTrip),
            ("packetloss", statistics.loss), ("jitter_measured", statistics.measuredJitter),
        ]
    }

    private func voiceMetrics(_ all: PoolStatistics) -> BencodeDictionary {
        var result = sums(measures(all))
        result.append("packets_lost", .count(all.lost))
        result.append("rtp_duplicates", .count(all.duplicates))
        result.append("rtp_skips", .count(all.skips))
        result.append("rtp_seq_resets", .count(all.restarts))
        result.append("rtp_reordered", .count(all.reordered))
        return result
    }

    private func pollerThreads() -> [BencodeValue] {
        plane.threads().map { thread in
            [
                "index": .integer(Int64(thread.index)), "pid": .integer(Int64(getpid())),
                "wakeups": .count(thread.wakeUps), "items": .count(thread.datagrams),
            ]
        }
    }

    /// There are no such pools here: packets are handled where the kernel has put them.
    private func bufferPools() -> BencodeDictionary {
        let none: BencodeValue = ["num_shards": 0, "shards": []]
        return ["main": none, "shared": none, "static": none]
    }

    private func currentStatistics(_ state: ControlStatistics.State) -> BencodeDictionary {
        let sessions = BencodeValue.integer(Int64(registry.count))
        let rates = state.rates
        var streams: Int64 = 0
        var converted: Int64 = 0
        registry.lookAtAll { record in
            // By places: parties and sections are too large to be copied for a look at them.
            for party in record.call.parties.indices {
                for section in record.call.parties[party].media.indices
                where !record.call.parties[party].media[section].portSets.isEmpty { streams += 1 }
            }
            converted += Int64(record.call.convertedSections)
        }
        return [
            "sessionsown": sessions, "sessionsforeign": 0, "sessionstotal": sessions,
            "transcodedmedia": .integer(converted), "mediacache": 0, "playercache": 0,
            "packetrate_user": .count(rates.packets), "byterate_user": .count(rates.bytes),
            "errorrate_user": .count(rates.errors), "packetrate_kernel": 0,
            "byterate_kernel": 0, "errorrate_kernel": 0, "packetrate": .count(rates.packets),
            "byterate": .count(rates.bytes), "errorrate": .count(rates.errors),
            "media_userspace": .integer(streams), "media_kernel": 0, "media_mixed": 0,
        ]
    }

    private func totalStatistics(_ state: ControlStatistics.State) -> BencodeDictionary {
        func ended(_ ending: CallEnding) -> BencodeValue {
            .integer(Int64(CallEnding.allCases.firstIndex(of: ending).map { state.endings[$0] } ?? 0))
        }
        let endedCalls = state.endings.reduce(0, +)
        let totals = plane.totals()
        let average = endedCalls == 0 ? 0 : state.callSeconds / Double(endedCalls)
        let variance = endedCalls == 0 ? 0 : state.callSecondsSquared / Double(endedCalls) - average * average
        var entries: BencodeDictionary = [
            "uptime": .text(String((clock.wallMicroseconds() - statistics.startMicroseconds) / 1_000_000)),
            "managedsessions": .integer(Int64(endedCalls)), "rejectedsessions": .integer(Int64(state.rejected)),
            "timeoutsessions": ended(.timeout), "silenttimeoutsessions": ended(.silentTimeout),
            "finaltimeoutsessions": ended(.finalTimeout), "offertimeoutsessions": ended(.offerTimeout),
            "regularterminatedsessions": ended(.regular), "forcedterminatedsessions": ended(.forced),
        ]
        let relayed: [(String, UInt64)] = [
            ("relayedpackets", totals.packets), ("relayedpacketerrors", totals.errors), ("relayedbytes", totals.bytes),
        ]
        // All relaying is done in user space; the kernel's share stays zero.
        for (name, value) in relayed { entries.append(name + "_user", .count(value)) }
        for (name, _) in relayed { entries.append(name + "_kernel", 0) }
        for (name, value) in relayed { entries.append(name, .count(value)) }
        entries.append("zerowaystreams", .integer(Int64(state.summary.zeroWayStreams)))
        entries.append("onewaystreams", .integer(Int64(state.summary.oneWayStreams)))
        entries.append("avgcallduration", .fraction(average))
        entries.append("totalcallsduration", .fraction(state.callSeconds))
        entries.append("totalcallsduration2", .fraction(state.callSecondsSquared))
        entries.append("totalcallsduration_stddev", .fraction(max(variance, 0).squareRoot()))
        return entries
    }

    private func controlStatistics(_ state: ControlStatistics.State) -> BencodeDictionary {
        let commands = NGCommand.allCases.map { $0.shortName.lowercased() }
        var totals = [UInt64](repeating: 0, count: commands.count)
        var proxies: [BencodeValue] = []
        for (address, client) in state.clients.sorted(by: { $0.key.description < $1.key.description }) {
            var entry: BencodeDictionary = ["proxy": .text("\(address)")]
            for index in commands.indices {
                totals[index] &+= client.counts[index]
                entry.append(commands[index] + "count", .count(client.counts[index]))
                entry.append(commands[index] + "duration", .fraction(Double(client.nanoseconds[index]) / 1e9))
            }
            entry.append("errorcount", .count(client.errors))
            proxies.append(.dictionary(entry))
        }
        var result: BencodeDictionary = ["proxies": .list(proxies)]
        for index in commands.indices { result.append("total\(commands[index])count", .count(totals[index])) }
        return result
    }

    /// With more addresses than so many, their voice metrics would not fit into a datagram.
    private static let detailedAddressLimit = 12

    private func interfaceStatistics(_ ofPools: [PortPoolID: PoolStatistics]) -> [BencodeValue] {
        let count = configuration.interfaces.interfaces.reduce(0) { $0 + $1.addresses.count }
        let isDetailed = count <= Self.detailedAddressLimit
        return configuration.interfaces.interfaces.flatMap { interface in
            interface.addresses.map { address in
                let use = plane.portUse(of: address.pool)
                let total = Int(use.maximum) - Int(use.minimum) + 1
                let seen = ofPools[address.pool] ?? PoolStatistics()
                let percent = total > 0 ? Double(use.used) * 100 / Double(total) : 0
                return .dictionary([
                    "name": .text(interface.name), "address": .text("\(address.address)"),
                    "ports": .dictionary([
                        "min": .integer(Int64(use.minimum)), "max": .integer(Int64(use.maximum)),
                        "used": .integer(Int64(use.used)), "used_pct": .fraction(percent, digits: 2),
                        "free": .integer(Int64(total - use.used)), "totals": .integer(Int64(total)),
                    ]),
                    "packets_lost": .count(seen.lost), "duplicates": .count(seen.duplicates),
                    "voip_metrics": .dictionary(
                        isDetailed ? sums([("mos", seen.opinionScore)] + measures(seen)) : [:]),
                    "ingress": .dictionary(entry(of: seen.ingress)), "egress": .dictionary(entry(of: seen.egress)),
                ])
            }
        }
    }
}

extension CallController {
    private func entry(of traffic: PortCounters.Traffic) -> BencodeDictionary {
        ["packets": .count(traffic.packets), "bytes": .count(traffic.bytes), "errors": .count(traffic.errors)]
    }
}

extension BencodeValue {
    /// A counter as an integer item.
    static func count(_ value: UInt64) -> BencodeValue { .integer(Int64(clamping: value)) }

    /// A number with decimals as a string item.
    static func fraction(_ value: Double, digits: Int = 6) -> BencodeValue {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        guard value.isFinite, abs(value) * scale < 9e18 else { return "0" }
        let scaled = Int64((abs(value) * scale).rounded())
        let whole = scaled / Int64(scale)
        let rest = String(scaled % Int64(scale))
        let padding = String(repeating: "0", count: digits - rest.utf8.count)
        return .text((value < 0 ? "-" : "") + "\(whole).\(padding)\(rest)")
    }
}
