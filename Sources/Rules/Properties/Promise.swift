/// What must come: a property of whole behaviours. A `Property` says what no state and no step may be; a promise says that
/// something which is owed in a state is not owed for ever, whoever else is at work meanwhile.
public enum Promise: Small {
  case revokedBufferReturns
  case revocationCompletes
  case teardownTerminates
  case vcpuGetsOn
  case noWaiterStarves

  /// As the command line writes it.
  public var id: String {
    switch self {
    case .revokedBufferReturns: "revoked-buffer-returns"
    case .revocationCompletes: "revocation-completes"
    case .teardownTerminates: "teardown-terminates"
    case .vcpuGetsOn: "vcpu-gets-on"
    case .noWaiterStarves: "no-waiter-starves"
    }
  }

  public init?(id: String) {
    guard let found = Self.allCases.first(where: { $0.id == id }) else { return nil }
    self = found
  }

  public var sentence: String {
    switch self {
    case .revokedBufferReturns: "a revoked buffer whose function answers again comes back, or is revoked anew"
    case .revocationCompletes: "whoever had mapped a buffer that is revoked lets go of it"
    case .teardownTerminates: "a VM whose monitor is gone is released"
    case .vcpuGetsOn: "a vCPU that touched a page without an entry gets its answer"
    case .noWaiterStarves: "every procedure comes to its end"
    }
  }

  /// The same as a headline of a counterexample.
  public var broken: String {
    switch self {
    case .revokedBufferReturns: "a revoked buffer never comes back"
    case .revocationCompletes: "a revocation never completes"
    case .teardownTerminates: "the VM is never released"
    case .vcpuGetsOn: "a vCPU never gets on"
    case .noWaiterStarves: "a procedure never ends"
    }
  }

  public var source: String {
    switch self {
    case .revokedBufferReturns: "Linux 7.1, VFIO and iommufd: un-revoked when memory is enabled again"
    case .revocationCompletes: "Documentation/driver-api/dma-buf.rst, dma_buf_invalidate_mappings"
    case .teardownTerminates: "TDX module, TD life cycle; drivers/vfio/pci close"
    case .vcpuGetsOn: "private-MMIO thread 2025: a fault is answered or repeated, and never hangs"
    case .noWaiterStarves: "Linux 7.1, vfio_pci memory_lock: locks are handed on, none is taken for ever"
    }
  }
}

/// One of the things that a promise is about: device, importer or task number `index`, of kind `part` where there are several.
public struct PromiseInstance: Hashable, Sendable {
  public let promise: Promise, index: UInt8, part: UInt8

  public static func all(_ promise: Promise, _ bounds: Bounds) -> [PromiseInstance] {
    func each(_ count: UInt8, parts: UInt8 = 1) -> [PromiseInstance] {
      (0..<count).flatMap { i in (0..<parts).map { PromiseInstance(promise: promise, index: i, part: $0) } }
    }
    return switch promise {
    case .revokedBufferReturns: each(bounds.devices)
    case .revocationCompletes: each(bounds.importers)
    case .teardownTerminates: each(1)
    case .vcpuGetsOn: each(bounds.devices, parts: 2)
    case .noWaiterStarves: each(Bounds.tasks)
    }
  }
}

extension Stage {
  /// Whether the promise is still to be kept here. It is broken when this stays true for ever.
  public func isOwed(_ it: PromiseInstance, _ book: borrowing Rulebook) -> Bool {
    switch it.promise {
    case .revokedBufferReturns: flag(.bufferIsExported, it.index) && flag(.bufferIsRevoked, it.index) && answers(it.index)
    case .revocationCompletes:
      self[importer: it.index] == .mapped && flag(.bufferIsRevoked, it.index % book.bounds.devices)
    case .teardownTerminates: !flag(.vmmIsAlive) && vmLife != .absent && vmLife != .released
    case .vcpuGetsOn: vmLife == .runnable && isInside(it.part == 0 ? .faultShared : .faultPrivate, it.index, book)
    case .noWaiterStarves: !isIdle(it.index)
    }
  }

  private func isInside(_ procedure: Procedure, _ d: UInt8, _ book: borrowing Rulebook) -> Bool {
    for t in 0..<Bounds.tasks where !isIdle(t) && self[.taskDevice, Int(t)] == UInt16(d) {
      if self.procedure(of: t, book) == procedure { return true }
    }
    return false
  }
}
