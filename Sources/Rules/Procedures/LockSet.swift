/// The locks that order the host's tasks, from the outside in. Linux 7.1, vfio_pci memory_lock.
public struct LockSet: OptionSet, Hashable, BitwiseCopyable, Sendable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let deviceSet = LockSet(rawValue: 1), tsm = LockSet(rawValue: 2)
  public static let memory = LockSet(rawValue: 4), reservation = LockSet(rawValue: 8)
  public static let all: LockSet = [.deviceSet, .tsm, .memory, .reservation]

  /// As procedures take them.
  public var names: [String] {
    [(LockSet.deviceSet, Step.lockDeviceSet), (.tsm, .lockTSM), (.memory, .lockMemory), (.reservation, .lockReservation)]
      .filter { contains($0.0) }.map(\.1.id)
  }
}

extension Step {
  /// Linux does the step under one of these; empty where no lock is asked for. Where a rule refuses without a lock (the reservation of a
  /// buffer that is revoked), its guard says so.
  ///
  /// Opening, closing and the reference on a VM: the device set's (vfio_main.c asserts `dev_set->lock`). Revocation: memory_lock
  /// (`lockdep_assert_held_write` in vfio_pci_dmabuf.c), which COMMAND, power, FLR, zap, export and cleanup take for writing as well
  /// (vfio_pci_config.c, vfio_pci_core.c), except that opening and closing set COMMAND and reset under the device set's alone. The frame
  /// behind a slot: the reservation (private-MMIO RFC 2025, defect 5). Session, stream and interface, and whom it is bound to: the lock of the
  /// TSM core, which excludes all of a device's verbs from each other (include/linux/pci-tsm.h, `pci_tsm_pf0`).
  @inlinable public func locks(in procedure: Procedure) -> LockSet {
    switch self {
    case .openFunction, .closeFunction, .getVM, .putVM: .deviceSet
    case .memoryOn, .memoryOff, .busMasterOn, .busMasterOff, .powerD3Hot, .powerD0, .resetBegin, .resetEnd:
      procedure.opensOrCloses ? [.memory, .deviceSet] : .memory
    case .zapHostMapping, .exportBuffer, .markRevoked, .invalidateImporters, .restoreBuffer, .cleanUpBuffer: .memory
    case .takeFrame: .reservation
    case .spdmCreate, .spdmConnect, .spdmRelay, .spdmDisconnect, .spdmDelete, .streamCreate, .streamProgramKey, .streamSetGo, .streamBlock,
      .streamDelete, .devifCreate, .devifRemove, .requestLock, .requestStop, .requestState, .requestForGuest, .relay, .response, .mmiomtSet,
      .mmiomtRemove, .dmarAdd, .dmarBlock, .dmarRemove, .markBound, .markUnbound:
      .tsm
    default: []
    }
  }
}

extension Procedure {
  /// Nobody else has the device before and after.
  @inlinable public var opensOrCloses: Bool { self == .open || self == .close || self == .vmmCrash }
}

extension Stage {
  /// Whether the task is about to do the line's step, on device `d`, without any of the locks that it is done under.
  @inlinable func lacksLock(for line: PlaybookLine, _ task: UInt8, _ d: Int) -> Bool {
    let locks = line.step.locks(in: line.procedure)
    return !locks.isEmpty && !holds(anyOf: locks, task, d)
  }

  /// Whether the task holds one of the locks: that of the device set, or of device `d`.
  @inlinable func holds(anyOf locks: LockSet, _ task: UInt8, _ d: Int) -> Bool {
    let me = UInt16(task) &+ 1
    return locks.contains(.deviceSet) && self[.deviceSetLock, 0] == me || locks.contains(.tsm) && self[.tsmLock, d] == me
      || locks.contains(.memory) && self[.memoryLock, d] == me || locks.contains(.reservation) && self[.reservation, d] == me
  }
}
