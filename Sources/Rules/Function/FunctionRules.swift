/// The function and its resets. What happens to its interface follows from what the interface tracks (PCIe 6.0 section 11.2.6).
extension Stage {
  @inlinable public func tdi(_ d: UInt8) -> DeviceInterface {
    DeviceInterface(state: self[interface: d], nonceIsLive: flag(.nonceIsLive, d), holdsSecrets: flag(.holdsSecrets, d))
  }
  @inlinable public mutating func set(_ tdi: DeviceInterface, of d: UInt8) {
    self[interface: d] = tdi.state
    set(.nonceIsLive, d, tdi.nonceIsLive)
    set(.holdsSecrets, d, tdi.holdsSecrets)
  }
  @inlinable public mutating func observe(_ change: TrackedChange, on d: UInt8, _ book: borrowing Rulebook) {
    var value = tdi(d)
    value.observe(change, under: book.law)
    set(value, of: d)
  }

  /// A request of this function would be decoded, and the function is there to answer.
  @inlinable public func answers(_ d: UInt8) -> Bool { isEnabled(d) && !flag(.inReset, d) }

  /// What VFIO means by an enabled function. That it does not answer in a reset either is memory_lock's to hide, and nobody looks.
  /// Linux 7.1, vfio_pci_config.c, `__vfio_pci_memory_enabled`.
  @inlinable public func isEnabled(_ d: UInt8) -> Bool { flag(.memoryEnabled, d) && self[power: d] == .d0 }

  /// COMMAND.MEM, as it reaches the hardware. What is written as it stands changes nothing, here as below: only clearing is tracked.
  @inlinable public mutating func setMemory(_ d: UInt8, _ on: Bool, _ book: borrowing Rulebook) -> Outcome {
    if on {
      set(.memoryEnabled, d, true)
      return .accepted
    }
    guard flag(.memoryEnabled, d) else { return .accepted }
    return endInterface(d, by: .memoryEnableCleared, book) { $0.set(.memoryEnabled, d, false) }
  }

  /// COMMAND.BME. VFIO passes it unfiltered (Linux 7.1, vfio_pci_config.c).
  @inlinable public mutating func setBusMaster(_ d: UInt8, _ on: Bool, _ book: borrowing Rulebook) -> Outcome {
    guard flag(.busMaster, d) != on else { return .accepted }
    set(.busMaster, d, on)
    return on ? .accepted : loseDMA(d, by: .busMasterCleared, book)
  }

  /// PM control: D3hot loses the function's state here (`NoSoftRst-`), D0 brings it back.
  @inlinable public mutating func setPower(_ d: UInt8, _ state: PowerState, _ book: borrowing Rulebook) -> Outcome {
    guard state == .d3hot else {
      self[power: d] = .d0
      return .accepted
    }
    guard self[power: d] != .d3hot else { return .accepted }
    return endInterface(d, by: .powerTransitionLosingState, book) { $0[power: d] = .d3hot }
  }

  /// FLR leaves the SPDM session and the IDE stream intact but forces a locked interface into ERROR until STOP.
  @inlinable public mutating func beginReset(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    endInterface(d, by: .functionLevelReset, book) { $0.set(.inReset, d, true) }
  }

  /// The function is back; its driver restores the command register that it saved.
  @inlinable public mutating func endReset(_ d: UInt8) -> Outcome {
    set(.inReset, d, false)
    self[power: d] = .d0
    return .accepted
  }

  /// vfio_pci_core_disable: bus mastering and decoding off, and nobody has the device any more.
  @inlinable public mutating func closeFunction(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    endInterface(d, by: .memoryEnableCleared, book) {
      $0.set(.memoryEnabled, d, false)
      $0.set(.busMaster, d, false)
      $0.set(.isOpen, d, false)
    }
  }

  /// Does something that ends the interface's life, and judges what was left of it.
  @inlinable @inline(__always)
  mutating func endInterface(_ d: UInt8, by change: TrackedChange, _ book: borrowing Rulebook, _ effect: (inout Self) -> Void) -> Outcome {
    let wasLocked = anyUsablePrivateMapping(d, book) && self[interface: d].isLocked
    let torn = accessKind != .none && UInt8(truncatingIfNeeded: self[.accessDevice, 0]) == d
    effect(&self)
    let lost = loseDMA(d, by: change, book)
    if book.breaks(.privateMappingOutlivesInterface, wasLocked) { return .violated(.privateMappingOutlivesInterface) }
    if book.breaks(.accessToDisabledFunction, torn) { return .violated(.accessToDisabledFunction) }
    return lost
  }

  /// The device can no longer finish what it had issued: a tracked change, and possibly a silent drop.
  @inlinable mutating func loseDMA(_ d: UInt8, by change: TrackedChange, _ book: borrowing Rulebook) -> Outcome {
    let lost = self[dma: d] == .trusted && self[interface: d] == .run && !flag(.vmmMisbehaved)
    self[dma: d] = .none
    observe(change, on: d, book)
    return book.accepted(unless: book.parameters.strictDMA && lost, .dmaDroppedUnseen)
  }

  @inlinable public func anyUsablePrivateMapping(_ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    for p in 0..<book.bounds.pages where isUsablePrivately(d, p) { return true }
    return false
  }

  /// Through an entry, or what the vCPU has cached of one; whoever flushes when he enters has nothing of it any more.
  @inlinable public func isUsablePrivately(_ d: UInt8, _ p: UInt8) -> Bool {
    self[entry: d, p] == .mmioMapped || (self[tlb: d, p] == .secure && vcpu != .outsideStale)
  }
}
