/// The life of the VM and of its monitor. TDX module, TD life cycle.
extension Stage {
  @inlinable public mutating func createVM(_ book: borrowing Rulebook) -> Outcome {
    guard vmLife == .absent else { return .refused(.finalizeBuilding) }
    vmLife = .building
    return .accepted
  }

  /// TDH.MR.FINALIZE: from here on the TD runs, and every removal is tracked.
  @inlinable public mutating func finalizeVM(_ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.finalizeBuilding, vmLife == .building) else { return .refused(.finalizeBuilding) }
    vmLife = .runnable
    return .accepted
  }

  /// The VM will not run again. Who did it is remembered: only one of them is the host's fault.
  @inlinable public mutating func endVM(by end: VirtualMachineEnd, _ book: borrowing Rulebook) {
    guard vmLife == .runnable || vmLife == .building else { return }
    vmLife = .dead
    vmEnd = end
    vcpu = .outsideStale
    _ = endAccess()
    // A guest that will never run again believes nothing but what its START on the way rests on, and nobody looks into its TLB.
    for d in 0..<book.bounds.devices {
      if self[request: d] != .start, self[guestRequest: d] != .startRequested { self[evidence: d] = .none }
      for p in 0..<book.bounds.pages { self[tlb: d, p] = .none }
    }
    for m in 0..<book.bounds.memory { self[memoryTLB: m] = .none }
  }

  /// The monitor's process dies; the kernel will close what it had open.
  @inlinable public mutating func crashVMM(_ book: borrowing Rulebook) -> Outcome {
    guard flag(.vmmIsAlive) else { return .refused(.notNow) }
    set(.vmmIsAlive, 0, false)
    // Its address space goes with the process, and every mapping in it.
    for d in 0..<book.bounds.devices { set(.hostMapping, d, false) }
    endVM(by: .owner, book)
    return .accepted
  }

  /// TDH.MNG.VPFLUSHDONE, the device gate: a TD cannot be destroyed before its devices.
  @inlinable public mutating func flushDone(_ book: borrowing Rulebook) -> Outcome {
    guard vmLife != .absent, !vmLife.isGone else { return .refused(.notNow) }
    guard book.law.holds(.flushDoneNoVCPU, !vcpu.isInside) else { return .refused(.flushDoneNoVCPU) }
    guard book.law.holds(.flushDoneNoDevice, !anyInterface(book)) else { return .refused(.flushDoneNoDevice) }
    guard book.law.holds(.flushDoneNoDMA, !anyTrustedContext(book)) else { return .refused(.flushDoneNoDMA) }
    vmLife = .blocked
    if vmEnd == .none { vmEnd = .owner }
    return .accepted
  }

  /// A PASID entry that an IOMMU counts, or an invalidation in flight.
  @inlinable func anyTrustedContext(_ book: borrowing Rulebook) -> Bool {
    for d in 0..<book.bounds.devices where self[dmarInvalidation: d] == .queued { return true }
    return anyAcceptedDMA(book) || flag(.iotlbFlushIsQueued)
  }

  /// The module works on the TD: it is INITIALIZED or RUNNABLE and not fatal. That KVM or its owner gave the VM up the module does
  /// not know. TDX module, host access to TD memory.
  @inlinable public var isOperable: Bool { vmLife != .absent && !vmLife.isGone && vmEnd != .machineCheck }

  /// TDH.PHYMEM.CACHE.WB, on every package.
  @inlinable public mutating func writeBackCaches(_ book: borrowing Rulebook) -> Outcome {
    guard vmLife.code <= VirtualMachineLife.blocked.code else { return .refused(.notNow) }
    guard book.law.holds(.writeBackBlocked, vmLife == .blocked) else { return .refused(.writeBackBlocked) }
    vmLife = .writtenBack
    return .accepted
  }

  /// TDH.MNG.KEY.FREEID.
  @inlinable public mutating func freeKey(_ book: borrowing Rulebook) -> Outcome {
    guard vmLife.code <= VirtualMachineLife.writtenBack.code else { return .refused(.notNow) }
    guard book.law.holds(.keyFreeFlushed, vmLife == .writtenBack) else { return .refused(.keyFreeFlushed) }
    // What a cache still holds is written back later, under a key that is somebody else's by then.
    let isDirty = vmLife != .writtenBack
    vmLife = .tornDown
    return book.accepted(unless: isDirty, .booksContradict)
  }

  /// TDH.PHYMEM.PAGE.RECLAIM of a unit of private memory. What the TD no longer has, another may have by now.
  @inlinable public mutating func reclaimMemory(_ m: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let isForeign = self[memoryEntry: m] == .free
    guard book.law.holds(.reclaimOwned, !isForeign) else { return .refused(.reclaimOwned) }
    guard book.law.holds(.reclaimTornDown, vmLife == .tornDown) else { return .refused(.reclaimTornDown) }
    let isInUse = vmLife != .tornDown
    self[memoryEntry: m] = .free
    self[memoryStamp: m] = .current
    self[memoryTLB: m] = .none
    set(.memoryIsPoisoned, m, false)
    return book.accepted(unless: isForeign || isInUse, .booksContradict)
  }

  /// TDH.PHYMEM.PAGE.RECLAIM of the TD's root page, the last.
  @inlinable public mutating func reclaimRoot(_ book: borrowing Rulebook) -> Outcome {
    guard vmLife == .tornDown else { return .refused(.notNow) }
    guard book.law.holds(.reclaimRootLast, !ownsMemory(book)) else { return .refused(.reclaimRootLast) }
    vmLife = .released
    set(.iotlbEpochIsOpen, 0, false)
    // Of a TD that the module found fatal the MMIO entries cannot be unmapped one by one; that they go with its root is inferred.
    for d in 0..<book.bounds.devices {
      for p in 0..<book.bounds.pages where self[entry: d, p] != .free {
        self[entry: d, p] = .free
        self[metadata: d, self[frame: d, p]] = .absent
        self[frame: d, p] = 0
        self[stamp: d, p] = .current
      }
    }
    return .accepted
  }

  @inlinable func ownsMemory(_ book: borrowing Rulebook) -> Bool {
    for m in 0..<book.bounds.memory where self[memoryEntry: m] != .free { return true }
    return false
  }
}
