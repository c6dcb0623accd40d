import Primitives

/// Every reason for which a buffer, a reservation or a fence says no. One name gives the code, the source, the switch and the citation.
public enum SharingGuard: UInt8, NamedGuard, BitwiseCopyable {
  // Attachments and mappings.
  case attachLive, attachLifetime, mapLive, mapOnce, frameReservation, frameLive, frameMapped, useSettled
  // Pins.
  case pinLive, pinAttached, pinHeld
  // Revocation.
  case revokeUnpinned, takeAwayOnce, takeAwayWorkOver, takeAwayLetGo, giveUpAsked, restoreRestorable, restoreLetGo, restoreWorkOver
  // Moves.
  case moveLive, moveUnpinned, moveClass, moveLetGo, moveWorkOver
  // Reservations.
  case lockOnce, lockYounger, lockSlowlyEmptyHanded, addReserved
  // Fences.
  case signalOnce, errorBeforeSignal
}

extension SharingGuard {
  public var entry: GuardEntry {
    let vfio = "vfio_pci_dmabuf.c", mails = "private MMIO thread, January 2025", lock = "dma-buf.c, locking convention"
    let fences = "dma-resv.h, enum dma_resv_usage", mutex = "ww-mutex-design.rst", fence = "dma-fence.c"
    return switch self {
    case .attachLive: .init("attach/live", "ENODEV", "\(vfio): a revoked buffer takes no attachment")
    case .attachLifetime: .init("attach/lifetime", "EOPNOTSUPP", "\(mails): an importer gets a class that it bears, or nothing")
    case .mapLive: .init("map/live", "ENODEV", "\(vfio): a revoked buffer is not mapped")
    case .mapOnce: .init("map/once", "EINVAL", "\(lock): an attachment has one mapping")
    case .frameReservation: .init("frame/reservation", "EINVAL", "RFC of 2025, get_pfn: a frame is good while the reservation is held")
    case .frameLive: .init("frame/live", "ENODEV", "\(vfio): a revoked buffer has no frame")
    case .frameMapped: .init("frame/mapped", "EINVAL", "dma-buf.h, invalidate_mappings: who is told has a mapping, and who has none is not told")
    case .useSettled: .init("use/settled", "-", "\(fences): everybody waits for KERNEL, unless the buffer is pinned")
    case .pinLive: .init("pin/live", "ENODEV", "inferred from vfio_pci_dmabuf.c: what is revoked promises nothing")
    case .pinAttached: .init("pin/attached", "EINVAL", "dma-buf.c, dma_buf_pin: a pin is an attachment's")
    case .pinHeld: .init("unpin/pinned", "EINVAL", "dma-buf.c, dma_buf_unpin: undoes one dma_buf_pin")
    case .revokeUnpinned: .init("revoke/unpinned", "EBUSY", "\(mails): pinned never changes while it is attached")
    case .takeAwayOnce: .init("take-away/once", "EINVAL", "inferred: what is the exporter's already is not taken from anybody")
    case .giveUpAsked: .init("give-up/as-asked", "EBUSY", "inferred: who asked for it for good is promised that it does not come back")
    case .takeAwayWorkOver: .init("take-away/work-over", "-", "\(vfio), the first wait: all fences, BOOKKEEP included")
    case .takeAwayLetGo: .init("take-away/let-go", "-", "\(vfio), the second wait: every mapping is gone")
    case .restoreRestorable: .init("restore/restorable", "ENODEV", "inferred: permanent is for ever")
    case .restoreLetGo: .init("restore/let-go", "EBUSY", "inferred from invalidate_mappings: no mapping of before is good after")
    case .restoreWorkOver: .init("restore/work-over", "EBUSY", "inferred from invalidate_mappings: no work of before goes on after")
    case .moveLive: .init("move/live", "ENODEV", "inferred: what is revoked is not there to be moved")
    case .moveUnpinned: .init("move/unpinned", "EBUSY", "dma-buf.c, dma_buf_pin: the exporter may not move it until it is unpinned")
    case .moveClass: .init("move/class", "EBUSY", "\(mails): only who agreed to be moved is moved")
    case .moveLetGo: .init("move/let-go", "EBUSY", "dma-buf.h, invalidate_mappings: mappings of before are to be dropped")
    case .moveWorkOver: .init("move/work-over", "-", "\(fences): who moves waits for BOOKKEEP")
    case .lockOnce: .init("lock/once", "EALREADY", "\(mutex): a context takes a lock once")
    case .lockYounger: .init("lock/younger", "EDEADLK", "\(mutex), wait-die: the younger gives way")
    case .lockSlowlyEmptyHanded: .init("lock-slow/empty-handed", "EINVAL", "\(mutex): the slow path begins with nothing in hand")
    case .addReserved: .init("add-fence/reserved", "EINVAL", "dma-resv.c, dma_resv_add_fence: reserve before add")
    case .signalOnce: .init("signal/once", "EINVAL", "\(fence), dma_fence_signal: a fence is signalled once")
    case .errorBeforeSignal: .init("set-error/before-signal", "EINVAL", "dma-fence.h, dma_fence_set_error: before the signal, or not at all")
    }
  }
}
