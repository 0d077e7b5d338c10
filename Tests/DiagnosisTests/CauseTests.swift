import Diagnosis
import Foundation
import Testing

@Suite struct CauseTests {
    /// Every verdict is explained in the manual, in the order of the declaration.
    @Test func theManualKnowsThemAll() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "man/millrace-ctl.1"), encoding: .utf8)
        let section = page.components(separatedBy: ".Sh VERDICTS\n").last?.components(separatedBy: "\n.Sh ").first ?? ""
        let named = section.split(separator: "\n").filter { $0.hasPrefix(".It Li ") }.map { $0.dropFirst(7) }
        #expect(named.map(String.init) == Cause.allCases.map(\.rawValue))
    }
}
