import Exploration
import Procedures
import Rules

/// How far a procedure comes that never does what it is there for.
public struct Halt: Hashable, Sendable {
  public struct Refusal: Hashable, Sendable {
    public let step: String
    public let guards: [Guard]
  }

  public let procedure: Procedure
  /// Steps that somebody comes to and that are refused every time, with what refuses them.
  public let refused: [Refusal]
  /// The first step of its file that nobody comes to.
  public let unreached: String?
  /// Somebody enters it.
  public let isBegun: Bool

  /// - Parameter explorer: behind its search.
  init(of procedure: Procedure, in explorer: borrowing Explorer, _ model: Model) {
    let names = ProcedureSteps.names(of: procedure, in: model)
    let seen = explorer.outcomes(of: procedure, names.count, model)
    self.procedure = procedure
    refused = zip(names, seen).compactMap { name, seen in
      seen.isDone || seen.refusals.isEmpty ? nil : Refusal(step: name, guards: seen.refusals.sorted { $0.id < $1.id })
    }
    unreached = zip(names, seen).first { !$1.isReached }?.0
    isBegun = seen.first?.isReached == true
  }
}

/// What became of one line of a playbook in all states.
private struct LineOutcomes {
  var isReached = false, isDone = false
  var refusals: Set<Guard> = []
}

extension Explorer {
  fileprivate borrowing func outcomes(of procedure: Procedure, _ count: Int, _ model: Model) -> [LineOutcomes] {
    var all = Array(repeating: LineOutcomes(), count: count)
    let entry = Int(model.book.playbook.entry(of: procedure)), width = model.width
    withUnsafePointer(to: model.book) { book in
      for index in 0..<stateCount {
        withState(index) { words in
          let world = PackedWorld(words, width)
          for task in 0..<Bounds.tasks {
            let line = Int(world[.taskPosition, Int(task)]) - entry
            guard world[.taskPosition, Int(task)] != 0, all.indices.contains(line) else { continue }
            all[line].isReached = true
            // What was done once is not refused every time.
            guard !all[line].isDone, world.pendingStep(of: task, book.pointee) != nil else { continue }
            var next = world
            switch next.perform(.advance(task: task), book.pointee) {
            case .accepted, .violated: all[line].isDone = true
            case .refused(let why), .failed(let why): all[line].refusals.insert(why)
            }
          }
        }
      }
    }
    return all
  }
}
