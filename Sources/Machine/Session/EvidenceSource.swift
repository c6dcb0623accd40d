/// How what a device says of itself reaches the module.
public enum EvidenceSource: String, CaseIterable, Hashable, Sendable {
  /// Over SPDM, with everything checked.
  case session
  /// Inside the process: nothing is signed, and every output says `unauthenticated`. For machines that execute what was found in a
  /// model, of which there are many, and whose rules may lack any guard.
  case handedOver
}

/// What came of the evidence in a run, as every output says it.
public enum EvidenceFound: Hashable, Sendable, CustomStringConvertible {
  /// Handed over inside the process.
  case unauthenticated
  /// No guest looked at any.
  case notAsked
  /// Chain, signatures, measurements and report are what the guest's policy wants, of every device that it looked at.
  case verified
  case refused(String)

  public var description: String {
    switch self {
    case .unauthenticated: "unauthenticated"
    case .notAsked: "not asked for"
    case .verified: "verified"
    case .refused(let why): "refused (\(why))"
    }
  }
}
