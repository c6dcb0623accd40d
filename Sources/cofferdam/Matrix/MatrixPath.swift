import Documents
import Models
import Scenarios

/// A path of the matrix on the machine, kept so that its identifier is enough to see it again.
struct MatrixPath {
  let result: MatrixResult, finding: MatrixFinding

  init(_ result: MatrixResult, _ finding: MatrixFinding) { (self.result, self.finding) = (result, finding) }

  /// What the machine has against it, if anything.
  func keep() throws -> [String] {
    let cell = result.cell, model = result.check.model
    var host = HostDescription(variant: cell.variant)
    do throws(DocumentError) { for fault in cell.faults { try host.add(fault: fault) } } catch { throw Leave.badInput(error.description) }
    let path: FoundPath
    switch finding.path {
    case .counterexample(let found): path = FoundPath(found, in: model, host: host, platform: cell.platform)
    case .lapse(let lapse): path = FoundPath(lapse, in: model, host: host, platform: cell.platform)
    }
    let line =
      "verdict: violated model=\(model.kind.rawValue) platform=\(cell.platform) variant=\(cell.variant)"
      + " property=\(finding.witness.id) length=\(finding.steps) id=\(finding.id)"
    return try path.recorded(line: line).result.mismatches.map { "\(cell), \(finding.id): the machine does not agree: \($0)" }
  }
}
