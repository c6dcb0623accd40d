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
    guard let request = try request() else { return try Coverage(check: check, platform: platform, line: line).document(options.format) }
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

  /// What was found, as a path for the machine: a counterexample, or a lapse in two rounds.
  private func request() throws -> PathRequest? {
    let model = check.model
    func path(_ claim: Claim, _ id: String, _ actions: [Action]) -> PathRequest {
      var request = PathRequest(
        model: model.kind.rawValue, claim: claim, id: id, bounds: model.book.bounds, parameters: model.book.parameters,
        cast: model.book.cast, host: host, prologue: model.beginning, actions: actions)
      request.platform = platform.rawValue
      return request
    }
    if let found = check.counterexample { return path(.violation(found.property), found.id, found.actions) }
    guard let lapse = check.lapse else { return nil }
    let claim = Claim.lapse(lapse.promise, turn: lapse.stem.count, round: lapse.cycle.count)
    return path(claim, lapse.id, lapse.stem + lapse.cycle + lapse.cycle)
  }
}
