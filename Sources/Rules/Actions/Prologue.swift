/// How a world came to be what it is: the actions from the empty world on, and the property that they broke if they did.
/// Nothing follows after that.
public struct Prologue: Hashable, Sendable {
  public var actions: [Action] = []
  public var broken: Property?
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
    return play(procedure, d, page: page, patience: patience, &prologue, book) && prologue.broken == nil ? prologue.actions : nil
  }

  /// Everything before the guest runs. Nil when a procedure of the set-up does not end.
  public mutating func setUp(_ book: borrowing Rulebook) -> Prologue? {
    begin()
    var prologue = Prologue()
    for d in 0..<book.bounds.devices { guard play(.connect, d, &prologue, book) else { return nil } }
    guard play(.createVM, 0, &prologue, book) else { return nil }
    for d in 0..<book.bounds.devices {
      for procedure in [Procedure.open, .export] { guard play(procedure, d, &prologue, book) else { return nil } }
    }
    return play(.enterVCPU, &prologue, book) ? prologue : nil
  }

  /// From the set-up to an interface that runs: bound, attested, its pages and its DMA accepted, started. False when a step of it
  /// is refused.
  public mutating func startInterface(_ d: UInt8, _ prologue: inout Prologue, _ book: borrowing Rulebook) -> Bool {
    guard play(.bind, d, &prologue, book), play(.accept, d, &prologue, book), play(.validate(device: d), &prologue, book),
      relay(.askReport(device: d), d, &prologue, book), play(.checkEvidence(device: d), &prologue, book),
      play(.acceptDMA(device: d), &prologue, book)
    else { return false }
    for p in 0..<book.bounds.pages where book.parameters.isTEE(p) {
      guard play(.faultPrivate, d, page: p, &prologue, book), play(.acceptMMIO(device: d, page: p), &prologue, book) else { return false }
    }
    return relay(.askStart(device: d), d, &prologue, book)
  }

  /// A question of the guest, carried by the host, with its answer collected.
  private mutating func relay(_ ask: Action, _ d: UInt8, _ prologue: inout Prologue, _ book: borrowing Rulebook) -> Bool {
    play(ask, &prologue, book) && play(.relay, d, &prologue, book) && play(.collect(device: d), &prologue, book)
  }

  private mutating func play(
    _ procedure: Procedure, _ d: UInt8, page: UInt8 = 0, patience: Int = 2048, _ prologue: inout Prologue, _ book: borrowing Rulebook
  ) -> Bool {
    guard play(.request(procedure, device: d, page: page), &prologue, book) else { return false }
    for _ in 0..<patience where !isIdle(0) {
      guard play(.advance(task: 0), &prologue, book) else { return false }
      if prologue.broken != nil { return true }
    }
    return isIdle(0)
  }

  /// One action. What breaks a property ends the prologue there: the rest is passed by.
  private mutating func play(_ action: Action, _ prologue: inout Prologue, _ book: borrowing Rulebook) -> Bool {
    guard prologue.broken == nil else { return true }
    let outcome = perform(action, book)
    guard outcome.changesTheWorld else { return false }
    prologue.actions.append(action)
    if case .violated(let property) = outcome { prologue.broken = property } else { prologue.broken = brokenProperty(book) }
    return true
  }
}
