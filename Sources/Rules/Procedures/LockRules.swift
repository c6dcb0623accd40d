/// The locks that order the host's tasks, from the outside in: device set, TSM context, memory_lock, reservation. Linux 7.1, vfio_pci memory_lock.
extension Stage {
  @inlinable mutating func lock(_ field: Field, _ index: Int, by task: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.lockFree, self[field, index] == 0) else { return .refused(.lockFree) }
    self[field, index] = UInt16(task) &+ 1
    return .accepted
  }

  @inlinable mutating func unlock(_ field: Field, _ index: Int, by task: UInt8) -> Outcome {
    // Unlocking what another holds is a defect of the file; nothing is taken from the holder.
    if self[field, index] == UInt16(task) &+ 1 { self[field, index] = 0 }
    return .accepted
  }

  /// The lock field that a step waits for, if it is a lock.
  @inlinable func lockWanted(by step: Step) -> Field? {
    switch step {
    case .lockDeviceSet: .deviceSetLock
    case .lockTSM: .tsmLock
    case .lockMemory: .memoryLock
    case .lockReservation: .reservation
    default: nil
    }
  }

  /// Whether the waiting task waits for itself, through a lock, another task, or an importer that needs the reservation to let go.
  @inlinable func waitsForItself(_ task: UInt8, _ step: Step, _ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    let me = UInt16(task) &+ 1
    var holder: UInt16
    if let wanted = lockWanted(by: step) {
      holder = self[wanted, wanted == .deviceSetLock ? 0 : Int(d)]
    } else if step == .waitForMappings {
      // An importer that has to unmap waits for the reservation (`importerUnmapReservation`).
      holder = self[.reservation, Int(d)]
    } else {
      return false
    }
    if holder == me { return true }
    guard holder != 0 else { return false }
    let other = UInt8(truncatingIfNeeded: holder &- 1)
    let position = self[.taskPosition, Int(other)]
    guard position != 0, let next = lockWanted(by: book.playbook[position].step) else { return false }
    let place = next == .deviceSetLock ? 0 : self[.taskDevice, Int(other)]
    return self[next, Int(place)] == me
  }

  @inlinable func holdsAnyLock(_ task: UInt8, _ book: borrowing Rulebook) -> Bool {
    let me = UInt16(task) &+ 1
    if self[.deviceSetLock, 0] == me { return true }
    for d in 0..<Int(book.bounds.devices) where self[.tsmLock, d] == me || self[.memoryLock, d] == me || self[.reservation, d] == me {
      return true
    }
    return false
  }
}
