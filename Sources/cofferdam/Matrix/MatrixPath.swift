import Documents
import Models
import Rules
import Scenarios

/// A path of the matrix on the machine, kept so that its identifier is enough to see it again.
struct MatrixPath {
  let result: MatrixResult, finding: MatrixFinding

  init(_ result: MatrixResult, _ finding: MatrixFinding) { (self.result, self.finding) = (result, finding) }

  /// What the machine has against it, if anything.
  func keep() throws -> [String] {
    let model = result.check.model
    var host = HostDescription(variant: result.cell.variant)
    do throws(DocumentError) { for fault in result.cell.faults { try host.add(fault: fault) } } catch { throw Leave.badInput(error.description) }
    let round = finding.actions.suffix(finding.cycle)
    let claim: Claim =
      switch finding.witness {
      case .property(let property): .violation(property)
      case .promise(let promise): .lapse(promise, turn: finding.steps - finding.cycle, round: finding.cycle)
      }
    var request = PathRequest(
      model: model.kind.rawValue, claim: claim, id: finding.id, bounds: model.book.bounds, parameters: model.book.parameters,
      cast: model.book.cast, host: host, prologue: model.beginning, actions: finding.actions + round)
    request.platform = result.cell.platform
    let line =
      "verdict: violated model=\(model.kind.rawValue) platform=\(result.cell.platform) variant=\(result.cell.variant)"
      + " property=\(finding.witness.id) length=\(finding.steps) id=\(finding.id)"
    do throws(ScenarioError) {
      let recording = try Recording.counterexample(request, line: line)
      Counterexamples.keep(recording)
      return recording.result.mismatches.map { "\(result.cell), \(finding.id): the machine does not agree: \($0)" }
    } catch { throw Leave.badInput(error.description) }
  }
}
