import Testing

@testable import DaemonConfiguration

@Suite struct CommandLineArgumentsTests {
    @Test(
        arguments: [
            (["--port-min=20000"], "port-min", ["20000"]),
            (["--port-min", "20000"], "port-min", ["20000"]),
            (["-m", "20000"], "port-min", ["20000"]),
            (["-m20000"], "port-min", ["20000"]),
            (["--port-min=1", "-m", "2"], "port-min", ["2"]),
            (["--port-min=0x10"], "port-min", ["0x10"]),
            (["-i", "192.0.2.1", "--interface=10.0.0.1", "-iany"], "interface", ["192.0.2.1", "10.0.0.1", "any"]),
            (["--interface", "a/192.0.2.1!203.0.113.1"], "interface", ["a/192.0.2.1!203.0.113.1"]),
            (["-f"], "foreground", ["true"]),
            (["--foreground=false"], "foreground", ["false"]),
            (["-fE"], "log-stderr", ["true"]),
            (["-fEL7"], "log-level", ["7"]),
            (["-fEL", "7"], "log-level", ["7"]),
            (["--max-sessions", "-1"], "max-sessions", ["-1"]),
            (["-n", "2223", "-N", "2224", "-n", "2225"], "listen-ng", ["2223", "2225"]),
            (["--io-backend=IO_URING"], "io-backend", ["IO_URING"]),
            (["--max-load=3.5"], "max-load", ["3.5"]),
            (["--pidfile="], "pidfile", [""]),
            (["--software-id=a=b"], "software-id", ["a=b"]),
            (["-t", "-1", "--"], "table", ["-1"]),
        ] as [([String], String, [String])])
    func accepts(_ arguments: [String], _ name: String, _ values: [String]) throws {
        #expect(try CommandLineArguments(arguments).values[name] == values)
    }

    @Test(
        arguments: [
            (["--bogus"], "unknown option --bogus"),
            (["--bogus=1"], "unknown option --bogus"),
            (["--port-mi=3"], "unknown option --port-mi"),
            (["-Z"], "unknown option -Z"),
            (["-fZ"], "unknown option -Z"),
            (["--"], nil),
            (["--", "x"], "unexpected argument \"x\""),
            (["stray"], "unexpected argument \"stray\""),
            (["-"], "unexpected argument \"-\""),
            ([""], "unexpected argument \"\""),
            (["--="], "unknown option --"),
            (["--port-min"], "--port-min needs a value: an integer from 1 to 65535"),
            (["-m"], "--port-min needs a value: an integer from 1 to 65535"),
            (["--port-min="], "--port-min: \"\" is not an integer from 1 to 65535"),
            (["--port-min=abc"], "--port-min: \"abc\" is not an integer from 1 to 65535"),
            (["--port-min=0"], "--port-min: \"0\" is not an integer from 1 to 65535"),
            (["--port-min=65536"], "--port-min: \"65536\" is not an integer from 1 to 65535"),
            (
                ["--port-min=99999999999999999999"],
                "--port-min: \"99999999999999999999\" is not an integer from 1 to 65535"
            ),
            (
                ["--port-min=-0x8000000000000000"],
                "--port-min: \"-0x8000000000000000\" is not an integer from 1 to 65535"
            ),
            (["--port-min=0x-1"], "--port-min: \"0x-1\" is not an integer from 1 to 65535"),
            (["--port-min= 5"], "--port-min: \" 5\" is not an integer from 1 to 65535"),
            (["--tos=256"], "--tos: \"256\" is not an integer from 0 to 255"),
            (["--timeout=-1"], "--timeout: \"-1\" is not an integer from 0 to 3155760000"),
            (["--num-threads=0"], "--num-threads: \"0\" is not an integer from 1 to 1024"),
            (["-L9"], "--log-level: \"9\" is not an integer from 0 to 7"),
            (["--max-sessions=-2"], "--max-sessions: \"-2\" is not an integer of at least -1"),
            (["--max-cpu=101"], "--max-cpu: \"101\" is not a number from 0 to 100"),
            (["--max-load=nan"], "--max-load: \"nan\" is not a number from 0 to 100000"),
            (["--max-load=0x1p3"], "--max-load: \"0x1p3\" is not a number from 0 to 100000"),
            (["--max-load=1e999"], "--max-load: \"1e999\" is not a number from 0 to 100000"),
            (["--foreground=yes"], "--foreground: \"yes\" is not true or false"),
            (["--foreground="], "--foreground: \"\" is not true or false"),
            (["--interface="], "--interface: \"\" is not [NAME/]ADDRESS[!ADVERTISED]"),
            (
                ["--endpoint-learning=fast"],
                "--endpoint-learning: \"fast\" is not one of delayed, immediate, off, heuristic"
            ),
        ] as [([String], String?)])
    func refuses(_ arguments: [String], _ message: String?) {
        do throws(ConfigurationError) {
            _ = try CommandLineArguments(arguments)
            #expect(message == nil)
        } catch {
            #expect(error.description == message)
            #expect(error.exitStatus == 2)
        }
    }

    @Test func anyArgumentsEndInValuesOrOneLine() {
        var random = SplitMix(seed: 7)
        let pieces =
            OptionTable.all.map { "--" + $0.name } + ["-", "--", "=", "-m", "é", "\u{0}", "x", "-1", "0x", "\r\n"]
        for _ in 0..<5000 {
            let arguments = (0..<random.next(below: 4)).map { _ in
                (0..<random.next(below: 3)).map { _ in pieces[random.next(below: pieces.count)] }.joined()
            }
            do throws(ConfigurationError) {
                _ = try CommandLineArguments(arguments)
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}

/// A small random generator with a fixed sequence for each seed.
struct SplitMix {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(max(bound, 1)))
    }
}
