import Charts
import Models
import Procedures
import Rules
import Scenarios

/// What a check shows: the counterexample as executed on the machine, or what was covered.
struct CheckReport {
  let check: Check
  let host: HostDescription
  let platform: Platform
  let options: OutputOptions
  let line: String

  func document() throws -> String {
    guard let found = check.counterexample else { return try Coverage(check: check, platform: platform, line: line).document(options.format) }
    let model = check.model
    var request = PathRequest(
      model: model.kind.rawValue, property: found.property, id: found.id, bounds: model.book.bounds, parameters: model.book.parameters,
      cast: model.book.cast, host: host, prologue: model.beginning, actions: found.actions)
    request.platform = platform.rawValue
    do {
      let recording = try Recording.counterexample(request, line: line)
      Counterexamples.keep(recording)
      if !recording.result.mismatches.isEmpty {
        Terminal.diagnostic("the machine does not agree with the model:\n  " + recording.result.mismatches.joined(separator: "\n  "))
      }
      return try Presentation(recording, options).document()
    } catch let error as ScenarioError {
      throw Leave.badInput(error.description)
    }
  }
}
