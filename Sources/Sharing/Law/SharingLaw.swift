import Primitives

/// Which guards of shared buffers are in force.
///
/// The rules are functions of this value, on small values: what `Buffers` asks under its locks, with real memory and real threads, and what
/// `BufferModels` asks in every order, are the same functions. Each says the guard that refuses, and nil where nothing is in the way.
///
/// Threads: any; nothing here has state.
public typealias SharingLaw = GuardsInForce<SharingGuard>
