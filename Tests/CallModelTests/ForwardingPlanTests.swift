import CallModel
import Forwarding
import MediaFormats
import NetTypes
import SDP
import Testing

/// What plans follow from a model.
@Suite struct ForwardingPlanTests {
    /// A call of A and B with one section each, and the names of their ports.
    private struct Model {
        var call: Call
        let a: PartyID
        let b: PartyID

        init(transport: String = "RTP/AVP", pairs: (a: Bool, b: Bool) = (true, true)) {
            call = Call(
                id: "call", createdMicroseconds: 0, client: TransportAddress(.unspecified(.ipv4), 0), worker: 3,
                tos: 184)
            a = call.addParty(tag: "A", createdSeconds: 0)
            b = call.addParty(tag: "B", createdSeconds: 0)
            call.associate(a, b)
            add(to: a, slot: 10, transport, isPair: pairs.a, endpoint: 4000)
            add(to: b, slot: 20, transport, isPair: pairs.b, endpoint: 5000)
        }

        private mutating func add(to id: PartyID, slot: UInt32, _ transport: String, isPair: Bool, endpoint: UInt16) {
            var media = PartyMedia(mediaType: "audio", transport: transport)
            media.endpoint = TransportAddress(IPAddress(ipv4: 0x0A00_0001), endpoint)
            media.rtcpEndpoint = TransportAddress(IPAddress(ipv4: 0x0A00_0001), endpoint + 1)
            media.isMuxed = !isPair
            media.portSets = [PortSet(peerEndpoint: nil, bindings: [Model.binding(slot, isPair: isPair)])]
            call.update(id) { $0.media.append(media) }
        }

        static func binding(_ slot: UInt32, isPair: Bool) -> PortSet.Binding {
            let address = IPAddress(ipv4: 0xC000_020A)
            func lease(_ slot: UInt32) -> PortLease {
                PortLease(id: port(slot), local: TransportAddress(address, UInt16(30_000 + slot)))
            }
            return PortSet.Binding(
                address: LocalAddress(address: address, advertised: address, pool: PortPoolID(0)), rtp: lease(slot),
                rtcp: isPair ? lease(slot + 1) : nil)
        }

        static func port(_ slot: UInt32) -> LocalPortID { LocalPortID(worker: 3, slot: slot, generation: 0) }

        mutating func change(_ id: PartyID, _ change: (inout PartyMedia) -> Void) {
            call.update(id) { change(&$0.media[0]) }
        }

        /// The plans by slot.
        var plans: [UInt32: ForwardingPlan] {
            let all = call.forwardingPlans(Call.PlanDefaults(learning: .delayed, foreignSources: .accept))
            return Dictionary(all.map { ($0.port.slot, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    private func sink(_ slot: UInt32, _ traffic: Sink.Traffic) -> Sink {
        Sink(port: Model.port(slot), traffic: traffic)
    }

    @Test func pairsOnBothSides() {
        let plans = Model().plans
        #expect(Set(plans.keys) == [10, 11, 20, 21])
        #expect([10, 11, 20, 21].map { plans[$0]?.carries } == [.rtp, .rtcp, .rtp, .rtcp])
        #expect(plans[10]?.sinks == [sink(20, .rtp), sink(21, .rtcp)])
        #expect(plans[11]?.sinks == [sink(20, .rtp), sink(21, .rtcp)])
        #expect(plans[20]?.sinks == [sink(10, .rtp), sink(11, .rtcp)])
        #expect([10, 11, 20, 21].map { plans[$0]?.remote?.port } == [4000, 4001, 5000, 5001])
        #expect(plans.values.allSatisfy { $0.learning == .delayed && $0.foreignSources == .accept && $0.tos == 184 })
    }

    @Test func onePortOnOneSide() {
        let plans = Model(pairs: (false, true)).plans
        #expect(Set(plans.keys) == [10, 20, 21])
        #expect(plans[10]?.carries == .multiplexed)
        #expect(plans[10]?.sinks == [sink(20, .rtp), sink(21, .rtcp)])
        #expect(plans[20]?.sinks == [sink(10, .both)])
        #expect(plans[21]?.sinks == [sink(10, .both)])
    }

    /// The second port is still open, but RTCP goes the agreed way.
    @Test func multiplexedPairSendsFromOnePort() {
        var model = Model()
        model.change(model.a) { $0.isMuxed = true }
        #expect(model.plans[20]?.sinks == [sink(10, .both)])
        #expect(model.plans[11]?.sinks == [sink(20, .rtp), sink(21, .rtcp)])
    }

    @Test func opaquePorts() {
        let plans = Model(transport: "udptl").plans
        #expect(plans.values.allSatisfy { $0.carries == .opaque })
        #expect(plans[10]?.sinks == [sink(20, .both)])
        #expect(plans[11]?.sinks == [sink(21, .both)])
    }

    @Test func heldPartyIsSentNothing() {
        var model = Model()
        model.change(model.a) { $0.isHeld = true }
        #expect(model.plans[10]?.remote == nil && model.plans[11]?.remote == nil)
        #expect(model.plans[10]?.sinks.count == 2)
        #expect(model.plans[20]?.remote?.port == 5000)
    }

    /// They stand with who has answered, are about RTP, and hold between the two that agreed on them.
    @Test func conversions() {
        let opus = CodedFormat(payloadType: 96, encoding: .opus, clockRate: 48_000, channels: 2)
        let pcma = CodedFormat(payloadType: 8, encoding: .pcma, clockRate: 8000)
        let events = CodedFormat(payloadType: 101, encoding: .telephoneEvent, clockRate: 8000)
        let otherEvents = CodedFormat(payloadType: 97, encoding: .telephoneEvent, clockRate: 48_000)
        let sent = [Conversion(source: opus, target: pcma)]
        let received = [Conversion(source: pcma, target: opus), Conversion(source: events, target: otherEvents)]
        var model = Model()
        let a = model.a
        model.change(a) {
            $0.formats = ["PCMA", "telephone-event"].enumerated().map { index, name in
                PayloadFormat(payloadType: [8, 101][index], encodingName: name, clockRate: 8000)
            }
        }
        model.change(model.b) {
            $0.formats = [
                PayloadFormat(payloadType: 96, encodingName: "opus", clockRate: 48_000, channels: 2),
                PayloadFormat(payloadType: 97, encodingName: nil, clockRate: 0),
            ]
        }
        model.change(model.b) {
            $0.transcodings = [AgreedConversions(peer: a, sent: sent, received: received)].compactMap(\.self)
        }
        #expect(model.plans[20]?.conversions == sent && model.plans[10]?.conversions == received)
        #expect(model.plans[21]?.conversions == [] && model.plans[11]?.conversions == [])
        #expect(model.plans[20]?.clockRates == [96: 48_000, 101: 8000])
        #expect(model.plans[10]?.clockRates == [8: 8000, 101: 8000])
        #expect(model.plans[10]?.eventPayloadTypes == [101])
        // The number means something else by now.
        var changed = model
        changed.change(a) {
            $0.formats = [PayloadFormat(payloadType: 101, encodingName: "X", clockRate: 8000)]
        }
        #expect(changed.plans[10]?.conversions == [received[0]])
        // The other side has it no longer, or as something else.
        #expect(changed.plans[20]?.conversions == [])
        changed.change(a) { $0.formats = [PayloadFormat(payloadType: 8, encodingName: "L16", clockRate: 8000)] }
        #expect(changed.plans[20]?.conversions == [])
        changed = model
        changed.change(a) { $0.isRejected = true }
        #expect(changed.plans.values.allSatisfy { $0.conversions.isEmpty })
        changed = model
        changed.change(model.b) {
            $0.transcodings = [AgreedConversions(peer: PartyID(7), sent: sent, received: received)].compactMap(\.self)
        }
        #expect(changed.plans.values.allSatisfy { $0.conversions.isEmpty })
        #expect(AgreedConversions(peer: a, sent: []) == nil)
        // Where packets go through as they are, so does their format.
        var opaque = Model(transport: "udptl")
        opaque.change(opaque.b) {
            $0.transcodings = [AgreedConversions(peer: a, sent: sent, received: received)].compactMap(\.self)
        }
        #expect(opaque.plans.values.allSatisfy { $0.conversions.isEmpty })
    }

    @Test func rejectedSectionLeadsNowhere() {
        for isRejectedByA in [true, false] {
            var model = Model()
            model.change(isRejectedByA ? model.a : model.b) { $0.isRejected = true }
            #expect(model.plans.values.allSatisfy { $0.sinks.isEmpty })
            #expect(model.plans.count == 4)
        }
    }

    @Test func unknownEndpoints() {
        var model = Model()
        model.change(model.a) {
            $0.endpoint = nil
            $0.rtcpEndpoint = TransportAddress(IPAddress(ipv4: 1), 0)
        }
        model.change(model.b) { $0.endpoint = TransportAddress(IPAddress(ipv6High: 1, low: 1), 5000) }
        #expect([10, 11, 20].allSatisfy { model.plans[$0]?.remote == nil })
        #expect(model.plans[21]?.remote?.port == 5001)
    }

    @Test func earlierPortsReceiveAndDoNotSend() {
        var model = Model()
        model.change(model.b) { media in
            media.portSets.append(PortSet(peerEndpoint: nil, bindings: [Model.binding(30, isPair: true)]))
        }
        #expect(Set(model.plans.keys) == [10, 11, 20, 21, 30, 31])
        #expect(model.plans[10]?.sinks == [sink(30, .rtp), sink(31, .rtcp)])
        #expect(model.plans[20]?.sinks == [sink(10, .rtp), sink(11, .rtcp)])
        #expect(model.plans[30]?.sinks == [sink(10, .rtp), sink(11, .rtcp)])
    }

    @Test func partyWithoutAPeerReceivesForNobody() {
        var model = Model()
        let other = model.call.addParty(tag: "C", createdSeconds: 0)
        model.call.associate(model.a, other)
        // C has no ports yet.
        #expect(model.plans.values.allSatisfy { $0.sinks.isEmpty })
    }

    @Test(arguments: [
        (false, false, ForeignSourcePolicy.accept), (true, false, .drop), (false, true, .follow), (true, true, .follow),
    ])
    func foreignSources(_ isStrict: Bool, _ isHandover: Bool, _ policy: ForeignSourcePolicy) {
        var model = Model()
        model.change(model.a) {
            $0.isStrictSource = isStrict
            $0.isMediaHandover = isHandover
        }
        #expect(model.plans[10]?.foreignSources == policy)
        #expect(model.plans[20]?.foreignSources == .accept)
    }

    @Test func asymmetricPartyIsNotLearned() {
        var model = Model()
        model.change(model.a) {
            $0.isAsymmetric = true
            $0.learning = .immediate
        }
        model.change(model.b) { $0.learning = .immediate }
        #expect(model.plans[10]?.learning == .off)
        #expect(model.plans[20]?.learning == .immediate)
    }
}

/// Directions with the old way of holding taken in (RFC 3264 §8.4).
@Suite struct PartyMediaTests {
    @Test(arguments: [
        (Direction.sendrecv, false, Direction.sendrecv), (.sendonly, false, .sendonly), (.recvonly, false, .recvonly),
        (.inactive, false, .inactive), (.sendrecv, true, .sendonly), (.sendonly, true, .sendonly),
        (.recvonly, true, .inactive), (.inactive, true, .inactive),
    ])
    func effectiveDirection(_ direction: Direction, _ isHeld: Bool, _ effective: Direction) {
        var media = PartyMedia(mediaType: "audio", transport: "RTP/AVP")
        media.direction = direction
        media.isHeld = isHeld
        #expect(media.effectiveDirection == effective)
        #expect(media.sends == (effective == .sendrecv || effective == .sendonly))
        #expect(media.receives == (effective == .sendrecv || effective == .recvonly))
    }
}
