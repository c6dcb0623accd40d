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
    let lines = (0..<UInt16(book.playbook.count)).filter { entered.contains(book.playbook[$0].procedure) && book.playbook[$0].step != .nothing }
    // By its address: a closure that has the value copies it for each state, with a reference for each of its arrays.
    let left = withUnsafePointer(to: book) { book in Set(neverShown(lines, model.width) { world, line in world.performs(line, book.pointee) }) }
    return model.procedures.files.sorted { $0.procedure.code < $1.procedure.code }.compactMap { file in
      let entry = book.playbook.entry(of: file.procedure)
      let steps = file.steps.indices.filter { left.contains(entry + UInt16($0)) }.map { i in
        let name = file.steps[i].name
        return file.steps.count { $0.name == name } == 1 ? name : "\(name) (step \(i + 1))"
      }
      return steps.isEmpty ? nil : UnperformedSteps(procedure: file.procedure, steps: steps)
    }
  }
}

extension PackedWorld {
  /// A task is at this line of the playbook, and what it does next is the step that stands there.
  fileprivate func performs(_ line: UInt16, _ book: borrowing Rulebook) -> Bool {
    for task in 0..<Bounds.tasks where self[.taskPosition, Int(task)] == line {
      if pendingStep(of: task, book) != nil { return true }
    }
    return false
  }
}
