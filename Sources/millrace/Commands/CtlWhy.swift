import ArgumentParser
import Console
import Glibc

/// `millrace ctl why`
struct CtlWhy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Why there is no audio: what is wrong with a call.",
        discussion: """
            Calls that ended within the last minutes are explained, too. The exit status is 0 when there is no fault, 1 \
            for a fault, 2 when the call is not known or no relay answers.
            """)
    @OptionGroup var options: CtlOptions

    @Argument(help: "The call.", completion: CallCompletion.kind)
    var callID: String

    func run() async throws {
        let answer: JSONValue
        do {
            answer = try options.ask("why", [JSONMember("call-id", .string(callID))])
        } catch is ExitCode {
            // 1 is a verdict here.
            throw ExitCode(2)
        }
        if options.json {
            let members = (answer.members ?? []).filter { $0.name != "text" }
            writeText(JSONValue.object(members).indented + "\n", to: STDOUT_FILENO)
        } else {
            writeText(answer["text"]?.text ?? "", to: STDOUT_FILENO)
        }
        if answer["severity"]?.text == "fault" { throw ExitCode(1) }
    }
}
