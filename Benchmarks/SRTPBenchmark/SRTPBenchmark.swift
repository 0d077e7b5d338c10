import CSRTP
import Glibc
import SRTP
import SRTPKeying

/// Processor time per packet of the SRTP engine and of libsrtp2, taken in turn, medians over many rounds. Fails when the
/// engine's share is above the suite's limit, or when a packet is not protected or not accepted.
@main
enum SRTPBenchmark {
    static let rounds = 41
    static let packetsPerRound = 500
    static let ssrc: UInt32 = 0xCAFE_BABE
    static let trailerRoom = 32

    static func main() throws {
        guard CSRTP_init() == srtp_err_status_ok else { return print("libsrtp2 does not start") }
        print("nanoseconds of processor time per packet: engine / libsrtp2 = ratio")
        print(row("suite", ["protect 172", "unprotect 172", "protect 1200", "unprotect 1200"]))
        var isWithinLimits = true
        var hasFailures = false
        for suite in CryptoSuite.allCases {
            let (short, long) = (try measure(suite, packetLength: 172), try measure(suite, packetLength: 1200))
            isWithinLimits = isWithinLimits && short.allSatisfy { $0.ratio <= limit(of: suite) }
            hasFailures = hasFailures || (short + long).contains { $0.ratio.isInfinite }
            print(row(suite.name, (short + long).map(\.cell)))
        }
        if !isWithinLimits {
            print("a suite is above its limit for packets of 172 octets")
        }
        if hasFailures { print("packets were not protected or not accepted") }
        if hasFailures || !isWithinLimits { exit(1) }
    }

    /// What the engine may take for a packet of 172 octets in terms of libsrtp2. Debian's has AES-CM and SHA-1 from NSS,
    /// which are slow, but a fast AES-GCM.
    static func limit(of suite: CryptoSuite) -> Double {
        switch suite {
        case .aeadAES128GCM, .aeadAES256GCM: 0.6
        case .nullTag80, .nullTag32: 0.25
        default: 0.12
        }
    }

    /// The cells of one suite and one length: protect and unprotect.
    static func measure(_ suite: CryptoSuite, packetLength: Int) throws -> [Outcome] {
        var generator = SystemRandomNumberGenerator()
        let masterKey = MasterKey(randomFor: suite, using: &generator)
        let octets = masterKey.withUnsafeBytes { Array($0) }
        let policy = SRTPPolicy(suite: suite, masterKey: masterKey)
        var sender = try SRTPSender(policy)
        var receiver = try SRTPReceiver(policy)
        let refereeSender = Referee(suite, key: octets, ssrc: ssrc)
        let refereeReceiver = Referee(suite, key: octets, ssrc: ssrc)
        let protectedLength = packetLength + sender.rtpOverhead
        var times = Times()
        var batch = PacketBatch(count: packetsPerRound, length: packetLength, room: trailerRoom, ssrc: ssrc)
        var failures = 0
        for _ in 0..<rounds {
            batch.refill()
            batch.save()
            times.refereeProtect += nanosecondsPerPacket(&failures) { refereeSender.protect(batch[$0], packetLength) }
            // Its own packets: of AES-192 libsrtp2 has keys of its own (see RefereeTests).
            times.refereeUnprotect += nanosecondsPerPacket(&failures) {
                refereeReceiver.unprotect(batch[$0], protectedLength)
            }
            batch.restore()
            times.engineProtect += nanosecondsPerPacket(&failures) {
                sender.protectRTP(batch[$0], length: packetLength) == .ok(length: protectedLength)
            }
            times.engineUnprotect += nanosecondsPerPacket(&failures) {
                receiver.unprotectRTP(UnsafeMutableRawBufferPointer(rebasing: batch[$0][..<protectedLength]))
                    == .ok(length: packetLength)
            }
        }
        guard failures == 0 else { return [Outcome(ratio: .infinity, cell: "\(failures) failures")] }
        let hasReferee = refereeSender.isAvailable
        return [
            outcome(times.engineProtect, hasReferee ? times.refereeProtect : []),
            outcome(times.engineUnprotect, hasReferee ? times.refereeUnprotect : []),
        ]
    }

    struct Times {
        var engineProtect: [Double] = []
        var engineUnprotect: [Double] = []
        var refereeProtect: [Double] = []
        var refereeUnprotect: [Double] = []
    }

    /// One measurement over the packets of a round; counts those that `body` did not succeed with.
    @inline(__always)
    static func nanosecondsPerPacket(_ failures: inout Int, _ body: (Int) -> Bool) -> [Double] {
        let start = threadTime()
        for index in 0..<packetsPerRound where !body(index) { failures += 1 }
        return [(threadTime() - start) / Double(packetsPerRound)]
    }

    static func threadTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    /// What a measurement came to, and how it is printed. The ratio is 0 where there is nothing to compare with.
    struct Outcome {
        var ratio: Double
        var cell: String
    }

    static func outcome(_ engine: [Double], _ referee: [Double]) -> Outcome {
        let ours = median(engine)
        guard !referee.isEmpty else { return Outcome(ratio: 0, cell: "\(Int(ours)) / -") }
        let theirs = median(referee)
        let ratio = Int((ours / theirs * 1000).rounded())
        let digits = String(ratio % 1000)
        let text = "\(ratio / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
        return Outcome(ratio: ours / theirs, cell: "\(Int(ours)) / \(Int(theirs)) = \(text)")
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    static func row(_ name: String, _ cells: [String]) -> String {
        cells.reduce(padded(name, 26)) { $0 + padded($1, 22) }
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
