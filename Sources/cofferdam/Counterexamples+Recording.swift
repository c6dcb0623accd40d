import Models
import Scenarios

extension Counterexamples {
  /// Executes a counterexample on the machine, keeps it under its identifier, and gives back what was recorded.
  static func recording(of found: Counterexample, in model: Model, host: HostDescription, platform: Platform, line: String) throws -> Recording {
    var request = PathRequest(
      model: model.kind.rawValue, claim: .violation(found.property), id: found.id, bounds: model.book.bounds, parameters: model.book.parameters,
      cast: model.book.cast, host: host, prologue: model.beginning, actions: found.actions)
    request.platform = platform.rawValue
    let recording: Recording
    do throws(ScenarioError) { recording = try Recording.counterexample(request, line: line) } catch { throw Leave.badInput(error.description) }
    keep(recording)
    if !recording.result.mismatches.isEmpty {
      Terminal.diagnostic("the machine does not agree with the model:\n  " + recording.result.mismatches.joined(separator: "\n  "))
    }
    return recording
  }
}
