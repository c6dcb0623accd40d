import Procedures

extension HostDescription {
  /// What the files of this host declare that it comes to on a platform: the variant's, or that of the one fault in it. Nil where
  /// nobody has declared anything: a user's procedure, several faults, a fault that names nothing that it breaks.
  public func declaration(on platform: String) -> Variant.Expectation? {
    guard replacements.isEmpty, let set = try? procedures() else { return nil }
    guard let fault = faults.first else { return set.variant.expectation(on: platform) }
    guard faults.count == 1 else { return nil }
    let file: FaultFile?
    switch fault {
    case .named(let name): file = ProcedureSet.faultNames.contains(name) ? try? ProcedureSet.fault(name) : nil
    case .file(let source): file = (try? source.document()).flatMap { try? FaultFile($0) }
    }
    guard let breaks = file?.breaks, !breaks.isEmpty else { return nil }
    return .beginsWith(breaks)
  }
}
