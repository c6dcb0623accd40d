import Sharing

/// What people got wrong, or could: a guard that nobody asks, or a step that is forgotten or comes out of order. Those with a number are
/// defects of the RFC of 2025 (linux.md section 7).
public enum BufferFault: Hashable, Sendable {
  /// Defect 2, first half: the memory is reset while work is under way.
  case noFenceWait
  /// Defect 2, second half: the memory is reset while somebody has it mapped.
  case noUnmapWait
  /// Defect 4: an importer gets in that never lets go.
  case noAttachCheck
  /// Defect 8, first half: what describes the memory is not given back with the buffer.
  case releaseLeaks
  /// Defect 8, second half: no descriptor, and the buffer and the device stay referenced.
  case descriptorFailureLeaks
  /// The lock of page tables is taken before the reservation.
  case lockDisorder
  /// The exporter takes its device's memory lock after the reservation.
  case deviceLockLast
  /// The callback of a fence takes the reservation.
  case callbackLocks
  /// A new mapping is given while a revocation waits.
  case mapWhileRevoking
  /// Defect 5, first half: a frame is used after the reservation was dropped.
  case frameAfterUnlock
  /// Defect 5, second half: a frame is used before the move's own fence.
  case noKernelWait
  /// The buffer changes places before importers have let go.
  case moveWithoutNotice
  /// A fault takes the lock of the importer's page tables, and then the reservation.
  case tablesFirst
  /// Somebody takes two reservations without a ticket.
  case secondWithoutTicket
  /// The younger ticket waits with a lock in hand.
  case youngerWaits
  /// Who gives way keeps what it has.
  case keepsLocks
  /// The slow path takes what was in the way while another has it.
  case slowPathTakes
  /// The producer dies and nobody signals.
  case silentDeath
  /// The error is set after the signal, when a waiter has looked.
  case errorAfterSignal
  /// Two signal, and both call the callback.
  case signalTwice
  /// A fence is marked as signalled, and what waits for it is not called.
  case silentSignal
  /// Any guard that a model asks.
  case dropped(SharingGuard)

  public static let named: [BufferFault] = [
    .noFenceWait, .noUnmapWait, .noAttachCheck, .releaseLeaks, .descriptorFailureLeaks, .lockDisorder, .deviceLockLast, .callbackLocks,
    .mapWhileRevoking, .frameAfterUnlock, .noKernelWait, .moveWithoutNotice, .tablesFirst, .secondWithoutTicket, .youngerWaits, .keepsLocks,
    .slowPathTakes, .silentDeath, .errorAfterSignal, .signalTwice, .silentSignal,
  ]

  public var name: String {
    switch self {
    case .noFenceWait: "no-fence-wait"
    case .noUnmapWait: "no-unmap-wait"
    case .noAttachCheck: "no-attach-check"
    case .releaseLeaks: "release-leaks"
    case .descriptorFailureLeaks: "descriptor-failure-leaks"
    case .lockDisorder: "lock-disorder"
    case .deviceLockLast: "device-lock-last"
    case .callbackLocks: "callback-locks"
    case .mapWhileRevoking: "map-while-revoking"
    case .frameAfterUnlock: "frame-after-unlock"
    case .noKernelWait: "no-kernel-wait"
    case .moveWithoutNotice: "move-without-notice"
    case .tablesFirst: "tables-first"
    case .secondWithoutTicket: "second-without-ticket"
    case .youngerWaits: "younger-waits"
    case .keepsLocks: "keeps-locks"
    case .slowPathTakes: "slow-path-takes"
    case .silentDeath: "silent-death"
    case .errorAfterSignal: "error-after-signal"
    case .signalTwice: "signal-twice"
    case .silentSignal: "silent-signal"
    case .dropped(let one): "drop-guard:" + one.id
    }
  }

  public var summary: String {
    switch self {
    case .noFenceWait: "the memory is taken away while work is under way"
    case .noUnmapWait: "the memory is taken away while somebody has it mapped"
    case .noAttachCheck: "an importer gets in that never lets go"
    case .releaseLeaks: "what describes the memory is not given back with the buffer"
    case .descriptorFailureLeaks: "there is no descriptor, and the buffer and its device stay referenced"
    case .lockDisorder: "the lock of page tables is taken before the reservation"
    case .deviceLockLast: "the exporter takes its device's memory lock after the reservation"
    case .callbackLocks: "the callback of a fence takes the reservation"
    case .mapWhileRevoking: "a new mapping is given while a revocation waits"
    case .frameAfterUnlock: "a frame is used after the reservation was dropped"
    case .noKernelWait: "a frame is used before the move's own fence is over"
    case .moveWithoutNotice: "the buffer changes places before importers have let go"
    case .tablesFirst: "a page fault takes the lock of the importer's page tables, and then the reservation"
    case .secondWithoutTicket: "somebody takes two reservations without a ticket"
    case .youngerWaits: "the younger ticket waits with a lock in hand"
    case .keepsLocks: "who gives way keeps what it has"
    case .slowPathTakes: "the slow path takes what was in the way while another has it"
    case .silentDeath: "the producer dies and nobody signals"
    case .errorAfterSignal: "the error is set after the signal, when a waiter has looked"
    case .signalTwice: "two signal, and both call the callback"
    case .silentSignal: "a fence is marked as signalled, and the callback is not called"
    case .dropped(let one): "nobody asks \(one.id)"
    }
  }

  /// The guard that is not asked; nil where it is a step of the procedure that is wrong.
  public var drops: SharingGuard? {
    switch self {
    case .noFenceWait: .takeAwayWorkOver
    case .noUnmapWait: .takeAwayLetGo
    case .noAttachCheck: .attachLifetime
    case .mapWhileRevoking: .mapLive
    case .frameAfterUnlock: .frameReservation
    case .noKernelWait: .useSettled
    case .moveWithoutNotice: .moveLetGo
    case .youngerWaits: .lockYounger
    case .keepsLocks: .lockSlowlyEmptyHanded
    case .errorAfterSignal: .errorBeforeSignal
    case .signalTwice: .signalOnce
    case .dropped(let one): one
    case .releaseLeaks, .descriptorFailureLeaks, .lockDisorder, .deviceLockLast, .callbackLocks, .tablesFirst, .secondWithoutTicket,
      .slowPathTakes, .silentDeath, .silentSignal:
      nil
    }
  }

  /// The property that it breaks; nil for a guard that no model asks.
  public var breaks: BufferProperty? {
    switch self {
    case .releaseLeaks, .descriptorFailureLeaks: .nothingKept
    case .lockDisorder, .deviceLockLast, .callbackLocks, .tablesFirst, .secondWithoutTicket: .lockOrder
    case .slowPathTakes: .oneHolder
    case .silentDeath: .everyFenceSignalled
    case .silentSignal: .callbackCalled
    default: drops.flatMap(BufferModel.property(missing:))
    }
  }

  /// The model in which it can be made.
  public var model: BufferModel? {
    switch self {
    case .releaseLeaks, .descriptorFailureLeaks, .lockDisorder, .deviceLockLast, .callbackLocks: .bufferRevoke
    case .tablesFirst: .bufferMove
    case .secondWithoutTicket, .slowPathTakes: .reservationTickets
    case .silentDeath, .silentSignal: .fenceLifetime
    default: drops.flatMap { guardName in BufferModel.allCases.first { $0.guards.contains(guardName) } }
    }
  }
}

extension Set<BufferFault> {
  /// The law that is left.
  var law: SharingLaw { SharingLaw(dropping: compactMap(\.drops)) }
}
