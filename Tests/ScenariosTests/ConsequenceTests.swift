import Exploration
import Machine
import Models
import Procedures
import Rules
import Testing

import Scenarios

/// The two consequences of having the rules once. Every run is a path of the model: its log replays through the rules alone without
/// a difference. Every counterexample runs: the machine ends in the same violation, twice with the same memory.
struct ConsequenceTests {
  #if DEBUG
    // A debug build is slow: a spread of them.
    static let variants = ["unbind-first", "mainline-7.1"]
    static let faults = ["", "unmap-before-stop", "forget-invalidation", "drop-guard:TDH.MMIO.UNMAP/stopped"]
    static let explored = ["unmap-before-stop", "forget-tracking", "leak-on-close"]
    static let droppedGuards = ["TDH.MEM.PAGE.REMOVE/tlb-tracked", "TDISP.tracking/error"]
    static let refused: [String] = []
    static let limit = 40_000
  #else
    static let variants = [ProcedureSet.defaultVariant] + ProcedureSet.variantNames.filter { $0 != ProcedureSet.defaultVariant }
    static let faults = [""] + ProcedureSet.faultNames + Guard.laws.map { "drop-guard:\($0.id)" }
    static let explored = ProcedureSet.faultNames
    static let droppedGuards = Guard.laws.map(\.id)
    static let refused = ProcedureSet.faultNames.filter { (try? ProcedureSet.fault($0).refusedBy) != nil }
    static let limit = 2_000_000
  #endif

  private func recording(_ scenario: String, _ variant: String, fault: String, count: Int) throws -> Recording? {
    guard let run = try run(scenario, on: variant, fault: fault, payload: count) else { return nil }
    #expect(run.troubles == [], "\(scenario) on \(variant) with \(fault)")
    return Recording(run)
  }

  @Test(arguments: BuiltInScenarios.names)
  func everyRunIsAPathOfTheModel(scenario: String) throws {
    var seen = 0
    for variant in Self.variants {
      // Guards are the same for all variants: one is enough.
      for fault in Self.faults where variant == Self.variants[0] || !fault.hasPrefix("drop-guard:") {
        guard let recording = try recording(scenario, variant, fault: fault, count: 100) else { continue }
        seen += 1
        let differences = try Replay.throughRules(recording)
        #expect(differences.isEmpty, "\(scenario) on \(variant) with \(fault): \(differences.first?.description ?? "")")
      }
    }
    #expect(seen >= Self.variants.count)
  }

  /// Also as a file, read again.
  @Test(arguments: BuiltInScenarios.names)
  func everyRunIsTheSameTwice(scenario: String) throws {
    let first = try #require(try recording(scenario, "unbind-first", fault: "", count: 65))
    let read = try Recording(text: first.text, file: "recording")
    #expect(read == first)
    #expect(try Replay(of: read).differences == [])
  }

  /// Explores with `faults`, executes what is found, and puts it before the judge. Nil: nothing was found.
  private func execute(
    _ faults: [String], variant: String, kind: ModelKind = .privateMMIO, bounds: Bounds = Bounds(devices: 1, pages: 1, importers: 1, memory: 1),
    limit: Int = limit
  ) throws -> JudgedCounterexample.Showing? {
    var procedures = try ProcedureSet(variant: variant)
    var host = HostDescription(variant: variant)
    for fault in faults {
      try procedures.apply(fault: fault)
      try host.add(fault: fault)
    }
    // Without some guards the set-up itself goes wrong.
    guard let model = try? Model(kind, procedures: procedures, bounds: bounds) else { return nil }
    var options = SearchOptions()
    options.limit = limit
    guard let found = try Check(model, options: options).counterexample else { return nil }
    let request = PathRequest(
      model: kind.rawValue, claim: .violation(found.property), id: found.id, bounds: model.book.bounds, parameters: model.book.parameters,
      cast: model.book.cast, host: host, prologue: model.beginning, actions: found.actions)
    let first = try Recording.counterexample(request, line: "verdict: violated"),
      second = try Recording.counterexample(request, line: "verdict: violated")
    #expect(first.result.mismatches == [], "\(faults) on \(variant)")
    #expect(first.result.violation?.property == found.property)
    #expect(first == second && first.result.memory.count > 32)
    #expect(try Replay.throughRules(first) == [], "\(faults) on \(variant)")
    #expect(try Replay(of: first).differences == [])
    #expect(try Recording(text: first.text, file: "path") == first)
    return try judge(found, of: model)
  }

  /// At the event that breaks the property the judge sees what it is about, and before it nothing.
  private func judge(_ found: Counterexample, of model: Model) throws -> JudgedCounterexample.Showing {
    let (judge, showing) = try JudgedCounterexample.judge(found, of: model)
    let what: Comment = "\(model.procedures.faults) on \(model.procedures.variant.name): \(found.property.id)"
    #expect(judge.machine.violation?.property == found.property, what)
    if model.procedures.dropped.isEmpty, showing != .afterwards {
      #expect(judge.disagreement() == nil, what)
      #expect(showing == .asClaimed || Harm(found.property) == nil, what)
    }
    return showing
  }

  @Test(arguments: ConsequenceTests.explored)
  func everyCounterexampleRuns(fault: String) throws {
    let file = try ProcedureSet.fault(fault)
    let found = try execute([fault], variant: file.variants.first ?? ProcedureSet.defaultVariant)
    // A hostile world is too large for this: the model's own tests find it.
    #expect(found != nil || file.breaks.isEmpty || file.needsHostileVMM || Self.limit < 1_000_000, "nothing found with \(fault)")
  }

  @Test(arguments: ["mainline-7.1", "rfc-2025"])
  func everyCounterexampleOfAVariantRuns(variant: String) throws {
    #expect(try execute([], variant: variant) != nil || Self.limit < 1_000_000)
  }

  @Test(arguments: ConsequenceTests.droppedGuards)
  func everyCounterexampleWithoutAGuardRuns(guardID: String) throws {
    var showings: [JudgedCounterexample.Showing] = []
    for kind in ModelKind.allCases {
      let importers: UInt8 = kind == .privateMMIO ? 1 : 0
      // A page that is mapped twice or in another's place takes two.
      for pages: UInt8 in kind == .privateMMIO ? [1] : [1, 2] {
        let bounds = Bounds(devices: 1, pages: pages, importers: importers, memory: 1)
        if let showing = try execute(["drop-guard:\(guardID)"], variant: "unbind-first", kind: kind, bounds: bounds, limit: Self.limit / 10) {
          showings.append(showing)
        }
      }
    }
    guard !showings.isEmpty else { return }
    let isSeen = showings.contains { $0 != .nowhere }, law = try #require(Guard(id: guardID))
    #expect(isSeen == (JudgedCounterexample.unseen[law] == nil) || Self.limit < 1_000_000, "\(guardID): \(showings)")
  }

  /// What a guard refuses of a fault shows when the guard is gone as well.
  @Test(arguments: ConsequenceTests.refused)
  func everyCounterexampleOfARefusedFaultRuns(fault: String) throws {
    let file = try ProcedureSet.fault(fault), law = try #require(file.refusedBy)
    let showing = try execute([fault, "drop-guard:\(law.id)"], variant: file.variants.first ?? ProcedureSet.defaultVariant)
    #expect(showing != nil && (showing != .nowhere || JudgedCounterexample.unseen[law] != nil), "\(fault) without \(law.id)")
  }
}
