import Documents
import Machine
import Procedures
import Rules

/// Runs a scenario on a machine, and compares what comes with what was declared.
///
/// A violation that is not declared ends the run where it is; so does one that `expect: violates` declares. What a step
/// itself declares (`expect: violated`) is part of the story, and the run goes on.
public struct ScenarioRunner {
  /// Runs to the end. Errors are those of the input: nothing has run then.
  public static func run(_ request: RunRequest) throws(ScenarioError) -> Run {
    var runner = try ScenarioRunner(request)
    runner.runAll()
    return runner.run
  }

  let request: RunRequest
  let machine: Machine
  let procedures: ProcedureSet
  let end: ScenarioEnd
  var run: Run
  /// Events of the machine that are already in the run.
  private var recorded = 0
  var phase = ""
  private var isOver = false

  init(_ request: RunRequest) throws(ScenarioError) {
    guard request.platform == "tdx" else { throw .platform(request.platform) }
    self.request = request
    let file = try ScenarioError.mapping { () throws(DocumentError) in
      try request.scenario.machine(request.machine)
    }
    let (procedures, playbook) = try ScenarioError.mapping { () throws(ProcedureError) in
      let procedures = try request.host.procedures(with: request.scenario.faults)
      return (procedures, try procedures.playbook())
    }
    var book = Rulebook(law: procedures.law, playbook: playbook)
    book.parameters.strictDMA = procedures.needsStrictDMA
    machine = try ScenarioError.mapping { () throws(MachineError) in try Machine(file, book, seed: request.seed) }
    self.procedures = procedures
    run = Run(header: RecordingHeader(request, machine), world: machine.world)
    machine.auditsEveryEvent = request.auditsEveryEvent
    end = request.scenario.ends.value(variant: request.host.variant, platform: request.platform)
    let variant = request.host.variant
    try checkSteps(of: variant)
  }

  /// A step that advances to a step of a procedure must name one that this host's procedure has.
  private func checkSteps(of variant: String) throws(ScenarioError) {
    for step in request.scenario.steps where step.variants.isEmpty || step.variants.contains(variant) {
      guard case .advance(let procedure, .until(let name)) = step.deed else { continue }
      guard let file = procedures[procedure], file.steps.contains(where: { $0.means(name) }) else {
        throw .document(
          DocumentError(
            .unknownWord, at: step.position, "\(procedure.id) has no step \(quoted(name)) in \(variant)",
            expected: "the name of a step, or what it does"))
      }
    }
  }

  mutating func runAll() {
    for phase in request.scenario.phases {
      self.phase = phase.name
      run.phases.append(phase.name)
      for step in phase.steps where !isOver && (step.variants.isEmpty || step.variants.contains(request.host.variant)) { perform(step) }
    }
    run.world = machine.world
    run.violation = machine.violation.map { RecordedViolation(property: $0.property, event: $0.event) }
    run.memory = digestText(machine.memoryDigest())
    run.bytesMoved = machine.bytesMoved
    run.troubles = machine.troubles
    run.header.evidence = machine.evidence.description
    judgeEnd()
  }

  private mutating func perform(_ step: ScenarioStep) {
    if step.page == .nonTEE, page(of: step) == nil {
      run.ends.append("\(step.position) left out, as the machine has only pages of TEE memory")
      return
    }
    let found = perform(step.deed, step)
    let events = takeEvents()
    let expected = settled(step.expectation.value(variant: request.host.variant, platform: request.platform), step)
    let objection = expected.objection(to: found, events)
    let broken = events.lazy.compactMap { $0.property.flatMap { Property(id: $0) } }.first
    let isEnd = broken.map { end.violates.contains($0) } ?? false
    record(events, declared: isEnd ? true : objection != nil ? false : expected.outcome == .ok || expected.outcome == .any ? nil : true)

    if let broken, expected.outcome != .violated || objection != nil {
      isOver = true
      if !end.violates.contains(broken) {
        run.mismatches.append("\(step.position): \(broken.id) was broken, which nobody declared: \(broken.sentence)")
      }
    } else if let objection, broken == nil {
      run.mismatches.append("\(step.position): \(objection)")
    }
  }

  /// What `as-reported` means on this machine.
  private func settled(_ expected: StepExpectation, _ step: ScenarioStep) -> StepExpectation {
    guard expected.outcome == .asReported else { return expected }
    var settled = expected
    settled.outcome = isTouchedPageTEE(step) ? .fault : .ok
    if settled.outcome == .fault, settled.guardName == nil { settled.guardName = .tlpT0Unlocked }
    return settled
  }

  /// Whether the page that a request without T bit goes to is TEE memory, as what is reported as nothing is.
  private func isTouchedPageTEE(_ step: ScenarioStep) -> Bool {
    var page = page(of: step) ?? 0
    if step.deed == .vmm(.writeMSIX) {
      guard case .page(let shown) = machine.file.devices[Int(step.device)].messages else { return true }
      page = shown
    }
    return machine.book.parameters.isTEE(page)
  }

  /// The machine's events that are not yet in the run.
  private mutating func takeEvents() -> [RecordedEvent] {
    defer { recorded = machine.events.count }
    return machine.events[recorded...].map { RecordedEvent($0, phase: phase) }
  }

  private mutating func record(_ events: [RecordedEvent], declared: Bool?) {
    for var event in events {
      if event.outcome != .ok, !event.isWait { event.isDeclared = declared }
      run.events.append(event)
    }
  }
}

extension StepExpectation {
  /// Nil when the step ended as it should.
  func objection(to found: Outcome, _ events: [RecordedEvent]) -> String? {
    if outcome != .any, outcome != found { return "the step was expected to end with '\(outcome.rawValue)', and ended with '\(found.rawValue)'" }
    if let code, !events.contains(where: { $0.code == code }) { return "no event of the step carries the code \(code)" }
    if let guardName, !events.contains(where: { $0.guardID == guardName.id }) { return "no event of the step was refused by \(guardName.id)" }
    if let property, !events.contains(where: { $0.property == property.id }) { return "no event of the step broke \(property.id)" }
    return nil
  }
}

extension WrittenStep {
  /// A scenario may name a step as its file does, or by what it does.
  func means(_ text: String) -> Bool { name == text || step.id == text }
}
