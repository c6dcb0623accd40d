import Models
import Rules
import Scenarios

/// A path that an exploration found, on its way to the machine: executed there, and kept under its identifier.
struct FoundPath {
  private var request: PathRequest

  /// A counterexample.
  /// - Parameter sibling: what was found about orders with which it would not have come to this.
  init(
    _ found: Counterexample, in model: Model, host: HostDescription, platform: String, sibling: Sibling = .none,
    inferred: [InferredRule] = []
  ) {
    self.init(.violation(found.property), found.id, found.actions, model, host, platform)
    request.schedule = sibling.schedule
    request.inferred = inferred
    request.orders = sibling.order.map { [$0.sentence] } ?? []
  }

  /// A lapse, in two rounds.
  init(_ lapse: Lapse, in model: Model, host: HostDescription, platform: String, inferred: [InferredRule] = []) {
    let claim = Claim.lapse(lapse.promise, turn: lapse.stem.count, round: lapse.cycle.count)
    self.init(claim, lapse.id, lapse.stem + lapse.cycle + lapse.cycle, model, host, platform)
    request.inferred = inferred
  }

  /// Either of them.
  init(_ finding: Finding, in model: Model, host: HostDescription, platform: String) {
    switch finding.path {
    case .counterexample(let found): self.init(found, in: model, host: host, platform: platform)
    case .lapse(let lapse): self.init(lapse, in: model, host: host, platform: platform)
    }
  }

  private init(_ claim: Claim, _ id: String, _ actions: [Action], _ model: Model, _ host: HostDescription, _ platform: String) {
    request = PathRequest(
      model: model.kind.rawValue, claim: claim, id: id, bounds: model.book.bounds, parameters: model.book.parameters,
      cast: model.book.cast, host: host, prologue: model.beginning, actions: actions)
    request.platform = platform
  }

  /// What the machine made of it; its mismatches say where it does not agree with the model. `line` is the verdict's.
  func recorded(line: String) throws -> Recording {
    let recording: Recording
    do throws(ScenarioError) { recording = try Recording.counterexample(request, line: line) } catch { throw Leave.badInput(error.description) }
    Counterexamples.keep(recording)
    return recording
  }

  /// The same, and whatever the machine has against it is said.
  func shown(line: String) throws -> Recording {
    let recording = try recorded(line: line)
    if !recording.result.mismatches.isEmpty {
      Terminal.diagnostic("the machine does not agree with the model:\n  " + recording.result.mismatches.joined(separator: "\n  "))
    }
    return recording
  }
}
