/// What a requester does with a device, in the order in which it can be done.
public enum FlowStep: String, CaseIterable, Hashable, Sendable, Comparable {
  /// Discovery, negotiation, certificates, challenge, session.
  case connect
  /// Signed measurements in the session, held against a policy.
  case attest
  /// Keys for all six sub-streams.
  case ide
  case lock
  case report
  case start
  case stop

  public static func < (a: Self, b: Self) -> Bool { position(a) < position(b) }
  private static func position(_ step: Self) -> Int { allCases.firstIndex(of: step) ?? 0 }

  /// `connect,attest`; nil for a word that is none, one said twice, or none at all. Whatever is asked for, it begins with `connect`, and
  /// the order is that of the steps.
  public static func list(_ text: String) -> [Self]? {
    let words = text.split(separator: ",", omittingEmptySubsequences: false).map { Self(rawValue: String($0)) }
    let steps = words.compactMap { $0 }
    guard !steps.isEmpty, steps.count == words.count, Set(steps).count == steps.count else { return nil }
    return Set(steps + [.connect]).sorted()
  }
}

/// What came of one thing that was tried.
public struct FlowNote: Hashable, Sendable {
  public enum Mark: String, Hashable, Sendable {
    case pass, fail
    /// Done, and not what one may rely on.
    case unchecked
    case info
  }

  public var step: FlowStep
  public var name: String
  public var mark: Mark
  public var text: String
  /// A word that stays the same when the text changes; empty where nothing went wrong.
  public var code: String
}
