import ArgumentParser

/// The command line's door: parses, runs, and turns whatever happened into the contract's exit status.
@main
enum Entry {
  static func main() {
    do {
      var command = try Cofferdam.parseAsRoot()
      try command.run()
      Terminal.exit(.asDeclared)
    } catch let leave as Leave {
      if let message = leave.message { Terminal.diagnostic(message) }
      Terminal.exit(leave.status)
    } catch {
      // The parser's own: help and version are answers, everything else is a usage error. What is not its own says what it is by itself.
      guard [.success, .validationFailure].contains(Cofferdam.exitCode(for: error)) else {
        Terminal.diagnostic("error: \(error)")
        Terminal.exit(.badInput)
      }
      if Cofferdam.exitCode(for: error) == .success {
        print(Cofferdam.fullMessage(for: error))
        Terminal.exit(.asDeclared)
      }
      Terminal.diagnostic(Cofferdam.fullMessage(for: error))
      Terminal.exit(.badInput)
    }
  }
}

struct Cofferdam: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cofferdam",
    abstract: "Run, see and check confidential device I/O before the hardware exists.",
    version: "0.1.0",
    subcommands: [
      RunCommand.self, CompareCommand.self, CheckCommand.self, ReplayCommand.self, ListCommand.self, DeviceCommand.self,
      HeapCommand.self, TraceCommand.self, ProbeCommand.self, SecondProcessCommand.self,
    ])
}
