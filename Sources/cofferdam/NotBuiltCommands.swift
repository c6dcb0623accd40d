import ArgumentParser

/// Commands of the contract that later work builds. They take whatever they are given and say so.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "One scenario on several platforms, side by side (not built yet).")
  @Argument(parsing: .captureForPassthrough) var rest: [String] = []
  func run() throws { throw Leave.notBuiltYet("compare") }
}

struct ProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "probe", abstract: "What this Linux host offers (not built yet).")
  @Argument(parsing: .captureForPassthrough) var rest: [String] = []
  func run() throws { throw Leave.notBuiltYet("probe") }
}
