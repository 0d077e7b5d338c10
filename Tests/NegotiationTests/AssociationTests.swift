import Bencode
import Forwarding
import TestSupport
import Testing

/// When a DTLS association goes on and when another one begins (RFC 8842 §5, ng-protocol §11 row 20).
@Suite struct AssociationTests {
    private let relay = TestRelay()
    private static let phone = Body.audio(at: "10.0.0.2", port: 5000, formats: "0")

    private struct Peer {
        var fragment = "aaaa"
        var octet = "AB"
        var setup = "actpass"
        var tlsID: String? = "first012345678901234567"
        var address = "10.0.0.1"
        var hasICE = true

        var body: Body {
            let certificate = Array(repeating: octet, count: 32).joined(separator: ":")
            let ice = ["a=ice-ufrag:\(fragment)", "a=ice-pwd:\(fragment)0123456789012345678901"]
            return Body(at: address).section(
                "audio 4000 UDP/TLS/RTP/SAVPF 0",
                ["a=rtcp-mux", "a=fingerprint:sha-256 \(certificate)", "a=setup:\(setup)"] + (hasICE ? ice : [])
                    + (tlsID.map { ["a=tls-id:\($0)"] } ?? []))
        }
    }

    private static let towardsPhone: BencodeDictionary = [
        "ICE": "remove", "SDES": "off", "transport-protocol": "RTP/AVP", "rtcp-mux": ["demux"],
    ]

    private func call(_ peer: Peer, _ tags: Tags, _ options: BencodeDictionary = [:]) -> Reply.Section {
        var all = Self.towardsPhone
        all.append(contentsOf: options)
        relay.offer(peer.body, tags, all)
        return relay.answer(Self.phone).section
    }

    private func association(_ port: UInt16) throws -> DTLSPlan {
        guard case .dtls(let plan) = relay.plane.plan(port: port)?.security else { throw NoAssociation() }
        return plan
    }

    private struct NoAssociation: Error {}

    private static let goingOn: [Peer] = [
        Peer(), Peer(fragment: "bbbb"), Peer(setup: "passive"), Peer(address: "10.0.0.7"),
    ]

    @Test(arguments: 0..<4, [true, false])
    func goesOn(_ number: Int, _ namesAssociations: Bool) throws {
        var (first, later) = (Peer(), Self.goingOn[number])
        if !namesAssociations { (first.tlsID, later.tlsID) = (nil, nil) }
        let before = call(first, Tags("A"))
        let plan = try association(before.port)
        let after = call(later, Tags("A", "B"))
        #expect(after.port == before.port)
        #expect(try association(after.port) == plan)
        #expect(after.values(of: "setup") == ["active"])
        if namesAssociations { #expect(after.values(of: "tls-id") == before.values(of: "tls-id")) }
        let restarts = later.fragment != first.fragment
        #expect((after.values(of: "ice-ufrag") != before.values(of: "ice-ufrag")) == restarts)
    }

    private static let replaced: [Peer] = [
        Peer(octet: "CD"), Peer(tlsID: "second12345678901234567"), Peer(tlsID: nil), Peer(setup: "active"),
        Peer(fragment: "bbbb", octet: "CD"),
    ]

    @Test(arguments: 0..<5)
    func isReplaced(_ number: Int) throws {
        let before = call(Peer(), Tags("A"))
        let plan = try association(before.port)
        let after = call(Self.replaced[number], Tags("A", "B"))
        #expect(after.port == before.port)
        #expect(try association(after.port).association != plan.association)
        #expect(after.values(of: "tls-id") != before.values(of: "tls-id"))
    }

    /// `DTLS=passive` in a later offer cannot turn an association round.
    @Test func roleStaysWhileItGoesOn() throws {
        let before = call(Peer(), Tags("A"))
        let plan = try association(before.port)
        let after = call(Peer(), Tags("A", "B"), ["DTLS": "passive"])
        #expect(after.values(of: "setup") == ["active"])
        #expect(try association(after.port) == plan)
    }

    /// The browser is called; later offers of either side keep what the first one settled.
    @Test(arguments: ["active", "passive"])
    func roleOfACalledParty(_ setup: String) throws {
        let toBrowser: BencodeDictionary = [
            "ICE": "force", "SDES": "off", "transport-protocol": "UDP/TLS/RTP/SAVPF", "rtcp-mux": ["require"],
        ]
        let offer = relay.offer(Self.phone, Tags("B"), toBrowser).section
        relay.answer(Peer(setup: setup).body, Tags("B", "A"))
        let plan = try association(offer.port)
        #expect(plan.role == (setup == "active" ? .server : .client))
        let again = relay.offer(Self.phone, Tags("B", "A"), toBrowser).section
        #expect(again.values(of: "setup") == ["actpass"])
        #expect(again.values(of: "tls-id") == offer.values(of: "tls-id"))
        relay.answer(Peer(setup: setup).body, Tags("B", "A"))
        #expect(try association(offer.port) == plan)
        let back = call(Peer(), Tags("A", "B"))
        #expect(back.port == offer.port)
        #expect(back.values(of: "setup") == [setup == "active" ? "passive" : "active"])
        #expect(try association(offer.port) == plan)
    }

    /// Both ends may begin until the first ClientHello is there (RFC 4145 §4.1 forbids the answer; some send it).
    @Test func actpassAnsweredWithActpass() throws {
        let offer = relay.offer(
            Self.phone, Tags("B"), ["ICE": "force", "SDES": "off", "transport-protocol": "UDP/TLS/RTP/SAVPF"]
        ).section
        relay.answer(Peer().body, Tags("B", "A"))
        let plan = try association(offer.port)
        #expect(plan.role == .undecided)
        // Whoever began: what runs goes on, and the answer names a role.
        let back = call(Peer(), Tags("A", "B"))
        #expect(back.port == offer.port)
        #expect(["active", "passive"].contains(back.values(of: "setup").joined()))
        #expect(try association(offer.port).association == plan.association)
    }

    /// Without ICE another address of one side is another port for the other side, but not for an association.
    @Test func portOfAnAssociationStays() throws {
        let toPeer: BencodeDictionary = ["SDES": "off", "transport-protocol": "UDP/TLS/RTP/SAVPF"]
        var peer = Peer(setup: "active")
        peer.hasICE = false
        let first = relay.offer(Self.phone, Tags("B"), toPeer).section
        relay.answer(peer.body, Tags("B", "A"))
        let plan = try association(first.port)
        let moved = Body.audio(at: "10.0.0.2", port: 5100, formats: "0")
        #expect(relay.offer(moved, Tags("B", "A"), toPeer).section.port == first.port)
        relay.answer(peer.body, Tags("B", "A"))
        #expect(try association(first.port) == plan)
        // Where other ports are asked for, the association there is another one, and is named so.
        var options = toPeer
        options.append("flags", ["no-port-latching"])
        let other = relay.offer(.audio(at: "10.0.0.2", port: 5200, formats: "0"), Tags("B", "A"), options).section
        #expect(other.port != first.port)
        #expect(other.values(of: "tls-id") != first.values(of: "tls-id"))
        #expect(relay.plane.plan(port: other.port)?.security == .pending)
        relay.answer(peer.body, Tags("B", "A"))
        #expect(try association(other.port).association != plan.association)
    }
}
