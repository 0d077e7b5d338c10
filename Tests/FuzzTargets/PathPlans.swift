import Forwarding
import NetTypes
import SRTPKeying

/// Plans as signalling could make them, and some that it would not.
enum PathPlans {
    private static let fingerprint = CertificateFingerprint(hash: .sha256, digest: [UInt8](repeating: 1, count: 32))

    static func plan(_ port: LocalPortID, _ ports: [LocalPortID], _ reader: inout ByteReader) -> ForwardingPlan {
        let carriages: [Carriage] = [.multiplexed, .rtp, .rtcp, .opaque]
        var plan = ForwardingPlan(port: port, carries: carriages[reader.index(below: carriages.count)])
        let shape = reader.byte()
        if shape & 1 == 0 { plan.remote = PathBench.sources[Int(shape >> 1) % PathBench.sources.count] }
        plan.learning = EndpointLearning.allCases[reader.index(below: EndpointLearning.allCases.count)]
        plan.foreignSources = ForeignSourcePolicy.allCases[Int(shape >> 3) % ForeignSourcePolicy.allCases.count]
        plan.learningEpoch = UInt32(shape >> 6)
        let sinks = reader.index(below: 4)
        plan.sinks = (0..<sinks).map { _ in
            Sink(port: ports[reader.index(below: ports.count)], traffic: .both)
        }
        plan.security = security(&reader)
        if reader.index(below: 3) == 0 { plan.ice = checks(port, ports, &reader) }
        return plan
    }

    private static func security(_ reader: inout ByteReader) -> SecurityPlan? {
        switch reader.index(below: 6) {
        case 0: return .pending
        case 1, 2:
            guard let receiving = PathPackets.attribute(reader.index(below: 3)),
                let sending = PathPackets.attribute(reader.index(below: 3))
            else { return nil }
            return .sdes(receiving: receiving, sending: sending)
        case 3, 4:
            let roles: [DTLSPlan.Role] = [.server, .client, .undecided]
            return fingerprint.map {
                .dtls(
                    DTLSPlan(
                        association: UInt64(reader.index(below: 3)), role: roles[reader.index(below: 3)],
                        fingerprint: $0))
            }
        default: return nil
        }
    }

    private static func checks(_ port: LocalPortID, _ ports: [LocalPortID], _ reader: inout ByteReader) -> ICEPlan {
        let shape = reader.byte()
        var local = [port]
        if shape & 1 == 0 { local.append(ports[reader.index(below: ports.count)]) }
        var plan = ICEPlan(
            agent: UInt64(reader.index(below: 3)), isLite: shape & 2 == 0, isControlling: shape & 4 == 0,
            candidates: local.enumerated().map { index, port in
                ICEPlan.Candidate(
                    port: port, address: TransportAddress(IPAddress(ipv4: 0xC000_020A), UInt16(30_000 + index)),
                    component: shape & 8 == 0 ? 1 : UInt8(1 + index), localPreference: .max, foundation: "a")
            },
            local: ICEPlan.Credentials(usernameFragment: PathPackets.fragment, password: PathPackets.password))
        guard shape & 16 == 0 else { return plan }
        plan.remote = ICEPlan.Credentials(usernameFragment: "them", password: "lkjihgfedcba9876543210")
        plan.remoteCandidates = PathBench.sources.prefix(reader.index(below: 5)).enumerated().map {
            "\($0) 1 udp 1000 \($1.address) \($1.port) typ host"
        }
        plan.isRemoteComplete = shape & 32 == 0
        return plan
    }
}
