import Machine
import Rules

/// What each verb of a step does with the machine, and how it ended.
extension ScenarioRunner {
  mutating func perform(_ deed: ScenarioStep.Deed, _ step: ScenarioStep) -> StepExpectation.Outcome {
    let d = step.device
    switch deed {
    case .call(let procedure): return outcome(machine.run(procedure, d, page: page(of: step) ?? 0))
    case .start(let procedure): return machine.begin(procedure, d, page: page(of: step) ?? 0) == nil ? lastOutcome : .ok
    case .advance(let procedure, let amount): return advance(procedure, d, amount)
    case .finish(let procedure):
      guard let task = task(in: procedure, d) else { return .refused }
      return outcome(machine.finish(task))
    case .interleave: return interleave()
    case .guest(let deed): return guest(deed, step)
    case .transfer(let isPrivate, let amount): return transfer(d, isPrivate, amount)
    case .host(.touch): return outcome(machine.hostTouches(d, page: page(of: step) ?? 0))
    case .host(.read): return outcome(machine.hostReads(unit(of: step)))
    case .host(.write): return outcome(machine.hostWrites(unit(of: step)))
    case .peer(.touch): return outcome(machine.peerTouches(d, page: page(of: step) ?? 0))
    case .peer: return outcome(machine.peerReads(unit(of: step)))
    case .importer(let deed): return outcome(machine.attempt(action(deed, step.importerIndex)))
    case .vmm(.mmap): return outcome(machine.attempt(.mapByHost(device: d)))
    case .vmm(.exit): return outcome(machine.attempt(.crashVMM))
    case .vmm(.crash):
      var worst = StepExpectation.Outcome.ok
      for report in machine.crash() where worst == .ok { worst = outcome(report) }
      return worst
    case .vmm(.writeCommand): return outcome(machine.vmmWrites(.command, d).outcome)
    case .vmm(.setIRQs): return outcome(machine.vmmWrites(.interrupts, d).outcome)
    case .vmm(.writeMailbox): return outcome(machine.vmmWrites(.mailbox, d).outcome)
    case .vmm(.writeMSIX): return outcome(machine.vmmWrites(.messages, d).outcome)
    case .link(let how): return outcome(machine.tamperLink(how, d).outcome)
    case .vfio(let keeps):
      machine.keepsBound = keeps
      return .ok
    case .relay(let how, let part): return outcome(machine.tamper(how, d, at: part).outcome)
    case .action(let action): return outcome(machine.act(action).outcome)
    }
  }

  /// The page that a step names, on this machine.
  func page(of step: ScenarioStep) -> UInt8? { step.page?.index(in: machine.book.bounds, machine.book.parameters) }
  private func unit(of step: ScenarioStep) -> UInt8 { step.unit.index(in: machine.book.bounds) ?? 0 }

  private func action(_ deed: ImporterDeed, _ i: UInt8) -> Action {
    switch deed {
    case .attach: .attach(importer: i)
    case .map: .map(importer: i)
    case .use: .use(importer: i)
    case .finish: .finish(importer: i)
    case .unmap: .unmap(importer: i)
    case .detach: .detach(importer: i)
    }
  }

  // MARK: How it ended

  private func outcome(_ attempt: Attempt) -> StepExpectation.Outcome { outcome(attempt.event.outcome) }

  private func outcome(_ kind: Event.Kind) -> StepExpectation.Outcome {
    switch kind {
    case .ok: .ok
    case .refused: .refused
    case .ignored: .ignored
    case .fault: .fault
    case .violated: .violated
    }
  }

  private func outcome(_ report: RunReport) -> StepExpectation.Outcome {
    switch report.end {
    case .completed: .ok
    case .failed, .refused: .refused
    case .hangs: .hangs
    case .violated: .violated
    }
  }

  /// Of a deed made of several events that did not come to its end: what the last of them says, or a refusal.
  private var lastOutcome: StepExpectation.Outcome {
    guard let kind = machine.events.last?.outcome, kind != .ok else { return .refused }
    return outcome(kind)
  }

  private func outcome(isDone: Bool, from first: Int) -> StepExpectation.Outcome {
    if machine.events[first...].contains(where: { $0.outcome == .violated }) { return .violated }
    if isDone { return .ok }
    return machine.events[first...].last { $0.outcome != .ok && $0.outcome != .ignored }.map { outcome($0.outcome) } ?? .refused
  }

  // MARK: Several procedures at once

  /// The task that is inside the procedure for this device.
  private func task(in procedure: Procedure, _ d: UInt8) -> UInt8? {
    (0..<Bounds.tasks).first { t in
      let position = machine.world[.taskPosition, Int(t)]
      return position != 0 && machine.book.playbook[position].procedure == procedure && machine.world[.taskDevice, Int(t)] == UInt16(d)
    }
  }

  /// A task that waits stays where it is: the step says so, and the scenario goes on with somebody else.
  private func advance(_ procedure: Procedure, _ d: UInt8, _ amount: ScenarioStep.Amount) -> StepExpectation.Outcome {
    guard let task = task(in: procedure, d) else { return .refused }
    var left = Int(ScenarioStep.advanceLimit)
    if case .count(let count) = amount { left = count }
    while left > 0, !machine.world.isIdle(task) {
      if case .until(let name) = amount, isAt(name, task) { return .ok }
      let answer = machine.attempt(.advance(task: task))
      if case .violated = answer.outcome { return .violated }
      if case .refused = answer.outcome { return .refused }
      left -= 1
    }
    if case .until = amount { return .refused }
    return .ok
  }

  private func isAt(_ name: String, _ task: UInt8) -> Bool {
    let position = machine.world[.taskPosition, Int(task)]
    guard position != 0, let file = procedures[machine.book.playbook[position].procedure] else { return false }
    let index = Int(position) - Int(machine.book.playbook.entry(of: file.procedure))
    return file.steps.indices.contains(index) && file.steps[index].means(name)
  }

  /// The seed decides who takes the next step, so that another seed is another interleaving.
  private mutating func interleave() -> StepExpectation.Outcome {
    var random = SeededOrder(seed: request.seed, at: machine.events.count)
    for _ in 0..<Int(ScenarioStep.advanceLimit) {
      let busy = (0..<Bounds.tasks).filter { !machine.world.isIdle($0) }
      guard !busy.isEmpty else { return .ok }
      let ready = busy.filter { machine.would(.advance(task: $0)) }
      if let task = random.pick(of: ready) {
        if case .violated = machine.attempt(.advance(task: task)).outcome { return .violated }
      } else if let task = busy.first {
        // Both wait: finishing one lets importers and the guest move.
        let report = machine.finish(task)
        if !report.isComplete { return outcome(report) }
      }
    }
    return .hangs
  }

  // MARK: The guest

  private mutating func guest(_ deed: GuestDeed, _ step: ScenarioStep) -> StepExpectation.Outcome {
    let d = step.device, first = machine.events.count
    switch deed {
    case .enter: return outcome(isDone: machine.enterGuest(), from: first)
    case .attest: return outcome(isDone: machine.attest(d).isTrusted, from: first)
    case .acceptMMIO: return outcome(isDone: machine.acceptMMIO(d) == nil, from: first)
    case .acceptDMA: return outcome(isDone: machine.acceptDMA(d), from: first)
    case .start: return outcome(isDone: machine.start(d), from: first)
    case .load:
      let seen = machine.guestRegisters(d, page(of: step) ?? 0, secure: step.isSecure, [.load(0, width: 8)])
      return outcome(isDone: seen != nil, from: first)
    case .read, .write, .acceptMemory:
      guard machine.enterGuest() else { return outcome(isDone: false, from: first) }
      let action: Action =
        deed == .read ? .guestReads(unit: unit(of: step)) : deed == .write ? .guestWrites(unit: unit(of: step)) : .acceptMemory(unit: unit(of: step))
      return outcome(machine.attempt(action))
    }
  }

  private mutating func transfer(_ d: UInt8, _ isPrivate: Bool, _ amount: ScenarioStep.Amount) -> StepExpectation.Outcome {
    let first = machine.events.count
    var bytes = request.payload.bytes
    if case .count(let count) = amount { bytes = Payload.bytes(seed: request.seed, count: count) }
    let report = isPrivate ? machine.privateUse(d, bytes) : machine.sharedUse(d, bytes)
    run.transfers.append(
      TransferRecord(
        phase: phase, isPrivate: isPrivate, bytes: report.bytes, payload: sha256Text(bytes), guest: digestText(report.guestDigest),
        device: digestText(report.deviceDigest), host: digestText(report.hostDigest), failure: report.failure))
    return outcome(isDone: report.isComplete, from: first)
  }
}
