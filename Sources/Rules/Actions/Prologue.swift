/// The way from an empty world to the one in which the interesting things happen: devices connected, the VM running, each
/// device open, exported and behind a slot. Runs, explorations and replays begin with the same actions.
extension Stage {
  /// An empty world: the VMM's process lives, and nothing else has happened.
  public mutating func begin() { set(.vmmIsAlive, 0, true) }

  /// Performs one procedure on an idle world to its end, and returns the actions that did it. Nil when it does not end within
  /// `patience` steps.
  public mutating func complete(
    _ procedure: Procedure, _ d: UInt8, page: UInt8 = 0, patience: Int = 2048, _ book: borrowing Rulebook
  ) -> [Action]? {
    let first = Action.request(procedure, device: d, page: page)
    guard perform(first, book) == .accepted else { return nil }
    var actions = [first]
    while !isIdle(0) {
      guard actions.count < patience, perform(.advance(task: 0), book).changesTheWorld else { return nil }
      actions.append(.advance(task: 0))
    }
    return actions
  }

  /// Everything before the guest runs. Nil when a procedure of the set-up does not end.
  public mutating func setUp(_ book: borrowing Rulebook) -> [Action]? {
    begin()
    var actions: [Action] = []
    for d in 0..<book.bounds.devices {
      guard let done = complete(.connect, d, book) else { return nil }
      actions += done
    }
    guard let done = complete(.createVM, 0, book) else { return nil }
    actions += done
    for d in 0..<book.bounds.devices {
      for procedure in [Procedure.open, .export] {
        guard let done = complete(procedure, d, book) else { return nil }
        actions += done
      }
    }
    guard perform(.enterVCPU, book) == .accepted else { return nil }
    return actions + [.enterVCPU]
  }
}
