/// Everything that a rule consults and none changes: the law, the parameters, the size of the world and the procedures of the host.
public struct Rulebook: Hashable, Sendable {
  public var law: Law
  public var parameters: Parameters
  public var bounds: Bounds
  public var playbook: Playbook
  /// The actors that may act beside the procedures.
  public var cast: Cast
  /// What is judged.
  public var asked = PropertySet.all

  public init(
    law: Law = Law(), parameters: Parameters = Parameters(), bounds: Bounds = Bounds(), playbook: Playbook = Playbook(), cast: Cast = .behaved
  ) {
    (self.law, self.parameters, self.bounds, self.playbook, self.cast) = (law, parameters, bounds, playbook, cast)
  }
}

extension Rulebook {
  /// Whether the property is broken, and was asked for.
  @inlinable @inline(__always) public func breaks(_ property: Property, _ isBroken: Bool) -> Bool { isBroken && asked.contains(property) }

  /// Accepted, unless doing it broke the property.
  @inlinable @inline(__always) public func accepted(unless isBroken: Bool, _ property: Property) -> Outcome {
    breaks(property, isBroken) ? .violated(property) : .accepted
  }
}

/// How far the host side is trusted in an exploration.
public enum Cast: Small {
  /// A VMM that calls what it should, in any order that the kernel allows.
  case behaved
  /// A VMM that calls anything: its own VM may die, the host may not be harmed.
  case hostileVMM
  /// A host that makes any firmware call at any time: the threat that the TDX module is built against.
  case untrustedHost
}
