import Documents
import Rules

/// Where two files of the same procedure first say something else.
public struct ProcedureDifference: Hashable, Sendable {
  public let procedure: Procedure
  /// Counted from 1.
  public let step: Int
  /// Nil where the file has no such procedure, or no step there any more.
  public let left: WrittenStep?
  public let right: WrittenStep?
}

extension ProcedureSet {
  /// The first difference of each procedure that is not the same here and there, in the order of procedures.
  public func differences(from other: ProcedureSet) -> [ProcedureDifference] {
    Procedure.allCases.compactMap { procedure in
      let mine = self[procedure]?.steps ?? [], theirs = other[procedure]?.steps ?? []
      guard
        let i = (0..<max(mine.count, theirs.count)).first(where: { i in
          guard mine.indices.contains(i), theirs.indices.contains(i) else { return true }
          return !mine[i].isSame(as: theirs[i])
        })
      else { return nil }
      return ProcedureDifference(
        procedure: procedure, step: i + 1, left: mine.indices.contains(i) ? mine[i] : nil, right: theirs.indices.contains(i) ? theirs[i] : nil)
    }
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
