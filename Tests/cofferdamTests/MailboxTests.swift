import Foundation
import Testing

/// `docs/mailbox.md` shows what a VMM at the DOE mailbox can do, and edits with which it cannot.
@Suite struct MailboxTests {
  private let page = PublishedPage(name: "mailbox")

  /// Runs with a file that is gone afterwards.
  private func with<T>(_ ending: String, _ body: (URL) throws -> T) throws -> T {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("cofferdam-mailbox-\(UUID().uuidString).\(ending)")
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(file)
  }

  @Test func thePageIsWhatTheProgramSays() throws {
    let (command, text) = try page.generated()
    try with("txt") { file in
      let run = try Program.run(command + ["--output", file.path])
      #expect(run.status == 1 && run.lastLine.contains(" property=deadlock length=40 "), "\(run.lastLine)\(run.diagnostics)")
      #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }
  }

  /// The whole in a release build; a debug build sees that nothing breaks at once.
  @Test func whoReckonsWithItIsSafe() throws {
    let (command, _) = try page.generated()
    try with("yaml") { file in
      try Data(page.yaml().utf8).write(to: file)
      #if DEBUG
        let run = try Program.run(command + ["--fault", file.path, "--limit", "30000"])
        #expect(run.status == 3, "\(run.lastLine)\(run.diagnostics)")
      #else
        // Power and session as well, which nobody enters otherwise.
        let more = ["--enter", "power-down", "--enter", "power-up", "--enter", "connect", "--enter", "disconnect"]
        for entered in [[], more] {
          let run = try Program.run(command + ["--fault", file.path] + entered)
          #expect(run.status == 0 && run.lastLine.hasPrefix("verdict: holds "), "\(entered) \(run.lastLine)\(run.diagnostics)")
        }
      #endif
    }
  }
}
