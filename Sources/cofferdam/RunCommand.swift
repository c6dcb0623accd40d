import ArgumentParser
import BufferStories
import Documents
import HeapScenarios
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
  @Option(help: "For secure-video: an MP4 file with common encryption.") var input: String?
  @Option(help: "For secure-video: the content key, 32 hexadecimal digits (default: looked for beside the input).") var key: String?
  @Option(help: "For secure-video: the decoder's helper process (see Extras/SecureVideo). Without it the story ends at the samples.") var decoder:
    String?
  @Option(help: "For scenarios of heaps, gpu-memory-move excepted: a compiled device tree; memory, heaps and masters are that board's.")
  var devicetree: String?
  @Option(help: "The seed: the same seed and files give the same bytes.") var seed: UInt64 = 1
  @Option(name: .customLong("on"), help: "linux: the real kernel (not built yet).") var kernel: String?

  func run() throws {
    if let story = Story.named(scenario) { return try tell(story) }
    if kernel != nil { throw Leave.notBuiltYet("run --on") }
    if let heapScenario = HeapScenario.named(scenario) { return try HeapRunCommand(self, heapScenario).run() }
    for (option, isGiven) in [("--input", input != nil), ("--key", key != nil), ("--decoder", decoder != nil)] where isGiven {
      throw Leave.badInput("\(option) says nothing beside \(scenario)\n  expected secure-video")
    }
    if devicetree != nil { throw Leave.badInput("--devicetree says nothing beside \(scenario)\n  expected a scenario of heaps, as heap-exhaustion") }
    try host.platform.requireBuilt()
    try output.refuse(overwriting: [scenario, machine, payload].compactMap { $0 } + host.files)
    do {
      let file = try scenarioFile()
      let bytes = try payload.map { path throws(DocumentError) in Payload(try TextFile.bytes(at: path, limit: Self.payloadLimit)) }
      if let payload, bytes?.bytes.isEmpty == true {
        throw Leave.badInput("\(payload): the payload is empty\n  expected one byte or more, so that there is something to be seen")
      }
      let description = try host.description(), request: RunRequest
      Terminal.note(description.doubts)
      if let machine {
        request = RunRequest(file, machine: try SourceText(contentsOf: machine), host: description, seed: seed, payload: bytes)
      } else {
        request = try RunRequest(file, host: description, seed: seed, payload: bytes)
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

  /// What is asked of a machine says nothing to a story of buffers, which has none.
  private func tell(_ story: Story) throws {
    let given: [(String, Bool)] = [
      ("--machine", machine != nil), ("--payload", payload != nil), ("--input", input != nil), ("--on", kernel != nil),
      ("--devicetree", devicetree != nil),
      ("--procedure", !host.procedure.isEmpty),
    ]
    for (option, isGiven) in given where isGiven {
      throw Leave.badInput("\(option) says nothing beside \(story.name)\n  expected \(story.name) alone, or --fault")
    }
    try StoryRun(story: story, faults: host.fault, seed: seed, output: output).run()
  }

  /// Payloads are held in memory, several times.
  static let payloadLimit = 1 << 28

  private func scenarioFile() throws -> ScenarioFile {
    if scenario.contains("/") || scenario.hasSuffix(".yaml") { return try ScenarioFile(SourceText(contentsOf: scenario)) }
    guard BuiltInScenarios.names.contains(scenario) else {
      throw Leave.unknown("scenario", scenario, among: BuiltInScenarios.names + HeapScenario.all.map(\.name) + Story.all.map(\.name))
    }
    return try BuiltInScenarios.scenario(scenario)
  }
}
