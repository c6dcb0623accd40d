import Exploration
import Procedures
import Rules

/// Steps of one procedure that no task performed in any state that was seen: nobody came to them, or their condition was never met. Of
/// these the model says nothing by holding: ways back from errors that never came, or what an edit cut off.
public struct UnperformedSteps: Hashable, Sendable {
  public let procedure: Procedure
  /// As the file names them, in its order; with their number in it where the name is not theirs alone.
  public let steps: [String]
}

extension Explorer {
  /// Of the procedures that somebody enters in the search; what only the set-up enters ends before it begins.
  borrowing func unperformedSteps(of model: Model) -> [UnperformedSteps] {
    let book = model.book
    let entered = Set(model.actions.compactMap { if case .request(let procedure, _, _) = $0 { procedure } else { nil } })
    var lines = Lines((0..<UInt16(book.playbook.count)).map { entered.contains(book.playbook[$0].procedure) && book.playbook[$0].step != .nothing })
    // From the last state to the first, as milestones are looked for.
    for index in (0..<stateCount).reversed() where lines.count > 0 {
      withState(index) { lines.remove(whatTasksPerformIn: PackedWorld($0, model.width), book) }
    }
    return model.procedures.files.sorted { $0.procedure.code < $1.procedure.code }.compactMap { file in
      let entry = book.playbook.entry(of: file.procedure)
      let steps = file.steps.indices.filter { lines[entry + UInt16($0)] }.map { i in
        let name = file.steps[i].name
        return file.steps.count { $0.name == name } == 1 ? name : "\(name) (step \(i + 1))"
      }
      return steps.isEmpty ? nil : UnperformedSteps(procedure: file.procedure, steps: steps)
    }
  }
}

/// Lines of a playbook. A state asks for those at which its tasks are, and for no others: a search that ends early leaves many.
private struct Lines {
  private var isIn: [Bool]
  private(set) var count: Int

  init(_ isIn: [Bool]) {
    self.isIn = isIn
    count = isIn.count { $0 }
  }

  subscript(line: UInt16) -> Bool { isIn[Int(line)] }

  @inline(__always) mutating func remove(whatTasksPerformIn world: PackedWorld, _ book: borrowing Rulebook) {
    for task in 0..<Bounds.tasks {
      let line = Int(world[.taskPosition, Int(task)])
      guard isIn[line], world.pendingStep(of: task, book) != nil else { continue }
      isIn[line] = false
      count -= 1
    }
  }
}
