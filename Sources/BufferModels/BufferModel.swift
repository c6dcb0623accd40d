import Modelling

/// The protocols of the room `Buffers` as small models, in which every order of steps is tried. What real threads do in there by chance is
/// done here on purpose.
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

  /// The faults that this model knows, each of which breaks something in it.
  public var faults: [BufferFault] { BufferFault.allCases.filter { $0.model == self } }

  /// The model with faults built in.
  /// - Throws: what is wrong with the model itself; nothing, as the tests see to.
  public func make(_ faults: Set<BufferFault> = []) throws(ModelError) -> Model {
    switch self {
    case .bufferRevoke: try Self.revocation(faults)
    case .bufferMove: try Self.moving(faults)
    case .reservationTickets: try Self.tickets(faults)
    case .fenceLifetime: try Self.fence(faults)
    }
  }
}

/// What people got wrong, or could. Those with a number are defects of the RFC of 2025 (linux.md section 7).
public enum BufferFault: String, CaseIterable, Sendable {
  /// Defect 2, first half: the memory is reset while work is under way.
  case noFenceWait = "no-fence-wait"
  /// Defect 2, second half: the memory is reset while somebody has it mapped.
  case noUnmapWait = "no-unmap-wait"
  /// Defect 4: an importer gets in that never lets go.
  case noAttachCheck = "no-attach-check"
  /// Defect 8, first half: what describes the memory is not given back with the buffer.
  case releaseLeaks = "release-leaks"
  /// Defect 8, second half: no descriptor, and the buffer and the device stay referenced.
  case descriptorFailureLeaks = "descriptor-failure-leaks"
  /// The lock of page tables is taken before the reservation.
  case lockDisorder = "lock-disorder"
  /// The exporter takes its device's memory lock after the reservation.
  case deviceLockLast = "device-lock-last"
  /// The callback of a fence takes the reservation.
  case callbackLocks = "callback-locks"
  /// A new mapping is given while a revocation waits.
  case mapWhileRevoking = "map-while-revoking"
  /// Defect 5, first half: a frame is used after the reservation was dropped.
  case frameAfterUnlock = "frame-after-unlock"
  /// Defect 5, second half: a frame is used before the move's own fence.
  case noKernelWait = "no-kernel-wait"
  /// Importers are not told of a move.
  case moveWithoutNotice = "move-without-notice"
  /// A fault takes the lock of the importer's page tables, and then the reservation.
  case tablesFirst = "tables-first"
  /// Somebody takes two reservations without a ticket.
  case secondWithoutTicket = "second-without-ticket"
  /// The younger ticket waits with a lock in hand.
  case youngerWaits = "younger-waits"
  /// Who gives way keeps what it has.
  case keepsLocks = "keeps-locks"
  /// The producer dies and nobody signals.
  case silentDeath = "silent-death"
  /// The error is set after the signal, when a waiter has looked.
  case errorAfterSignal = "error-after-signal"
  /// Two signal, and both call the callback.
  case signalTwice = "signal-twice"

  public var model: BufferModel {
    switch self {
    case .noFenceWait, .noUnmapWait, .noAttachCheck, .releaseLeaks, .descriptorFailureLeaks, .lockDisorder, .deviceLockLast, .callbackLocks,
      .mapWhileRevoking:
      .bufferRevoke
    case .frameAfterUnlock, .noKernelWait, .moveWithoutNotice, .tablesFirst: .bufferMove
    case .youngerWaits, .keepsLocks, .secondWithoutTicket: .reservationTickets
    case .silentDeath, .errorAfterSignal, .signalTwice: .fenceLifetime
    }
  }

  /// The property that it breaks first.
  public var breaks: String {
    switch self {
    case .noFenceWait, .noUnmapWait: "nobody can reach memory that was taken away"
    case .noAttachCheck: "who is attached lets go when told"
    case .releaseLeaks, .descriptorFailureLeaks: "nothing is kept for a buffer that is gone"
    case .lockDisorder, .deviceLockLast, .callbackLocks, .tablesFirst, .secondWithoutTicket: OrderedLocks.propertyName
    case .mapWhileRevoking: "every revocation ends"
    case .frameAfterUnlock, .moveWithoutNotice: "no importer uses a frame of an earlier place"
    case .noKernelWait: "no importer uses a place before the bytes are there"
    case .youngerWaits, .keepsLocks: "somebody can always get on"
    case .silentDeath: "every fence is signalled"
    case .errorAfterSignal: "what a waiter saw stays true"
    case .signalTwice: "the callback is called once"
    }
  }
}
