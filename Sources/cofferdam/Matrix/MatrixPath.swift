import Documents
import Models
import Procedures
import Scenarios

/// A path of the matrix on the machine, kept so that its identifier is enough to see it again.
struct MatrixPath {
  let result: MatrixResult, finding: Finding
  let guests: [(file: FaultFile, fault: HostDescription.Fault)]

  init(_ result: MatrixResult, _ finding: Finding, _ guests: [(file: FaultFile, fault: HostDescription.Fault)]) {
    (self.result, self.finding, self.guests) = (result, finding, guests)
  }

  /// What the machine has against it, if anything.
  func keep() throws -> [String] {
    let cell = result.cell, model = result.check.model
    var host = HostDescription(variant: cell.variant)
    do throws(DocumentError) {
      for name in cell.faults {
        if let guest = guests.first(where: { $0.file.name == name }) { host.faults.append(guest.fault) } else { try host.add(fault: name) }
      }
    } catch { throw Leave.badInput(error.description) }
    let path = FoundPath(finding, in: model, host: host, platform: cell.platform)
    let line =
      "verdict: violated model=\(model.kind.rawValue) platform=\(cell.platform) variant=\(cell.variant)"
      + " property=\(finding.witness.id) length=\(finding.steps) id=\(finding.id)"
    return try path.recorded(line: line).result.mismatches.map { "\(cell), \(finding.id): the machine does not agree: \($0)" }
  }
}
