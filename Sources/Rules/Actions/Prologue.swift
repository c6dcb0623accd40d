/// How a world came to be what it is: the actions from the empty world on, and the property that they broke if they did.
/// Nothing follows after that.
public struct Prologue: Hashable, Sendable {
  public var actions: [Action] = []
  public var broken: Property?
  /// Where procedures came to an error: what follows begins in the world that this leaves.
  public var errors: [SetUpError] = []
}

/// A step of the set-up at which its procedure came to an error, or returned one (no guard).
public struct SetUpError: Hashable, Sendable, CustomStringConvertible {
  public let procedure: Procedure, step: Step, why: Guard?
  public var description: String {
    why.map { "\(procedure.id) comes to an error at \(step.id) (\($0.id))" } ?? "\(procedure.id) returns an error"
  }
}

/// Where the set-up stops, and the errors that it came to before.
public struct SetUpStop: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    case refused(Action, Guard)
    /// Nobody is there who could let it go on.
    case waits(Procedure, Step, Guard)
    case doesNotEnd(Procedure)
  }
  public let reason: Reason
  public let errors: [SetUpError]

  public var description: String {
    let before = errors.map { "; before that \($0)" }.joined()
    return switch reason {
    case .refused(let action, let why): "'\(action)' is refused by \(why.id)\(before)"
    case .waits(let procedure, let step, let why): "\(procedure.id) waits for ever with \(step.id): \(why.id)\(before)"
    case .doesNotEnd(let procedure): "\(procedure.id) does not come to its end\(before)"
    }
  }
}

/// The way from an empty world to the one in which the interesting things happen: devices connected, the VM running, each
/// device open, exported and behind a slot. Runs, explorations and replays begin with the same actions.
extension Stage {
  /// An empty world: the VMM's process lives, and nothing else has happened.
  public mutating func begin() { set(.vmmIsAlive, 0, true) }

  /// Performs one procedure on an idle world to its end, and returns the actions that did it. Nil when it does not end within
  /// `patience` steps, or breaks a property.
  public mutating func complete(
    _ procedure: Procedure, _ d: UInt8, page: UInt8 = 0, patience: Int = 2048, _ book: borrowing Rulebook
  ) -> [Action]? {
    var prologue = Prologue()
    do { try play(procedure, d, page: page, patience: patience, &prologue, book) } catch { return nil }
    return prologue.broken == nil ? prologue.actions : nil
  }

  /// Everything before the guest runs.
  public mutating func setUp(_ book: borrowing Rulebook) throws(SetUpStop) -> Prologue {
    begin()
    var prologue = Prologue()
    for d in 0..<book.bounds.devices { try play(.connect, d, &prologue, book) }
    try play(.createVM, 0, &prologue, book)
    for d in 0..<book.bounds.devices {
      for procedure in [Procedure.open, .export] { try play(procedure, d, &prologue, book) }
    }
    try play(.enterVCPU, &prologue, book)
    return prologue
  }

  /// From the set-up to an interface that runs: bound, attested, its pages and its DMA accepted, started.
  public mutating func startInterface(_ d: UInt8, _ prologue: inout Prologue, _ book: borrowing Rulebook) throws(SetUpStop) {
    try play(.bind, d, &prologue, book)
    try play(.accept, d, &prologue, book)
    try play(.validate(device: d), &prologue, book)
    try relay(.askReport(device: d), d, &prologue, book)
    try play(.checkEvidence(device: d), &prologue, book)
    try play(.acceptDMA(device: d), &prologue, book)
    for p in 0..<book.bounds.pages where book.parameters.isTEE(p) {
      try play(.faultPrivate, d, page: p, &prologue, book)
      try play(.acceptMMIO(device: d, page: p), &prologue, book)
    }
    try relay(.askStart(device: d), d, &prologue, book)
  }

  /// A question of the guest, carried by the host, with its answer collected.
  private mutating func relay(_ ask: Action, _ d: UInt8, _ prologue: inout Prologue, _ book: borrowing Rulebook) throws(SetUpStop) {
    try play(ask, &prologue, book)
    try play(.relay, d, &prologue, book)
    try play(.collect(device: d), &prologue, book)
  }

  private mutating func play(
    _ procedure: Procedure, _ d: UInt8, page: UInt8 = 0, patience: Int = 2048, _ prologue: inout Prologue, _ book: borrowing Rulebook
  ) throws(SetUpStop) {
    guard prologue.broken == nil else { return }
    try play(.request(procedure, device: d, page: page), &prologue, book)
    for _ in 0..<patience where !isIdle(0) {
      let line = book.playbook[self[.taskPosition, 0]], isPassed = pendingStep(of: 0, book) == nil
      let outcome = perform(.advance(task: 0), book)
      if case .refused(let why) = outcome { throw SetUpStop(reason: .waits(procedure, line.step, why), errors: prologue.errors) }
      prologue.note(.advance(task: 0), outcome, brokenProperty(book))
      if prologue.broken != nil { return }
      if case .failed(let why) = outcome, why.isBusy ? line.onBusy == .abandon : line.onError != .ignore {
        prologue.errors.append(SetUpError(procedure: procedure, step: line.step, why: why))
      }
      if line.step == .fail, !isPassed { prologue.errors.append(SetUpError(procedure: procedure, step: .fail, why: nil)) }
    }
    guard isIdle(0) else { throw SetUpStop(reason: .doesNotEnd(procedure), errors: prologue.errors) }
  }

  /// One action. What breaks a property ends the prologue there: the rest is passed by.
  private mutating func play(_ action: Action, _ prologue: inout Prologue, _ book: borrowing Rulebook) throws(SetUpStop) {
    guard prologue.broken == nil else { return }
    let outcome = perform(action, book)
    if case .refused(let why) = outcome { throw SetUpStop(reason: .refused(action, why), errors: prologue.errors) }
    prologue.note(action, outcome, brokenProperty(book))
  }
}

extension Prologue {
  fileprivate mutating func note(_ action: Action, _ outcome: Outcome, _ broken: Property?) {
    actions.append(action)
    self.broken = outcome.violated ?? broken
  }
}
