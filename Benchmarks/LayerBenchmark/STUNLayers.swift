import NetTypes
import STUN

/// Connectivity checks: what an ICE agent does with each of them.
enum STUNLayers {
    static var all: [Layer] {
        [
            Layer(name: "STUN: write a check", allocationLimit: 0) {
                let check = Check()
                return { _ = check.write() }
            },
            Layer(name: "STUN: read and verify a check", allocationLimit: 0) {
                let check = Check()
                let bytes = UnsafeRawBufferPointer(rebasing: check.memory[..<check.write()])
                return {
                    guard let message = try? STUNMessage(bytes), message.hasValidFingerprint,
                        message.isAuthentic(check.key)
                    else { fatalError("no check") }
                }
            },
        ]
    }

    /// A check of a controlling agent (RFC 8445 §7.1.1), and the memory it is written to.
    private final class Check {
        let key: HMACSHA1
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)

        init() {
            key = Array("VOkJxbRl1RmTxUk/WvJxBt".utf8).withUnsafeBytes { HMACSHA1(key: $0) }
        }

        deinit {
            memory.deallocate()
        }

        func write() -> Int {
            var builder = STUNMessageBuilder(
                STUNMessageType(.binding, .request), STUNTransactionID(high: 0xB7E7_A701, low: 0xBC34_D686_FA87_DFAE),
                into: memory)
            builder.addUsername(receiver: "evtj".utf8, sender: "h6vY".utf8)
            builder.addPriority(0x6E00_01FF)
            builder.addICEControlling(tieBreaker: 0x932F_F9B1_5126_3B36)
            builder.addIntegrity(key)
            builder.addFingerprint()
            guard let count = builder.finish() else { fatalError("no room") }
            return count
        }
    }
}
