import Documents
import Primitives
import Rules

extension ProcedureFile {
  /// Turns names into positions, the first step lying at `base` of the playbook.
  func compiled(at base: Int) throws(DocumentError) -> [PlaybookLine] {
    var lines: [PlaybookLine] = []
    let hasPurpose = procedure.reportsItsPurpose && !isWithoutPurpose
    // Of which a fault has left nothing: it can still be entered, and does nothing.
    if steps.isEmpty {
      var line = PlaybookLine()
      line.procedure = procedure
      line.hasPurpose = hasPurpose
      return [line]
    }
    let endless = endlessSteps
    for (index, written) in steps.enumerated() {
      var line = PlaybookLine()
      line.step = written.step
      line.procedure = procedure
      line.isRepeated = written.isRepeated
      line.isEndless = endless.contains(index)
      line.hasPurpose = hasPurpose
      (line.condition, line.expects) = (written.condition, written.expects)
      line.onBusy = written.busy.policy
      line.onError = written.error.policy
      if let name = written.busy.target { line.busyTarget = try place(of: name, from: written, base) }
      if let name = written.error.target { line.errorTarget = try place(of: name, from: written, base) }
      switch written.step {
      case .jump: line.next = try place(of: written.target ?? "", from: written, base)
      case .fail: line.next = 0
      default: line.next = index + 1 < steps.count ? UInt16(base + index + 1) : 0
      }
      lines.append(line)
    }
    return lines
  }

  /// The index of the step that `name` means: a given name, or the only step that does this.
  public func index(of name: String) -> Int? {
    if let i = steps.firstIndex(where: { $0.isNamed && $0.name == name }) { return i }
    let same = steps.indices.filter { steps[$0].name == name }
    return same.count == 1 ? same[0] : nil
  }

  private func place(of name: String, from step: WrittenStep, _ base: Int) throws(DocumentError) -> UInt16 {
    if let index = index(of: name) { return UInt16(base + index) }
    throw missing(name, at: step.position)
  }

  func missing(_ name: String, at position: Position) -> DocumentError {
    let count = steps.count { $0.name == name }
    // A step with a name of its own is found by that alone.
    let called = steps.filter { $0.isNamed && $0.step.id == name }.map(\.name)
    if count == 0, !called.isEmpty {
      return DocumentError(
        .unknownWord, at: position, "\(quoted(name)) is what steps of \(procedure.id) do, and they have names", expected: choices(called, like: name))
    }
    let why = count > 1 ? "\(quoted(name)) means \(count) steps of \(procedure.id)" : "\(procedure.id) has no step \(quoted(name))"
    return DocumentError(
      .unknownWord, at: position, why, expected: count > 1 ? "a name that is given to one step" : "the name of a step",
      suggestion: nearestName(to: name))
  }

  private func nearestName(to name: String) -> String? {
    let names = steps.map(\.name).filter { $0 != name }
    return nearestWord(to: name, among: names) ?? names.first { $0.hasPrefix(name) || name.hasPrefix($0) }
  }
}
