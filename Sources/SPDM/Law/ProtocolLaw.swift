import Primitives

/// Which guards of sessions and links are in force.
public typealias ProtocolLaw = GuardsInForce<ProtocolGuard>

/// What became of an attempt.
public typealias ProtocolOutcome = GuardedOutcome<ProtocolGuard>
