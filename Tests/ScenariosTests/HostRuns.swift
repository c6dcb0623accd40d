import Procedures
import Scenarios

/// A built-in scenario on a variant with one fault (or none, ""): the run, or nil where it cannot be run on a host like this.
func run(_ scenario: String, on variant: String, fault: String, payload count: Int) throws -> Run? {
  var host = HostDescription(variant: variant)
  if !fault.isEmpty {
    if !fault.hasPrefix("drop-guard:") {
      let file = try ProcedureSet.fault(fault)
      // A variant that is based on another would be run with what the other was run with already.
      guard try ProcedureSet(variant: variant).isConcerned(by: file) else { return nil }
    }
    try host.add(fault: fault)
  }
  let request = try RunRequest(BuiltInScenarios.scenario(scenario), host: host, payload: Payload([UInt8](repeating: 7, count: count)))
  do {
    return try ScenarioRunner.run(request)
  } catch {
    // It waits at a step that the fault has taken away, or brings a fault of its own, and the two edit the same steps.
    switch error {
    case .document, .procedures: if !fault.isEmpty { return nil }
    default: break
    }
    throw error
  }
}
