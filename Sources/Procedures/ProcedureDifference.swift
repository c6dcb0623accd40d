import Documents
import Rules

/// Where two files of the same procedure first say something else.
public struct ProcedureDifference: Hashable, Sendable {
  public enum Place: Hashable, Sendable {
    /// Counted from 1; nil where the file has no such procedure, or no step there any more.
    case step(Int, left: WrittenStep?, right: WrittenStep?)
    /// All steps are the same, and one of the two says `purpose: none`.
    case purpose(isNoneOnTheLeft: Bool)
  }

  public let procedure: Procedure
  public let place: Place
}

extension ProcedureSet {
  /// The first difference of each procedure that is not the same here and there, in the order of procedures.
  public func differences(from other: ProcedureSet) -> [ProcedureDifference] {
    Procedure.allCases.compactMap { procedure in
      let place = ProcedureDifference.Place(self[procedure], other[procedure])
      return place.map { ProcedureDifference(procedure: procedure, place: $0) }
    }
  }
}

extension ProcedureDifference.Place {
  /// Nil where two files say the same.
  init?(_ left: ProcedureFile?, _ right: ProcedureFile?) {
    let mine = left?.steps ?? [], theirs = right?.steps ?? []
    for i in 0..<max(mine.count, theirs.count) {
      let step = mine.indices.contains(i) ? mine[i] : nil, other = theirs.indices.contains(i) ? theirs[i] : nil
      if let step, let other, step.isSame(as: other) { continue }
      self = .step(i + 1, left: step, right: other)
      return
    }
    guard let left, let right, left.isWithoutPurpose != right.isWithoutPurpose else { return nil }
    self = .purpose(isNoneOnTheLeft: left.isWithoutPurpose)
  }
}

extension WrittenStep {
  /// Wherever it is written.
  package func isSame(as other: WrittenStep) -> Bool {
    var copy = other
    copy.position = position
    return self == copy
  }

  /// As a file has it, without what goes without saying.
  public var text: String {
    var parts = [(isNamed ? "name: \(name), " : "") + "do: \(step.id)"]
    if isRepeated { parts.append("each: \(step.entry.axis == .memory ? "memory" : "page")") }
    if condition != .always { parts.append("\(expects ? "if" : "unless"): \(condition.id)") }
    if let target { parts.append("to: \(target)") }
    if busy.policy != .wait { parts.append("busy: " + (busy.target.map { "go \($0)" } ?? busy.policy.name)) }
    if error.policy != step.entry.onError { parts.append("error: " + (error.target.map { "go \($0)" } ?? error.policy.name)) }
    return parts.joined(separator: ", ")
  }
}
