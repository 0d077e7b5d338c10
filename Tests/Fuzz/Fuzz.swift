import FuzzTargets
import Glibc

/// The fuzzer: `fuzz TARGET [libFuzzer options and corpus folders]`. Built only with `MILLRACE_FUZZ=1`.
@main
enum Fuzz {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count > 1, let target = FuzzTarget(rawValue: arguments[1]) else {
            fputs("usage: fuzz \(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) [OPTION ...]\n", stderr)
            exit(2)
        }
        chosen = target
        var words: [UnsafeMutablePointer<CChar>?] = ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) } + [nil]
        var count = CInt(words.count - 1)
        let status = words.withUnsafeMutableBufferPointer { buffer in
            var list = buffer.baseAddress
            return runDriver(&count, &list) { start, count in
                let bytes = Array(UnsafeBufferPointer(start: start, count: count))
                if let violation = chosen.findViolation(in: bytes) { fatalError(violation) }
                return 0
            }
        }
        exit(status)
    }

    /// Set once, before the driver starts its only thread.
    nonisolated(unsafe) private static var chosen = FuzzTarget.bencode
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
