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
    let left = Set(
      neverShown(lines, model.width) { world, line in
        (0..<Bounds.tasks).contains { world[.taskPosition, Int($0)] == line && world.pendingStep(of: $0, book) != nil }
      })
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
