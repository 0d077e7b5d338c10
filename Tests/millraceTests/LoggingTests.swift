import Logging
import Synchronization
import Testing

@testable import DaemonConfiguration
@testable import millrace

@Suite struct LoggingTests {
    /// Lines that a sink was given.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        var sink: LogSink { .function { level, text in self.lines.withLock { $0.append("\(level.word) \(text)") } } }
    }

    private func levels(_ level: Int, _ subsystems: [String: Int] = [:]) -> LogLevels {
        LogLevels(
            LoggingConfiguration(
                level: level, subsystemLevels: subsystems, usesStandardError: true, facility: "daemon",
                name: "millrace", hasTimestamps: false))
    }

    private func text(_ compose: (inout LogLine) -> Void) -> String {
        var line = LogLine()
        compose(&line)
        return String(decoding: line.octets, as: UTF8.self)
    }

    @Test(
        arguments: [
            ("plain", [:], "[core] plain"),
            ("path", ["a\n": ["b c": ["x"]], "u": "\\"], "[core] path a\\x0a.b c.0=x u=\\"),
            ("two", ["b": "2", "a": "1"], "[core] two a=1 b=2"),
            ("", ["k": ""], "[core]  k=\"\""),
            ("quoted", ["k": "a b", "l": "say \"x\\y\""], "[core] quoted k=\"a b\" l=\"say \\\"x\\\\y\\\"\""),
            ("a\nb\r\n\t\u{1B}[2J", ["k": "x\ny"], "[core] a\\x0ab\\x0d\\x0a\\x09\\x1b[2J k=x\\x0ay"),
            ("é\u{85}\u{7F}", [:], "[core] é\\x85\\x7f"),
        ] as [(String, Logger.Metadata, String)])
    func linesAreOneLine(_ message: String, _ metadata: Logger.Metadata, _ line: String) {
        #expect(text { $0.appendText("core", message, metadata) } == line)
    }

    @Test func nestedFieldsAreFlat() {
        let fields: Logger.Metadata = [
            "media": ["02": ["lost": "1"], "01": ["mos": "4.3", "a b": "x"]], "list": ["p", "q r"], "z": "1",
        ]
        #expect(
            text { $0.appendText("core", "m", fields) }
                == "[core] m list.0=p list.1=\"q r\" media.01.a b=x media.01.mos=4.3 media.02.lost=1 z=1")
    }

    @Test func linesAsJSON() {
        let fields: Logger.Metadata = ["call.id": "a\"b\\\n\u{9B}é", "media": ["01": ["mos": "4.3"]], "l": ["p"]]
        #expect(
            text { $0.appendJSON("core", "m", fields, level: .info, time: "12.000001") }
                == "{\"time\":12.000001,\"level\":\"info\",\"subsystem\":\"core\",\"message\":\"m\",\"fields\":"
                + "{\"call.id\":\"a\\\"b\\\\\\u000a\\u009bé\",\"l\":[\"p\"],\"media\":{\"01\":{\"mos\":\"4.3\"}}}}")
        let lines = Lines()
        var configuration = LoggingConfiguration(
            level: 6, subsystemLevels: [:], usesStandardError: true, facility: "daemon", name: "millrace",
            hasTimestamps: false)
        configuration.usesJSON = true
        LogFactory(levels: LogLevels(configuration), sink: lines.sink).logger("core").info("x")
        #expect(lines.all == ["INFO {\"level\":\"info\",\"subsystem\":\"core\",\"message\":\"x\"}"])
    }

    @Test(arguments: [(0, 1), (2, 1), (3, 2), (4, 3), (5, 4), (6, 5), (7, 6)])
    func levelsAreSyslogs(_ level: Int, _ count: Int) {
        let lines = Lines()
        let logger = LogFactory(levels: levels(level), sink: lines.sink).logger("core")
        for level in Logger.Level.allCases { logger.log(level: level, "x") }
        #expect(lines.all.count == (level < 2 ? 0 : count))
    }

    @Test func subsystemsHaveLevelsOfTheirOwn() {
        let lines = Lines()
        let factory = LogFactory(levels: levels(6, ["control": 4, "quiet": -1]), sink: lines.sink)
        for name in ["core", "control", "quiet"] {
            factory.logger(name).info("\(name)")
            factory.logger(name).critical("\(name)")
        }
        #expect(lines.all == ["INFO [core] core", "CRIT [core] core", "CRIT [control] control"])
    }

    @Test func levelsMoveWhileRunning() {
        let lines = Lines()
        let levels = levels(6)
        let logger = LogFactory(levels: levels, sink: lines.sink).logger("core")
        logger.debug("no")
        #expect(levels.move(by: 1) == 7)
        logger.debug("yes")
        #expect((0..<5).map { _ in levels.move(by: 1) } == [8, 8, 8, 8, 8])
        #expect((0..<10).map { _ in levels.move(by: -1) }.last == 0)
        logger.error("no")
        #expect(lines.all == ["DEBUG [core] yes"])
    }

    @Test func metadataOfTheLoggerAndTheMessageMeet() {
        let lines = Lines()
        var logger = LogFactory(levels: levels(6), sink: lines.sink).logger("core")
        logger[metadataKey: "call.id"] = "a"
        logger[metadataKey: "x"] = "1"
        logger.info("m", metadata: ["x": "2"])
        logger.logLevel = .error
        logger.info("no")
        #expect(lines.all == ["INFO [core] m call.id=a x=2"])
    }

    @Test(
        arguments: [("daemon", 24), ("local0", 128), ("local7", 184), ("kern", 0), ("authpriv", 80)]
            as [(String, Int32)])
    func facilitiesHaveSyslogsCodes(_ name: String, _ code: Int32) {
        #expect(LogSink.facilityCode(name) == code)
    }
}
