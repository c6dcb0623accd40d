import Documents
import Rules

/// What a condition asks about, beyond the device: a page of it, a unit of guest memory, or nothing else.
extension Condition {
  var subject: Axis? {
    switch self {
    case .pageTEE, .pagePrivate, .pageMapped, .pageBlocked, .pageMirrored, .pageShared, .pageDeclared: .page
    case .memoryPrivate, .memoryBlocked, .memoryOwned: .memory
    default: nil
    }
  }
}

extension Procedure {
  /// What the procedure is about by itself: the page of a fault, the unit that is converted. Others have to say `each`.
  var subject: Axis? {
    switch self {
    case .faultShared, .faultPrivate: .page
    case .convert: .memory
    default: nil
    }
  }
}

extension ProcedureFile {
  /// Steps on guest memory that are done for one unit, in a procedure that is about no unit: for the first, that is, and the others are
  /// forgotten.
  public var stepsOfOneUnit: [WrittenStep] {
    steps.filter { $0.step.entry.axis == .memory && !$0.isRepeated && procedure.subject != .memory }
  }
}

extension WrittenStep {
  /// A condition about a page needs a page: one of `each`, or the procedure's own. Without one it would silently mean the first.
  func checkSubject(of condition: DocumentNode, in procedure: Procedure) throws(DocumentError) {
    guard let asked = self.condition.subject else { return }
    let axis = step.entry.axis
    let given = isRepeated ? axis : procedure.subject
    guard given != asked else { return }
    let word = asked == .page ? "page" : "memory"
    let what = isRepeated ? "this step is done for each \(axis == .page ? "page" : "unit of memory")" : "\(procedure.id) is not about one of them"
    throw condition.error(
      .contradiction, "\(quoted(self.condition.id)) asks about a \(asked == .page ? "page" : "unit of memory"), and \(what)",
      expected: axis == asked ? "each: \(word)" : "a condition about the device or the VM, or a step that is done with `each: \(word)`")
  }
}
