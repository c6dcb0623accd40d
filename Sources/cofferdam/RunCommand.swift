import ArgumentParser
import Documents
import Machine
import Scenarios

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs a scenario on a machine, with real bytes, and compares its end with what it declares.")

  @Argument(help: "A built-in scenario (see `cofferdam list scenarios`), or a scenario file.") var scenario: String
  @OptionGroup var host: HostOptions
  @OptionGroup var output: OutputOptions
  @Option(help: "A machine file; without it the built-in machine.") var machine: String?
  @Option(help: "A file that the guest moves through the device.") var payload: String?
  @Option(help: "Not built yet.") var input: String?
  @Option(help: "The seed: the same seed and files give the same bytes.") var seed: UInt64 = 1
  @Option(name: .customLong("on"), help: "linux: the real kernel (not built yet).") var kernel: String?

  func run() throws {
    if kernel != nil { throw Leave.notBuiltYet("run --on") }
    if input != nil { throw Leave.notBuiltYet("run --input") }
    try host.platform.requireBuilt()
    try output.refuse(overwriting: [scenario, machine, payload].compactMap { $0 } + host.files)
    do {
      let file = try scenarioFile()
      let bytes = try payload.map { path throws(DocumentError) in Payload(try TextFile.bytes(at: path, limit: Self.payloadLimit)) }
      let request: RunRequest
      if let machine {
        request = RunRequest(file, machine: try SourceText(contentsOf: machine), host: try host.description(), seed: seed, payload: bytes)
      } else {
        request = try RunRequest(file, host: try host.description(), seed: seed, payload: bytes)
      }
      let run = try ScenarioRunner.run(request)
      // Which dumps a machine file names is known once it was read.
      try output.refuse(overwriting: run.header.dumps.map(\.file))
      try Presentation(Recording(run), output).show()
      if !run.passed { throw Leave(.notAsDeclared, run.mismatches.map { "not as declared: \($0)" }.joined(separator: "\n")) }
    } catch let error as ScenarioError {
      throw Leave.badInput(error.description)
    } catch let error as DocumentError {
      throw Leave.badInput(error.description)
    }
  }

  /// Payloads are held in memory, several times.
  static let payloadLimit = 1 << 28

  private func scenarioFile() throws -> ScenarioFile {
    if scenario.contains("/") || scenario.hasSuffix(".yaml") { return try ScenarioFile(SourceText(contentsOf: scenario)) }
    guard BuiltInScenarios.names.contains(scenario) else { throw Leave.unknown("scenario", scenario, among: BuiltInScenarios.names) }
    return try BuiltInScenarios.scenario(scenario)
  }
}
