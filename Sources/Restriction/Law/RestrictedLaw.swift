import Primitives

/// Which guards of the secure world are in force.
public typealias RestrictedLaw = GuardsInForce<RestrictedGuard>

/// What became of an attempt.
public typealias RestrictedOutcome = GuardedOutcome<RestrictedGuard>
