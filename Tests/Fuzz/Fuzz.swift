import FuzzTargets
import Glibc

/// The fuzzer: `fuzz TARGET [libFuzzer options and corpus folders]`. Built only with `MILLRACE_FUZZ=1`.
@main
enum Fuzz {
    /// Set once, before the driver starts.
    nonisolated(unsafe) static var chosen = FuzzTarget.bencode

    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count > 1, let target = FuzzTarget(rawValue: arguments[1]) else {
            print("usage: fuzz \(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) [OPTION ...]")
            exit(2)
        }
        chosen = target
        let words = [arguments[0]] + arguments.dropFirst(2)
        let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: words.count + 1)
        for (index, word) in words.enumerated() { list[index] = strdup(word) }
        list[words.count] = nil
        var count = CInt(words.count)
        var pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = list
        exit(runDriver(&count, &pointer, testOneInput))
    }
}

/// What the driver calls with each input.
private func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let violation = Fuzz.chosen.findViolation(in: bytes) { fatalError(violation) }
    return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
