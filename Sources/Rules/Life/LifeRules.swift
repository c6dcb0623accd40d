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
      if self[request: d] != .start { self[evidence: d] = .none }
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
    guard vmLife != .absent, vmLife != .blocked, vmLife != .released else { return .refused(.notNow) }
    guard book.law.holds(.flushDoneNoVCPU, !vcpu.isInside) else { return .refused(.flushDoneNoVCPU) }
    guard book.law.holds(.flushDoneNoDevice, !anyInterface(book)) else { return .refused(.flushDoneNoDevice) }
    guard book.law.holds(.flushDoneNoDMA, !anyTrustedContext(book)) else { return .refused(.flushDoneNoDMA) }
    vmLife = .blocked
    if vmEnd == .none { vmEnd = .owner }
    return .accepted
  }

  @inlinable func anyTrustedContext(_ book: borrowing Rulebook) -> Bool {
    for d in 0..<book.bounds.devices where self[dmar: d] != .free || flag(.iotlbIsCached, d) { return true }
    return flag(.iotlbFlushIsQueued) || flag(.iotlbEpochIsOpen)
  }

  /// Cache write-back, TDH.MNG.KEY.FREEID and TDH.PHYMEM.PAGE.RECLAIM of everything that is left.
  @inlinable public mutating func freeKey(_ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.keyFreeBlocked, vmLife == .blocked) else { return .refused(.keyFreeBlocked) }
    vmLife = .released
    for m in 0..<book.bounds.memory {
      self[memoryEntry: m] = .free
      self[memoryStamp: m] = .current
      self[memoryTLB: m] = .none
      set(.memoryIsPoisoned, m, false)
    }
    // Of a TD that the module found fatal the MMIO entries could not be unmapped one by one (TDX module, host access to TD memory).
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
}
