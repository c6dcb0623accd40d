/// A secure EPT entry. TDX module base specification, secure EPT; the MMIO states are TDX Connect's.
public enum SecureEPTEntry: Small {
  case free, removed, nlMapped, nlBlocked, mapped, blocked, pending, pendingBlocked
  case mmioPending, mmioMapped, mmioBlocked

  @inlinable public var isMMIO: Bool { self == .mmioPending || self == .mmioMapped || self == .mmioBlocked }
  @inlinable public var isBlocked: Bool { self == .blocked || self == .pendingBlocked || self == .mmioBlocked || self == .nlBlocked }
  /// A walk of the vCPU or of the trusted IOMMU ends here with an address.
  @inlinable public var isAccessible: Bool { self == .mapped || self == .mmioMapped }
}

/// How long ago an entry was blocked, in epochs: the difference to the TD's current epoch, capped where nothing depends on more.
public enum EpochAge: Small {
  case current, previous, older
  @inlinable public var next: EpochAge { self == .current ? .previous : .older }
}

/// An entry of the MMIO metadata table. TDX Connect, MMIO.
public enum MMIOMetadata: Small { case absent, data, mapped }

/// A PASID table entry of trusted DMA remapping. TDX Connect, trusted DMA.
public enum DMAREntry: Small {
  case free, pending, present, blocked
  /// Blocked before the TD had accepted it: nothing counts it as mapped.
  case pendingBlocked

  /// The TD has accepted it: the IOMMU's count of the TD's entries includes it until REMOVE. TDX module, TDG.DMAR.ACCEPT.
  @inlinable public var isAccepted: Bool { self == .present || self == .blocked }
  @inlinable public var isBlocked: Bool { self == .blocked || self == .pendingBlocked }
}

/// How far the invalidation of a blocked DMAR entry has come. TDX Connect, trusted DMA.
public enum DMARInvalidation: Small { case pending, queued, done }

/// Who a device interface in the TSM's books belongs to. `foreign` is another VM.
public enum BindingOwner: Small { case none, vm, foreign, both }

/// How far a message of the TD's class has come: asked for, or answered and not yet collected. In between, while the host carries it,
/// it is the interface's one outstanding request. STOP does not reset it. TDX module, TD request status of a device interface.
public enum GuestRequestStatus: Small {
  case available
  /// START was written down with the nonce of its lock; after another LOCK it is an old one. TDX module, TDG.DEVIF.REQUEST.
  case reportRequested, startRequested, oldStartRequested
  case reportProcessed, startProcessed, errorProcessed

  /// What the TD asked for and the host has not yet generated a message of.
  @inlinable public var requested: InterfaceRequest {
    switch self {
    case .reportRequested: .report
    case .startRequested: .start
    case .oldStartRequested: .oldStart
    case .available, .reportProcessed, .startProcessed, .errorProcessed: .none
    }
  }

  /// After another LOCK.
  @inlinable public var afterLock: GuestRequestStatus { self == .startRequested ? .oldStartRequested : self }

  /// An answer waits for the TD.
  @inlinable public var isProcessed: Bool { self == .reportProcessed || self == .startProcessed || self == .errorProcessed }
}

/// The SPDM session between TSM and device. TDX Connect, SPDM and IDE.
public enum SPDMSession: Small { case none, created, connected }

/// The selective IDE stream of a device, as the TSM has it.
public enum IDEStream: Small {
  case absent, created, ready, blocked

  /// Posted, non-posted and completion, in both directions: a key for each. PCIe 6.0 section 6.33.3.
  public static let keyCount: UInt8 = 6
}
