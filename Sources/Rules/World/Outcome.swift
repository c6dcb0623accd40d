/// What became of an attempt. A refusal is the common case while exploring, so it is a value and not an error.
public enum Outcome: Hashable, BitwiseCopyable, Sendable {
  case accepted
  /// A guard said no; nothing changed.
  case refused(Guard)
  /// A call inside a procedure was refused, and the procedure went on as it is written: something may have changed.
  case failed(Guard)
  /// The attempt was carried out and broke a property.
  case violated(Property)

  @inlinable public var changesTheWorld: Bool {
    if case .refused = self { false } else { true }
  }

  @inlinable public var isViolation: Bool { if case .violated = self { true } else { false } }

  /// The property that it broke.
  @inlinable public var violated: Property? { if case .violated(let property) = self { property } else { nil } }

  /// The guard that said no.
  public var refusal: Guard? {
    switch self {
    case .refused(let why), .failed(let why): why
    case .accepted, .violated: nil
    }
  }
}
