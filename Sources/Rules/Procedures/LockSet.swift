/// The locks that order the host's tasks, from the outside in. Linux 7.1, vfio_pci memory_lock.
public struct LockSet: OptionSet, Hashable, BitwiseCopyable, Sendable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let deviceSet = LockSet(rawValue: 1), tsm = LockSet(rawValue: 2)
  public static let memory = LockSet(rawValue: 4), reservation = LockSet(rawValue: 8)
  public static let all: LockSet = [.deviceSet, .tsm, .memory, .reservation]
}

extension Step {
  /// Who performs the step holds one of these; none where nobody asserts it. A lock that the rules refuse without (the reservation of a
  /// buffer that is revoked) is that guard's.
  ///
  /// Opening, closing and the reference on a VM are the device set's (vfio_main.c: `lockdep_assert_held(&dev_set->lock)`). What a function
  /// is, its mapping and its buffers are memory_lock's (`lockdep_assert_held_write(&vdev->memory_lock)`, vfio_pci_dmabuf.c; COMMAND, power,
  /// FLR, export and cleanup take it for writing), but that opening and closing set COMMAND and reset under the device set's alone. The
  /// frame behind a slot is the reservation's (`dma_resv_assert_held`; private-MMIO RFC 2025, defect 5).
  @inlinable public var locks: LockSet {
    switch self {
    case .openFunction, .closeFunction, .getVM, .putVM: .deviceSet
    case .memoryOn, .memoryOff, .busMasterOn, .busMasterOff, .powerD3Hot, .powerD0, .resetBegin, .resetEnd: [.memory, .deviceSet]
    case .zapHostMapping, .exportBuffer, .markRevoked, .invalidateImporters, .restoreBuffer, .cleanUpBuffer: .memory
    case .takeFrame: .reservation
    default: []
    }
  }
}

extension Stage {
  @inlinable func lacksLock(for step: Step, _ task: UInt8, _ d: Int) -> Bool { !step.locks.isEmpty && !holds(anyOf: step.locks, task, d) }

  /// Whether the task holds one of the locks: that of the device set, or of device `d`.
  @inlinable func holds(anyOf locks: LockSet, _ task: UInt8, _ d: Int) -> Bool {
    let me = UInt16(task) &+ 1
    return locks.contains(.deviceSet) && self[.deviceSetLock, 0] == me || locks.contains(.tsm) && self[.tsmLock, d] == me
      || locks.contains(.memory) && self[.memoryLock, d] == me || locks.contains(.reservation) && self[.reservation, d] == me
  }
}
