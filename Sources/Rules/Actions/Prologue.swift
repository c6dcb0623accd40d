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

  /// From the set-up to an interface that runs: bound, attested, its pages and its DMA accepted, started. Nil when a step of it
  /// is refused.
  public mutating func startInterface(_ d: UInt8, _ book: borrowing Rulebook) -> [Action]? {
    var actions: [Action] = []
    func relay(_ world: inout Self, _ ask: Action, _ book: borrowing Rulebook) -> [Action]? {
      guard world.perform(ask, book) == .accepted, let relayed = world.complete(.relay, d, book) else { return nil }
      let collect = Action.collect(device: d)
      return world.perform(collect, book) == .accepted ? [ask] + relayed + [collect] : nil
    }
    func once(_ world: inout Self, _ action: Action, _ book: borrowing Rulebook) -> [Action]? {
      world.perform(action, book) == .accepted ? [action] : nil
    }
    guard let bound = complete(.bind, d, book), let accepted = complete(.accept, d, book) else { return nil }
    actions += bound + accepted
    guard let valid = once(&self, .validate(device: d), book), let report = relay(&self, .askReport(device: d), book),
      let checked = once(&self, .checkEvidence(device: d), book), let dma = once(&self, .acceptDMA(device: d), book)
    else { return nil }
    actions += valid + report + checked + dma
    for p in 0..<book.bounds.pages where book.parameters.isTEE(p) {
      guard let mapped = complete(.faultPrivate, d, page: p, book), let page = once(&self, .acceptMMIO(device: d, page: p), book)
      else { return nil }
      actions += mapped + page
    }
    guard let started = relay(&self, .askStart(device: d), book) else { return nil }
    return actions + started
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
