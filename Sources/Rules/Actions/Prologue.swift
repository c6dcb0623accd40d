/// How a world came to be what it is: the actions from the empty world on, and the property that they broke if they did.
/// Nothing follows after that.
public struct Prologue: Hashable, Sendable {
  public var actions: [Action] = []
  public var broken: Property?
  /// Procedures that ended with an error for their caller: what comes after begins in another world than it seems to.
  public var failed: [Procedure] = []
}

/// Where the set-up stops, and which procedures of it had ended with an error before.
public struct SetUpStop: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    case refused(Action, Guard)
    /// Nobody is there who could let it go on.
    case waits(Procedure, Step, Guard)
    case doesNotEnd(Procedure)
  }
  public let reason: Reason
  public let failed: [Procedure]

  public var description: String {
    let ended = failed.isEmpty ? "" : "; before that an error ended " + failed.map(\.id).joined(separator: ", ")
    return switch reason {
    case .refused(let action, let why): "'\(action)' is refused by \(why.id)\(ended)"
    case .waits(let procedure, let step, let why): "\(procedure.id) waits for ever with \(step.id): \(why.id)\(ended)"
    case .doesNotEnd(let procedure): "\(procedure.id) does not come to its end\(ended)"
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
      let line = book.playbook[self[.taskPosition, 0]], step = pendingStep(of: 0, book)?.step
      let outcome = try play(.advance(task: 0), &prologue, book)
      if prologue.broken != nil { return }
      let givesUp = outcome.refusal.map { $0.isBusy ? line.onBusy == .abandon : line.onError == .abandon } ?? false
      if isIdle(0), step == .fail || givesUp { prologue.failed.append(procedure) }
    }
    guard isIdle(0) else { throw SetUpStop(reason: .doesNotEnd(procedure), failed: prologue.failed) }
  }

  /// One action. What breaks a property ends the prologue there: the rest is passed by.
  @discardableResult
  private mutating func play(_ action: Action, _ prologue: inout Prologue, _ book: borrowing Rulebook) throws(SetUpStop) -> Outcome {
    guard prologue.broken == nil else { return .accepted }
    let pending: PendingStep? = if case .advance(let task) = action { pendingStep(of: task, book) } else { nil }
    let outcome = perform(action, book)
    if case .refused(let why) = outcome {
      let reason = pending.map { SetUpStop.Reason.waits($0.procedure, $0.step, why) } ?? .refused(action, why)
      throw SetUpStop(reason: reason, failed: prologue.failed)
    }
    prologue.actions.append(action)
    prologue.broken = outcome.violated ?? brokenProperty(book)
    return outcome
  }
}
