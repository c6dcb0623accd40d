import Modelling

/// The life of shared buffers as small models, in which every order of steps is tried: what real threads do in `Buffers` by chance is done here
/// on purpose. Both ask the same rules, the functions of `SharingLaw`; a step of a model is what `Buffers` does under one lock.
public enum BufferModel: String, CaseIterable, Sendable {
  case bufferRevoke = "buffer-revoke"
  case bufferMove = "buffer-move"
  case reservationTickets = "reservation-tickets"
  case fenceLifetime = "fence-lifetime"

  public var summary: String {
    switch self {
    case .bufferRevoke: "an exporter takes a buffer back: locks in order, both waits, an attach check, nothing kept at the end"
    case .bufferMove: "a buffer moves under importers that map and fault: locks in order, no frame is used that was given before"
    case .reservationTickets: "several locks with tickets: locks in order, the younger gives way, everybody gets on"
    case .fenceLifetime: "a fence is signalled once, its error first, and also when its producer dies"
    }
  }

  /// The faults that this model knows by name, each of which breaks something in it; every guard in `guards` is one more.
  public var faults: [BufferFault] { BufferFault.named.filter { $0.model == self } }

  /// - Returns: the fault of that name, if it is one of this model's: `no-fence-wait`, `drop-guard:take-away/work-over`.
  public func fault(named name: String) -> BufferFault? { (faults + guards.map(BufferFault.dropped)).first { $0.name == name } }

  /// - Parameters:
  ///   - faults: what is built in, of those that this model knows.
  ///   - asking: the properties to ask; none are all.
  /// - Throws: what is wrong with the model itself; nothing, as the tests see to.
  public func make(_ faults: Set<BufferFault> = [], asking: [BufferProperty] = []) throws(ModelError) -> Model {
    let model =
      switch self {
      case .bufferRevoke: try Self.revocation(faults)
      case .bufferMove: try Self.moving(faults)
      case .reservationTickets: try Self.tickets(faults)
      case .fenceLifetime: try Self.fence(faults)
      }
    return asking.isEmpty ? model : model.asking(Set(asking.map(\.sentence)))
  }
}
