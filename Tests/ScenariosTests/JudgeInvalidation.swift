import Machine
import Procedures
import Rules
import Testing

/// One procedure of one variant, walked step by step on a machine whose caches are full; between any two steps guest, device and
/// importer use whatever they still can. The judge watches.
struct InvalidationStory: Hashable {
  let variant: String, procedure: Procedure
  /// Whether the interface is bound and has run, or was never bound.
  var isBound = true
  /// The steps that are left out, by their places in the file.
  var omitted: Set<Int> = []
  /// Guards that are switched off, whether or not a step is left out.
  var dropping: [Guard] = []
  /// The importer finishes, lets go and comes back by itself; else it works until somebody waits for it.
  var importerIsQuick = false

  static let bounds = Bounds(devices: 1, pages: 4, importers: 1, memory: 1)

  /// A harm that was seen, or without one: what can still be reached when the procedure is over.
  struct Sight: Hashable {
    var harm: Harm?
    var what: String
  }

  struct Ending {
    let judge: Judge
    var sights: Set<Sight> = []
    /// It waits for ever, at this step.
    var hangs: Step?
  }

  private func procedures(complete: Bool) throws -> ProcedureSet {
    var set = try ProcedureSet(variant: variant)
    for guardName in dropping { try set.apply(fault: "drop-guard:\(guardName.id)") }
    guard !complete, !omitted.isEmpty else { return set }
    var file = try #require(set[procedure])
    for place in omitted {
      // As an edit does it: a place to jump to must not vanish with its step.
      file.steps[place].step = .nothing
      (file.steps[place].condition, file.steps[place].expects, file.steps[place].isRepeated) = (.always, true, false)
    }
    try set.replace(procedure.id, with: file)
    return set
  }

  private func machine(complete: Bool) throws -> Machine {
    let set = try procedures(complete: complete)
    var parameters = Parameters()
    parameters.nonTEEPages = 0b1100
    let book = Rulebook(law: set.law, playbook: try set.playbook())
    return try Machine(MachineFile.synthetic(bounds: Self.bounds, parameters: parameters), book)
  }

  /// Everything is in use: pages shared and private, memory, trusted DMA, a peer that imports the buffer.
  private func beginning() throws -> [Action] {
    let m = try machine(complete: true), isShared = procedure == .bind || !isBound
    #expect(m.setUp() == nil)
    // A page that is not TEE memory is open to T=0 in every state.
    if !isShared { #expect(m.goPrivate(0) == nil) }
    for p in UInt8(isShared ? 0 : 2)..<Self.bounds.pages { _ = m.guestRegisters(0, p, secure: false, [.load(0, width: 8)]) }
    for action in [Action.attach(importer: 0), .map(importer: 0), .guestWrites(unit: 0), .guestReads(unit: 0)] { m.attempt(action) }
    for action in uses { m.attempt(action) }
    // Where the kernel revokes before it unbinds, UNMAP asks for a stopped interface: this VMM has seen to that.
    if dropping.contains(.hostMapSlot) { m.attempt(.mapByHost(device: 0)) }
    if isBound, revokesFirst { for step in [Step.requestStop, .relay, .response] { m.attempt(.call(step, device: 0, page: 0)) } }
    if procedure == .vmmCrash { m.attempt(.crashVMM) }
    return m.events.compactMap { $0.action.flatMap { Action($0) } }
  }

  /// The procedure revokes what is private as well, without a STOP before it.
  private var revokesFirst: Bool {
    guard let steps = try? ProcedureSet(variant: variant)[procedure]?.steps.map(\.step), let unmap = steps.firstIndex(of: .mmioUnmap) else {
      return false
    }
    return !steps[..<unmap].contains(.requestStop)
  }

  /// What everybody may still do.
  private var uses: [Action] {
    var all: [Action] = [.enterVCPU]
    for p in 0..<Self.bounds.pages {
      all += [.beginAccess(device: 0, page: p, secure: true), .endAccess, .beginAccess(device: 0, page: p, secure: false), .endAccess]
    }
    return all + [
      .guestReads(unit: 0), .startDMA(device: 0, trusted: true), .finishTrustedDMA(device: 0, unit: 0), .map(importer: 0), .use(importer: 0),
    ]
  }

  /// The importer's part, where it moves by itself or is waited for.
  private func letImporterMove(_ judge: Judge) {
    judge.perform(.finish(importer: 0))
    if judge.account.told.contains(0) { judge.perform(.unmap(importer: 0)) }
  }

  func tell() throws -> Ending {
    let judge = Judge(try machine(complete: false)), m = judge.machine
    (judge.look, judge.isPatient) = (.nowhere, true)
    judge.perform(try beginning())
    judge.perform(.request(procedure, device: 0, page: 0))
    var ending = Ending(judge: judge)
    while !m.world.isIdle(0), ending.hangs == nil {
      let step = m.world.pendingStep(of: 0, m.book)?.step, place = [m.world[.taskPosition, 0], m.world[.taskCursor, 0]]
      judge.perform(.advance(task: 0))
      let waits = place == [m.world[.taskPosition, 0], m.world[.taskCursor, 0]]
      if m.violation?.property == .deadlock || m.events.count > 4000 { ending.hangs = step ?? .nothing }
      if waits || importerIsQuick { letImporterMove(judge) }
      if waits { judge.perform(.advance(task: 0)) }
      judge.perform(uses)
    }
    let first = m.events.count
    judge.perform(uses)
    ending.sights = Set(judge.sightings.map { Sight(harm: $0.harm, what: $0.what) })
    for event in m.events[first...] where event.accesses.contains(where: { if case .physical = $0.result { true } else { false } }) {
      ending.sights.insert(Sight(harm: nil, what: "\(event.call) \(event.object ?? "")"))
    }
    if m.vfio.hostMappings[0] { ending.sights.insert(Sight(harm: nil, what: "the VMM's mapping")) }
    return ending
  }
}
