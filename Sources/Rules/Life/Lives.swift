/// The life of a virtual machine. TDX module, TD life cycle.
public enum VirtualMachineLife: Small {
  case absent
  /// INITIALIZED: pages are being added, no vCPU has run.
  case building
  case runnable
  /// The VM will never run again; what it owned is still there.
  case dead
  /// VPFLUSHDONE passed: no vCPU and no device can reach its memory.
  case blocked
  /// Every package has written its caches back: no line of the TD is left in one.
  case writtenBack
  /// KEY.FREEID: the key identifier may be given to another TD. What the TD owned is reclaimed page by page.
  case tornDown
  /// The last page, the TD's root, is reclaimed.
  case released

  /// VPFLUSHDONE has passed: neither vCPU nor device belongs to it any more.
  @inlinable public var isGone: Bool { code >= Self.blocked.code }
}

/// Who ended a VM.
public enum VirtualMachineEnd: Small {
  case none
  /// KVM_BUG_ON: the host saw a firmware call fail that must not fail.
  case kvm
  /// The TD consumed poison, or the module found it fatal.
  case machineCheck
  case owner
}

/// A vDEVICE of iommufd. Unbinding the physical device leaves a tombstone: its identifier is never used again. Linux 7.1, iommufd.
public enum VirtualDevice: Small { case absent, present, tombstone }
