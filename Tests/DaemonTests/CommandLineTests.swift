import Glibc
import Testing

/// What the program says and how it ends when it does not become a daemon.
@Suite struct CommandLineTests {
    @Test(
        arguments: [
            (["--bogus"], "unknown option --bogus"),
            (["--port-min=abc"], "--port-min: \"abc\" is not an integer from 1 to 65535"),
            (["-L9"], "--log-level: \"9\" is not an integer from 0 to 7"),
            (["--config-file=none"], "nothing to listen on: give --listen-ng or --listen-tcp-ng"),
            (["--config-file=none", "-n2223"], "no local address for media: give --interface"),
            (
                ["--config-file=none", "-n127.0.0.1:0", "-i127.0.0.1"],
                "--listen-ng: \"127.0.0.1:0\" is not [HOST:]PORT with a port from 1 to 65535"
            ),
            (["stray"], "unexpected argument \"stray\""),
        ])
    func mistakesEndWithOneLineAndStatus2(_ arguments: [String], _ line: String) throws {
        let program = try RelayProgram(arguments)
        #expect(try program.exitStatus() == 2)
        #expect(program.errors == "millrace: \(line)\n")
        #expect(program.output.isEmpty)
    }

    @Test(
        arguments: [
            (["--config-file=/nowhere/x.conf"], "there is no configuration file /nowhere/x.conf"),
            (["--config-file=/"], "cannot read configuration file /: Is a directory"),
            (
                ["--config-file=none", "-i127.0.0.1", "-n192.0.2.254:2223", "-fE", "-L3"],
                "cannot listen on 192.0.2.254:2223 (ng over UDP): Cannot assign requested address"
            ),
            (
                ["--config-file=none", "-i127.0.0.1", "-N192.0.2.254:2223", "-fE", "-L3"],
                "cannot listen on 192.0.2.254:2223 (ng over TCP): Cannot assign requested address"
            ),
            (
                ["--config-file=none", "-i127.0.0.1", "-n192.0.2.254:2223", "-EL3"],
                "cannot listen on 192.0.2.254:2223 (ng over UDP): Cannot assign requested address"
            ),
            (
                ["--config-file=none", "-i127.0.0.1", "-n192.0.2.254:2223", "-EL3", "--pidfile=/nowhere/pid"],
                "cannot listen on 192.0.2.254:2223 (ng over UDP): Cannot assign requested address"
            ),
        ])
    func failuresToStartEndWithOneLineAndStatus255(_ arguments: [String], _ line: String) throws {
        let program = try RelayProgram(arguments)
        #expect(try program.exitStatus() == 255)
        #expect(program.errors == "millrace: \(line)\n")
    }

    @Test func aPortInUseIsNamed() throws {
        let other = try TestSocket.udp()
        let program = try RelayProgram(["--config-file=none", "-i127.0.0.1", "-n127.0.0.1:\(other.port)", "-fEL3"])
        #expect(try program.exitStatus() == 255)
        #expect(
            program.errors
                == "millrace: cannot listen on 127.0.0.1:\(other.port) (ng over UDP): Address already in use\n")
    }

    @Test func aPIDFileThatCannotBeWrittenIsNamed() throws {
        let port = try TestSocket.freePort()
        let program = try RelayProgram([
            "--config-file=none", "-i127.0.0.1", "-n127.0.0.1:\(port)", "-fEL3", "--pidfile=/nowhere/pid",
        ])
        #expect(try program.exitStatus() == 255)
        #expect(program.errors == "millrace: cannot write pidfile /nowhere/pid: No such file or directory\n")
    }

    @Test(arguments: ["--help", "-h"])
    func helpNamesEveryKindOfUse(_ option: String) throws {
        let program = try RelayProgram([option])
        #expect(try program.exitStatus() == 0)
        #expect(program.output.hasPrefix("usage: millrace "))
        #expect(program.output.contains("-n, --listen-ng=[HOST:]PORT"))
        #expect(program.errors.isEmpty)
    }

    @Test(arguments: ["--version", "-v"])
    func versionIsOneLine(_ option: String) throws {
        let program = try RelayProgram([option])
        #expect(try program.exitStatus() == 0)
        #expect(program.output.hasPrefix("millrace ") && program.output.split(separator: "\n").count == 1)
    }

    @Test(arguments: [["demo", "--help"], ["bench", "--help"], ["bench", "soak", "--help"]])
    func toolsExplainThemselves(_ arguments: [String]) throws {
        let program = try RelayProgram(arguments)
        #expect(try program.exitStatus() == 0)
        #expect(program.output.contains("USAGE: millrace \(arguments[0])"))
    }

    @Test(
        arguments: [
            (["demo", "--control=192.0.2.1:2223"], "--control must be a loopback address and a port"),
            (["demo", "--duration=0"], "--duration must be 1 to 600"),
            (["bench", "--relay=x="], "not a command"),
        ])
    func toolsRefuseNonsense(_ arguments: [String], _ text: String) throws {
        let program = try RelayProgram(arguments)
        #expect(try program.exitStatus() == 64)
        #expect(program.errors.contains(text))
    }
}
