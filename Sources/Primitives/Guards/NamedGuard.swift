/// A reason for which somebody says no. One name gives the code, the source, the switch and the citation.
///
/// A room has its guards in one enumeration.
public protocol NamedGuard: CaseIterable, Hashable, Sendable {
  var entry: GuardEntry { get }
}

extension NamedGuard {
  public init?(id: String) {
    guard let found = Self.allCases.first(where: { $0.entry.id == id }) else { return nil }
    self = found
  }

  public var id: String { entry.id }
}

/// What a guard is called, what its refusal is called where it is made, and where that is written.
public struct GuardEntry: Hashable, Sendable {
  /// As `--fault drop-guard:` takes it: the call or message, a slash, the condition.
  public let id: String
  /// The error as the platform, the protocol or the kernel names it; `-` where nothing is returned.
  public let code: String
  public let source: String

  public init(_ id: String, _ code: String, _ source: String) { (self.id, self.code, self.source) = (id, code, source) }
}
