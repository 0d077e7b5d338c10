import Forwarding
import Foundation
import NetTypes
import Replay
import Simulation
import TestSupport
import Testing

@testable import PacketPath

/// Whole calls of 45 minutes on virtual time over a seeded network: offer and answer, checks, handshake, media, hold,
/// changes of address, source and keys, and the end.
///
/// `MILLRACE_SIMULATION_SEED` runs one seed, `MILLRACE_SIMULATION_SEEDS` so many from there on, and
/// `MILLRACE_SIMULATION_DENSE=1` sends every packet of the streams that are thinned out otherwise.
@Suite struct CallSimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seeds: [UInt64] = {
        let first = environment["MILLRACE_SIMULATION_SEED"].flatMap { UInt64($0) }
        let count = environment["MILLRACE_SIMULATION_SEEDS"].flatMap { UInt64($0) } ?? (first == nil ? 3 : 1)
        return (0..<count).map { (first ?? 1) &+ $0 }
    }()
    private static let isDense = environment["MILLRACE_SIMULATION_DENSE"] == "1"

    @Test(arguments: seeds)
    func longCall(seed: UInt64) throws {
        let call = try LongCall(seed: seed, isDense: Self.isDense)
        try call.run()
        let comment = Comment(rawValue: "MILLRACE_SIMULATION_SEED=\(seed): \(call.world.ledger.summary)")
        #expect(call.world.ledger.violations.isEmpty, comment)
        #expect(call.world.ledger.injected == 0, comment)
        print(comment)
    }
}
