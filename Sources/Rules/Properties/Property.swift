/// What must never happen. One sentence each; states are judged by `brokenProperty`, steps by the rules that perform them.
public enum Property: Small {
  case privateMappingOutlivesInterface
  case importerUsesRevokedBuffer
  case dmaDroppedUnseen
  case accessToDisabledFunction
  case staleTranslationUsed
  case hostKillsVM
  case privateByteLeaks
  case wrongPageAccepted
  case pageMappedTwice
  case interfaceHasTwoOwners
  case runWithoutEvidence
  case notReleased
  case deadlock
  case booksContradict
  case bufferStaysRevoked
  case slotStaysPrivate
  case unheldUnlock
  case unlockedStep
  case falseSuccess
  case falseFailure

  /// As the command line writes it.
  public var id: String {
    switch self {
    case .privateMappingOutlivesInterface: "private-mapping-outlives-interface"
    case .importerUsesRevokedBuffer: "importer-uses-revoked-buffer"
    case .dmaDroppedUnseen: "dma-dropped-unseen"
    case .accessToDisabledFunction: "access-to-disabled-function"
    case .staleTranslationUsed: "stale-translation"
    case .hostKillsVM: "host-kills-vm"
    case .privateByteLeaks: "private-byte-leaks"
    case .wrongPageAccepted: "wrong-page-accepted"
    case .pageMappedTwice: "page-mapped-twice"
    case .interfaceHasTwoOwners: "interface-has-two-owners"
    case .runWithoutEvidence: "run-without-evidence"
    case .notReleased: "not-released"
    case .deadlock: "deadlock"
    case .booksContradict: "books-contradict"
    case .bufferStaysRevoked: "buffer-stays-revoked"
    case .slotStaysPrivate: "slot-stays-private"
    case .unheldUnlock: "unheld-unlock"
    case .unlockedStep: "unlocked-step"
    case .falseSuccess: "false-success"
    case .falseFailure: "false-failure"
    }
  }

  public init?(id: String) {
    guard let found = Self.allCases.first(where: { $0.id == id }) else { return nil }
    self = found
  }

  public var sentence: String {
    switch self {
    case .privateMappingOutlivesInterface: "no usable private mapping outlives its interface"
    case .importerUsesRevokedBuffer: "no importer, KVM included, reaches a buffer after it was revoked, switched off or locked"
    case .dmaDroppedUnseen: "no DMA of a running interface is dropped unseen"
    case .accessToDisabledFunction: "nothing reaches or leaves a function that is disabled or in reset"
    case .staleTranslationUsed: "no translation is used after it was taken away"
    case .hostKillsVM: "the host never issues a firmware call that kills a VM whose VMM behaved"
    case .privateByteLeaks: "no byte of private memory reaches anyone but its owner"
    case .wrongPageAccepted: "the page that a guest accepted is the page that it expected"
    case .pageMappedTwice: "one MMIO page has one private mapping"
    case .interfaceHasTwoOwners: "one interface has one owner"
    case .runWithoutEvidence: "an interface runs only after the evidence of this lock was checked"
    case .notReleased: "everything is released at the end"
    case .deadlock: "no task waits for something that cannot come"
    case .booksContradict: "the books of firmware and kernel agree with each other"
    case .bufferStaysRevoked: "a revoked buffer is back when its function answers again and nobody is at work on it"
    case .slotStaysPrivate: "a slot is shared again when its interface is unbound and nobody is at work on it"
    case .unheldUnlock: "nobody drops a lock that he does not hold"
    case .unlockedStep: "what a lock guards is done by whoever holds it"
    case .falseSuccess: "a procedure that reports success has done what it is there for, or found it done"
    case .falseFailure: "a procedure that reports an error has not done what it is there for, or has undone it"
    }
  }

  /// The same as a headline of a counterexample.
  public var broken: String {
    switch self {
    case .privateMappingOutlivesInterface: "a private mapping outlives its interface"
    case .importerUsesRevokedBuffer: "an importer uses a revoked buffer"
    case .dmaDroppedUnseen: "a DMA of a running interface is dropped unseen"
    case .accessToDisabledFunction: "a disabled function is reached"
    case .staleTranslationUsed: "a stale translation is used"
    case .hostKillsVM: "the host kills a VM whose VMM behaved"
    case .privateByteLeaks: "a private byte leaks"
    case .wrongPageAccepted: "the guest accepted the wrong page"
    case .pageMappedTwice: "an MMIO page is mapped twice"
    case .interfaceHasTwoOwners: "an interface has two owners"
    case .runWithoutEvidence: "an interface runs without checked evidence"
    case .notReleased: "something is not released"
    case .deadlock: "a task waits for ever"
    case .booksContradict: "the books of firmware or kernel contradict each other"
    case .bufferStaysRevoked: "a revoked buffer never comes back"
    case .slotStaysPrivate: "a slot stays private without its interface"
    case .unheldUnlock: "a task drops a lock that it does not hold"
    case .unlockedStep: "a task does without its lock what the lock guards"
    case .falseSuccess: "success is reported for what was not done"
    case .falseFailure: "an error is reported for what was done"
    }
  }

  public var source: String {
    switch self {
    case .privateMappingOutlivesInterface: "private-MMIO thread 2025; TDX module, TDH.MMIO.UNMAP"
    case .importerUsesRevokedBuffer:
      "Documentation/driver-api/dma-buf.rst, dma_buf_invalidate_mappings; private-MMIO thread 2025: revoked around LOCK"
    case .dmaDroppedUnseen: "private-MMIO thread 2025, disputed; switched by --strict-dma"
    case .accessToDisabledFunction:
      "drivers/vfio/pci: memory_lock, and zap under it; PCIe 6.0 section 7.5.1.1.3; dma-buf.rst: who maps may read ahead"
    case .staleTranslationUsed: "TDX module base specification, TLB tracking; Documentation/driver-api/dma-buf.rst"
    case .hostKillsVM: "arch/x86/kvm/vmx/tdx.c, KVM_BUG_ON"
    case .privateByteLeaks: "TDX Connect architecture, security objectives; PCIe 6.0 section 11.1"
    case .wrongPageAccepted: "TDX module, TDG.MMIO.ACCEPT"
    case .pageMappedTwice: "TDX module, MMIO metadata table"
    case .interfaceHasTwoOwners: "TDX module, TDH.DEVIF.CREATE"
    case .runWithoutEvidence: "PCIe 6.0 section 11.3.12; TDX Connect, device attestation"
    case .notReleased: "drivers/vfio/pci close; TDX module, TDH.MNG.VPFLUSHDONE, TDH.SPDM.DELETE"
    case .deadlock: "Linux 7.1, vfio_pci memory_lock: device-set lock, TSM lock, memory_lock, reservation"
    case .booksContradict: "TDX module, invariants of secure EPT, MMIO metadata and device interfaces"
    case .slotStaysPrivate: "private-MMIO thread 2025: after unbind the slot faults in again as shared"
    case .bufferStaysRevoked: "Linux 7.1, VFIO and iommufd: un-revoked when memory is enabled again; private-MMIO RFC 2025, defect 1"
    case .unheldUnlock: "Documentation/locking/mutex-design.rst: only the owner can unlock a mutex"
    case .unlockedStep: "Linux 7.1, vfio_main.c, vfio_pci_core.c, vfio_pci_config.c, vfio_pci_dmabuf.c, pci-tsm.h; private-MMIO RFC 2025, defect 5"
    case .falseSuccess: "Linux 7.1, vfio_pci_core.c, pci-tsm.h: errors are returned, and who hears of none believes that it is done"
    case .falseFailure: "Linux 7.1, vfio_pci_core.c, pci-tsm.h: an error is returned for what was not done, or is unwound again; nobody else will"
    }
  }
}
