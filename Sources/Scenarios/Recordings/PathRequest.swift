import Documents
import Machine
import Procedures
import Rules

/// A path that an exploration found, to be executed on a machine of the model's size.
///
/// The explorer is no part of this room: whoever calls it fills this in.
public struct PathRequest: Sendable {
  public var model: String
  public var platform = "tdx"
  public var claim: Claim
  public var id: String
  public var bounds: Bounds
  public var parameters: Parameters
  public var cast: Cast
  public var host: HostDescription
  /// The model's set-up, then the way from there to the violation.
  public var prologue: [Action]
  public var actions: [Action]
  /// What others have to do before the last action for it to break nothing; and other orders that break nothing, a sentence each.
  public var schedule: [Action] = []
  public var orders: [String] = []
  /// Rules on the path that no source settles.
  public var inferred: [InferredRule] = []
  public var seed: UInt64 = 1

  public init(
    model: String, claim: Claim, id: String, bounds: Bounds, parameters: Parameters, cast: Cast, host: HostDescription, prologue: [Action],
    actions: [Action]
  ) {
    (self.model, self.claim, self.id, self.bounds, self.parameters, self.cast) = (model, claim, id, bounds, parameters, cast)
    (self.host, self.prologue, self.actions) = (host, prologue, actions)
  }
}

extension Recording {
  /// Executes a counterexample and records it. `line` is the verdict's last line.
  ///
  /// The result's exit status is 1 where the path ends in its violation, as that of the check that found it. A path that
  /// does not is recorded too: its `mismatches` say what came instead.
  public static func counterexample(_ request: PathRequest, line: String) throws(ScenarioError) -> Recording {
    guard request.platform == "tdx" else { throw .platform(request.platform) }
    let (procedures, playbook) = try ScenarioError.mapping { () throws(ProcedureError) in
      let procedures = try request.host.procedures()
      return (procedures, try procedures.playbook())
    }
    let file = try ScenarioError.mapping { () throws(DocumentError) in
      try MachineFile.synthetic(bounds: request.bounds, parameters: request.parameters)
    }
    var book = Rulebook(law: procedures.law, playbook: playbook, cast: request.cast)
    book.asked = PropertySet(request.claim.property.map { [$0] } ?? [])
    let machine = try ScenarioError.mapping { () throws(MachineError) in
      try Machine(file, book, seed: request.seed, evidence: .handedOver)
    }

    for action in request.prologue { machine.attempt(action) }
    var mismatches: [String] = []
    if let broken = machine.violation { mismatches.append("the set-up breaks \(broken.property.id) in event \(broken.event)") }
    let first = machine.events.count
    var found: RecordedViolation?
    var rounds = LapseRounds(request)
    rounds?.look(at: machine, after: 0)
    var schedule: String?
    for (number, action) in request.actions.enumerated() {
      if number + 1 == request.actions.count { schedule = machine.words(for: request.schedule, before: action, number: number + 1) }
      let answer = machine.attempt(action)
      if case .violated(let property) = answer.outcome, property == request.claim.property {
        found = RecordedViolation(property: property, event: answer.event.index)
        if number + 1 < request.actions.count { mismatches.append("\(property.id) is broken \(request.actions.count - number - 1) steps early") }
        break
      }
      if case .refused(let why) = answer.outcome { mismatches.append("event \(answer.event.index): '\(action)' was refused by \(why.id)") }
      rounds?.look(at: machine, after: number + 1)
    }
    if let property = request.claim.property, found == nil { mismatches.append("the path does not break \(property.id)") }
    mismatches += (rounds?.mismatches ?? []) + machine.troubles

    let events = machine.events[first...].map { RecordedEvent($0, phase: "") }
    let result = RecordedResult(
      line: line, exitStatus: 1, events: events.count, steps: events.count(where: \.isStep),
      refused: events.count { $0.isStep && $0.outcome.isRefusal(atGuard: $0.guardID != nil) },
      faults: events.count { $0.isStep && $0.outcome == .fault }, bytes: machine.bytesMoved, violation: found,
      memory: digestText(machine.memoryDigest()), phases: [""], transfers: [], ends: [], mismatches: mismatches,
      passesIf: request.orders + (schedule.map { [$0] } ?? []), inferred: request.inferred)
    return Recording(header: RecordingHeader(request, machine), events: events, result: result)
  }
}

extension Machine {
  /// `importer fence signal, then importer dmabuf.unmap come before vfio.reset-begin (step 15)`; nil for no actions.
  fileprivate func words(for actions: [Action], before last: Action, number: Int) -> String? {
    guard !actions.isEmpty else { return nil }
    var world = self.world, parts: [String] = []
    for action in actions {
      let name = names.name(of: action, in: world, book)
      _ = world.perform(action, book)
      parts.append(name.call.hasPrefix("\(name.actor).") ? name.call : "\(name.actor) \(name.call)")
    }
    let name = names.name(of: last, in: world, book)
    return "\(parts.joined(separator: ", then ")) \(parts.count == 1 ? "comes" : "come") before \(name.call) (step \(number))"
  }
}

extension RecordingHeader {
  init(_ request: PathRequest, _ machine: Machine) {
    kind = .counterexample
    (name, platform, seed, host) = (request.model, request.platform, request.seed, request.host)
    faults = request.host.faults.map(\.name)
    (bounds, parameters, cast) = (request.bounds, request.parameters, request.cast)
    shape = MachineShape(machine.file)
    prologue = request.prologue
    (claim, id) = (request.claim, request.id)
  }
}
