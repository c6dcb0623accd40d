/// Who has a device, and the objects of iommufd around it. Linux 7.1, vfio_pci_core; Linux 7.1, iommufd.
extension Stage {
  @inlinable public mutating func openFunction(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.openClosed, !flag(.isOpen, d)) else { return .refused(.openClosed) }
    set(.isOpen, d, true)
    // Open clears bus mastering where it is set (Linux 7.1, vfio_pci_core): what was under way is lost.
    return setBusMaster(d, false, book)
  }

  /// VFIO takes its reference on the VM when the device is opened, never later (Linux 7.1, KVM). It notes one: what is taken beside it
  /// nobody gives back.
  @inlinable public mutating func getVM(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    let isTaken = vmLife == .runnable || vmLife == .building, wasHeld = flag(.holdsVM, d)
    if isTaken { set(.holdsVM, d, true) }
    return book.accepted(unless: isTaken && wasHeld && book.cast != .untrustedHost, .notReleased)
  }

  @inlinable public mutating func putVM(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.putUnbound, !flag(.isBound, d)) else { return .refused(.putUnbound) }
    // Unbind comes first, all of it: whoever frees the interface afterwards calls the firmware for a TD that may be gone.
    let isTooEarly = flag(.holdsVM, d) && self[bindingOwner: d] == .vm && !isFatal && book.cast != .untrustedHost
    set(.holdsVM, d, false)
    return book.accepted(unless: isTooEarly, .booksContradict)
  }

  /// The VMM maps the BAR into its own address space, and touches it: its page tables lead there from then on. The fault takes
  /// memory_lock, and is SIGBUS where the function is not enabled. Linux 7.1, VFIO and iommufd.
  @inlinable public mutating func mapByHost(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.ioctlOpen, flag(.isOpen, d)) else { return .refused(.ioctlOpen) }
    guard flag(.vmmIsAlive), !lacksDescriptor(d, book) else { return .refused(.notNow) }
    guard book.law.holds(.hostMapUnbound, !flag(.isBound, d)) else { return .refused(.hostMapUnbound) }
    guard book.law.holds(.hostMapSlot, !flag(.slot, d)) else { return .refused(.hostMapSlot) }
    guard book.law.holds(.hostMapLock, self[.memoryLock, Int(d)] == 0) else { return .refused(.hostMapLock) }
    guard book.law.holds(.hostMapEnabled, isEnabled(d)) else { return .refused(.hostMapEnabled) }
    set(.hostMapping, d, true)
    return .accepted
  }

  @inlinable public mutating func zapHostMapping(_ d: UInt8) -> Outcome {
    set(.hostMapping, d, false)
    return .accepted
  }

  @inlinable public mutating func createVIOMMU(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.viommuVM, flag(.holdsVM, d)) else { return .refused(.viommuVM) }
    set(.viommuExists, d, true)
    return .accepted
  }

  @inlinable public mutating func createVDevice(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.vdeviceViommu, flag(.viommuExists, d)) else { return .refused(.vdeviceViommu) }
    guard book.law.holds(.vdeviceUnique, self[vdevice: d] == .absent) else { return .refused(.vdeviceUnique) }
    self[vdevice: d] = .present
    return .accepted
  }

  /// Destroyed while its device is open, its identifier may come again; gone with its device, it leaves a tombstone, and so does the
  /// device of a vDEVICE that was destroyed before: what it was in iommufd never comes back.
  @inlinable public mutating func destroyVDevice(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.vdeviceUnbound, !flag(.isBound, d)) else { return .refused(.vdeviceUnbound) }
    self[vdevice: d] = flag(.isOpen, d) ? .absent : .tombstone
    return .accepted
  }

  @inlinable public mutating func destroyVIOMMU(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.viommuUnused, self[vdevice: d] != .present) else { return .refused(.viommuUnused) }
    set(.viommuExists, d, false)
    return .accepted
  }

  /// The TSM core notes whom the interface is bound to. Linux 7.1, PCI/TSM core.
  @inlinable public mutating func markBound(_ d: UInt8, _ book: borrowing Rulebook) -> Outcome {
    guard book.law.holds(.bindVM, flag(.holdsVM, d) && vmLife == .runnable) else { return .refused(.bindVM) }
    guard book.law.holds(.bindVDevice, self[vdevice: d] == .present) else { return .refused(.bindVDevice) }
    guard book.law.holds(.bindNotHostMapped, !flag(.hostMapping, d)) else { return .refused(.bindNotHostMapped) }
    set(.isBound, d, true)
    return .accepted
  }

  @inlinable public mutating func markUnbound(_ d: UInt8) -> Outcome {
    set(.isBound, d, false)
    return .accepted
  }
}
