import Sharing

/// The law that this room goes by: all of it. Every decision about who may do what is a function of this value in the room `Sharing`; what is
/// here brings threads, locks, waiting and real memory to them.
@inline(__always) var law: SharingLaw { SharingLaw() }
