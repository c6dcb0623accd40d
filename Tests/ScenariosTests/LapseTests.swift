import Exploration
import Models
import Procedures
import Rules
import Scenarios
import Testing

/// A lasso that the explorer found goes round on the machine: the world of each round's end is the one of its beginning.
@Suite struct LapseTests {
  #if DEBUG
    private static let isOptimised = false
  #else
    private static let isOptimised = true
  #endif

  private func lapse(_ fault: String, _ promise: Promise) throws -> PathRequest? {
    let file = try ProcedureSet.fault(fault), variant = file.variants.first ?? ProcedureSet.defaultVariant
    var procedures = try ProcedureSet(variant: variant), host = HostDescription(variant: variant)
    try procedures.apply(fault: fault)
    try host.add(fault: fault)
    let bounds = Bounds(devices: 1, pages: 1, importers: 1, memory: 1)
    let model = try Model(.privateMMIO, procedures: procedures, bounds: bounds, properties: [], promises: [promise])
    guard let found = try Check(model, options: SearchOptions(limit: Self.isOptimised ? 6_000_000 : 20_000)).lapse else { return nil }
    return PathRequest(
      model: model.kind.rawValue, claim: .lapse(promise, turn: found.stem.count, round: found.cycle.count), id: found.id, bounds: bounds,
      parameters: model.book.parameters, cast: model.book.cast, host: host, prologue: model.beginning,
      actions: found.stem + found.cycle + found.cycle)
  }

  @Test(arguments: try! ProcedureSet.faultNames.filter { try !ProcedureSet.fault($0).lapses.isEmpty })
  func everyLapseGoesRound(fault: String) throws {
    for promise in try ProcedureSet.fault(fault).lapses {
      guard let request = try lapse(fault, promise) else {
        #expect(!Self.isOptimised, "nothing found with \(fault)")
        continue
      }
      let recording = try Recording.counterexample(request, line: "verdict: violated")
      #expect(recording.result.mismatches == [] && recording.result.violation == nil)
      #expect(try Replay(of: recording).differences == [] && Replay.throughRules(recording) == [])
      #expect(try Recording(text: recording.text, file: "path") == recording)
    }
  }

  /// A round that does not come back, or in which nothing is owed, is seen.
  @Test func aFalseLassoIsSeen() throws {
    guard var request = try lapse("fault-spins", .vcpuGetsOn) else { return }
    guard case .lapse(let promise, let turn, let round) = request.claim else { return }
    request.claim = .lapse(promise, turn: turn - 1, round: round)
    #expect(try !Recording.counterexample(request, line: "").result.mismatches.isEmpty)
    request.claim = .lapse(.teardownTerminates, turn: turn, round: round)
    #expect(try !Recording.counterexample(request, line: "").result.mismatches.isEmpty)
    request.claim = .lapse(promise, turn: request.actions.count + 1, round: round)
    #expect(try !Recording.counterexample(request, line: "").result.mismatches.isEmpty)
  }
}
