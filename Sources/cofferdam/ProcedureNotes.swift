import Documents
import Models
import Procedures
import Rules
import Scenarios

extension ProcedureSet {
  fileprivate var changedFiles: [ProcedureFile] { Procedure.allCases.filter(changed.contains).compactMap { self[$0] } }

  /// What a file may say and hardly means. What it must not say is an error, when the set is made.
  var doubts: [String] { changedFiles.flatMap(\.doubts) }
}

extension HostDescription {
  /// The same of the user's own procedure files, where it is not known yet which host they are put into.
  var doubts: [String] {
    replacements.flatMap { replacement -> [String] in
      guard let file = try? ProcedureFile(replacement.source.document()) else { return [] }
      return file.doubts
    }
  }
}

extension ProcedureFile {
  fileprivate var doubts: [String] { (uselessReactions + locksOutOfOrder + unlockedDecisions).map(\.description) }
}

/// What is said of changed procedures beside a verdict, which would not say it: what the set-up came to, and what the model that is asked
/// has nobody for.
extension Model {
  /// Without what the procedures' own doubts are, which are said before there is a model.
  var notes: [String] {
    let missed = notEntered
    var errors: [String] = []
    // Each device is opened, and the same is wrong with each.
    for error in prologue.errors where !errors.contains("\(error)") { errors.append("\(error)") }
    let failing = procedures.changed.intersection(optional.failing).map(\.id).sorted()
    let untried = procedures.changed.intersection(procedures.fallible).subtracting(fallible).subtracting(missed).map(\.id).sorted()
    return (missed.isEmpty ? [] : [noteOfNotEntered(missed)])
      + (failing.isEmpty ? [] : ["changed, so that steps with a branch for errors may fail by chance: " + failing.joined(separator: ", ")])
      + (untried.isEmpty ? [] : ["entered in the set-up alone, where nothing fails by chance: " + untried.joined(separator: ", ")])
      + errors.map { "in the set-up \($0): what is explored begins in the world that this leaves" }
      + procedures.changedFiles.flatMap { forgottenUnits($0) + mappingsLeft($0) }
  }

  /// Changed, and entered by nobody.
  var notEntered: [Procedure] {
    let entered = entered
    return Procedure.allCases.filter { procedures.changed.contains($0) && !entered.contains($0) }
  }

  func noteOfNotEntered(_ missed: [Procedure]) -> String { "nobody in \(kind.rawValue) enters: " + missed.map(\.id).joined(separator: ", ") }

  /// Where there is one unit, whoever forgets the others forgets nothing.
  private func forgottenUnits(_ file: ProcedureFile) -> [String] {
    guard book.bounds.memory == 1 else { return [] }
    return file.stepsOfOneUnit.map {
      "\(file.procedure.id) does \($0.step.id) for one unit of guest memory, without `each: memory`, and here there is only one"
        + " (--units 2 has two)"
    }
  }

  /// Where no VMM maps the BAR itself, whoever leaves its mapping leaves nothing. A mapping holds the file: at the last close there is none.
  private func mappingsLeft(_ file: ProcedureFile) -> [String] {
    guard book.cast == .behaved, [.reset, .memoryOff, .powerDown].contains(file.procedure) else { return [] }
    let steps = file.steps.map(\.step)
    guard let off = steps.firstIndex(where: { [.memoryOff, .powerD3Hot, .resetBegin].contains($0) }), !steps[..<off].contains(.zapHostMapping)
    else { return [] }
    return [
      "\(file.procedure.id) does \(steps[off].id) without \(Step.zapHostMapping.id) before it, and here no VMM maps the BAR itself"
        + " (--hostile has one that does)"
    ]
  }
}
