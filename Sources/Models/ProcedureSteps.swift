import Exploration
import Procedures
import Rules

/// Some steps of one procedure.
public struct ProcedureSteps: Hashable, Sendable {
  /// A step as its file names it.
  struct Name: Hashable, Sendable {
    let name: String
    /// Which of those with this name, and its number in the file where there are others.
    var ordinal = 0, number: Int?
    /// The same step of two files may have another number in each.
    fileprivate var text: String { number.map { "\(name) (step \($0))" } ?? name }
    func isSame(as other: Name) -> Bool { name == other.name && ordinal == other.ordinal }
  }

  public let procedure: Procedure
  let names: [Name]
  /// As the file names them, in its order; with their number in it where the name is not theirs alone.
  public var steps: [String] { names.map(\.text) }

  /// All steps of one procedure, by the same names.
  static func names(of procedure: Procedure, in model: Model) -> [String] {
    model.procedures[procedure].map { file in file.steps.indices.map { name(of: $0, in: file).text } } ?? []
  }

  private static func name(of i: Int, in file: ProcedureFile) -> Name {
    let name = file.steps[i].name, isUnique = file.steps.count { $0.name == name } == 1
    return Name(name: name, ordinal: file.steps[..<i].count { $0.name == name }, number: isUnique ? nil : i + 1)
  }

  /// Those whose lines of the playbook are among `lines`.
  fileprivate static func all(of model: Model, in lines: Lines) -> [ProcedureSteps] {
    model.procedures.files.sorted { $0.procedure.code < $1.procedure.code }.compactMap { file in
      let entry = model.book.playbook.entry(of: file.procedure)
      let names = file.steps.indices.filter { lines[entry + UInt16($0)] }.map { name(of: $0, in: file) }
      return names.isEmpty ? nil : ProcedureSteps(procedure: file.procedure, names: names)
    }
  }
}

extension Model {
  /// Kinds of step that a procedure of the variant has and what it was changed to has nowhere. No property asks whether a procedure does
  /// all of it.
  var leftOut: [ProcedureSteps] { kinds { variant, now in (variant, now) } }

  /// The other way round: a reset that leaves bus mastering off breaks nothing, either.
  var added: [ProcedureSteps] { kinds { variant, now in (now, variant) } }

  /// Kinds of step that the first of two files of a changed procedure has and the second has not.
  private func kinds(_ order: (_ variant: ProcedureFile?, _ now: ProcedureFile?) -> (ProcedureFile?, ProcedureFile?)) -> [ProcedureSteps] {
    Procedure.allCases.filter(procedures.changed.contains).compactMap { procedure in
      let (one, other) = order(procedures.original(procedure), procedures[procedure])
      let known = Set(other?.steps.map(\.step) ?? [])
      var names: [ProcedureSteps.Name] = []
      for step in one?.steps.map(\.step) ?? [] where !known.contains(step) && step != .nothing && step != .jump {
        if !names.contains(where: { $0.name == step.id }) { names.append(.init(name: step.id)) }
      }
      return names.isEmpty ? nil : ProcedureSteps(procedure: procedure, names: names)
    }
  }
}

extension Explorer {
  /// What did nothing in any state that was seen: nobody came to it, its condition was never met, it was always refused, or all was as it
  /// leaves it already. Of the procedures that somebody enters in the search; what only the set-up enters ends before it begins.
  borrowing func stepsWithoutEffect(of model: Model) -> [ProcedureSteps] {
    let book = model.book, entered = model.requested
    let lines = Lines(in: book) { line, _ in entered.contains(line.procedure) && line.step != .nothing }
    return ProcedureSteps.all(of: model, in: without(lines, model.width, book) { $0.hasEffect(of: $2, by: $1, $3.pointee) })
  }

  /// Firmware calls and relays that a changed procedure makes and nothing refused: of what their errors lead to nothing was seen. Whoever gives
  /// the VM up for an error is held to that already, and what fails by chance was seen to.
  borrowing func stepsNeverRefused(of model: Model) -> [ProcedureSteps] {
    let book = model.book, changed = model.requested.intersection(model.procedures.changed), failing = model.optional.failing
    let lines = Lines(in: book) { line, position in
      let isTried = failing.contains(line.procedure) && book.playbook.isFallible(at: position)
      return changed.contains(line.procedure) && line.onError != .kill && line.step.mayBeRefused && !isTried
    }
    return ProcedureSteps.all(of: model, in: without(lines, model.width, book) { world, task, _, book in world.isRefused(task, book.pointee) })
  }

  /// Steps of a changed procedure that are written not to wait, and that never found anything busy: of where they go instead nothing was seen.
  borrowing func stepsNeverBusy(of model: Model) -> [ProcedureSteps] {
    let book = model.book, changed = model.requested.intersection(model.procedures.changed)
    let lines = Lines(in: book) { line, _ in changed.contains(line.procedure) && line.onBusy != .wait }
    return ProcedureSteps.all(of: model, in: without(lines, model.width, book) { world, task, _, book in world.isBusy(task, book.pointee) })
  }

  /// From the last state to the first, as milestones are looked for, and with the book by its address for the same reason.
  private borrowing func without(
    _ all: Lines, _ width: Int, _ book: Rulebook,
    _ isShown: (_ world: PackedWorld, _ task: UInt8, _ step: Step, _ book: UnsafePointer<Rulebook>) -> Bool
  ) -> Lines {
    var lines = all
    withUnsafePointer(to: book) { book in
      for index in (0..<stateCount).reversed() where lines.count > 0 {
        withState(index) { words in
          let world = PackedWorld(words, width)
          for task in 0..<Bounds.tasks where lines[world[.taskPosition, Int(task)]] {
            guard let step = world.pendingStep(of: task, book.pointee)?.step, isShown(world, task, step, book) else { continue }
            lines.remove(world[.taskPosition, Int(task)])
          }
        }
      }
    }
    return lines
  }
}

/// Lines of a playbook. A state asks for those at which its tasks are, and for no others: a search that ends early leaves many.
private struct Lines {
  private var isIn: [Bool]
  private(set) var count: Int

  init(in book: borrowing Rulebook, where isAsked: (_ line: PlaybookLine, _ position: UInt16) -> Bool) {
    isIn = []
    for position in 0..<UInt16(book.playbook.count) { isIn.append(isAsked(book.playbook[position], position)) }
    count = isIn.count { $0 }
  }

  @inline(__always) subscript(line: UInt16) -> Bool { isIn[Int(line)] }

  mutating func remove(_ line: UInt16) {
    isIn[Int(line)] = false
    count -= 1
  }
}

extension Step {
  /// The firmware has a reason to say no, or the mailbox has.
  fileprivate var mayBeRefused: Bool {
    let call = id.prefix { $0 != "(" } + "/"
    return self == .relay || self == .spdmRelay || Guard.laws.contains { !$0.isBusy && $0.id.hasPrefix(call) }
  }
}

extension PackedWorld {
  /// What the task does next is done, and does something. Of what only asks, or waits, nothing more is expected.
  fileprivate func hasEffect(of step: Step, by task: UInt8, _ book: borrowing Rulebook) -> Bool {
    var next = self
    switch next.perform(.advance(task: task), book) {
    case .refused, .failed: return false
    case .violated: return true
    case .accepted: break
    }
    if step.isFlow || step == .fail || step == .waitForFences || step == .waitForMappings { return true }
    for field in [Field.taskPosition, .taskCursor, .taskDevice] { next[field, Int(task)] = self[field, Int(task)] }
    return next != self
  }

  fileprivate func isRefused(_ task: UInt8, _ book: borrowing Rulebook) -> Bool { refusal(of: task, book).map { !$0.isBusy } ?? false }
  fileprivate func isBusy(_ task: UInt8, _ book: borrowing Rulebook) -> Bool { refusal(of: task, book).map(\.isBusy) ?? false }

  private func refusal(of task: UInt8, _ book: borrowing Rulebook) -> Guard? {
    var next = self
    return next.perform(.advance(task: task), book).refusal
  }
}
