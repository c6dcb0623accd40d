/// What must be reachable: a world in which it never happens says nothing by holding. A "sometimes" property.
public enum Milestone: Hashable, Sendable {
  /// A procedure does what it is there for, and says so.
  case works(Procedure)
  case interfaceRuns, privateAccess, sharedAccess, trustedDMA, lockedInterfaceInError
  case accessMeetsRevocation, importerMeetsRevocation, bufferComesBack, bothTasksAtWork
  case entryAwaitsTracking, functionInReset, vmReleased

  public init?(id: String) {
    guard let found = Self.allCases.first(where: { $0.id == id }) else { return nil }
    self = found
  }

  /// As the command line writes it.
  public var id: String {
    switch self {
    case .works(let procedure): "\(procedure.id)-works"
    case .interfaceRuns: "interface-runs"
    case .privateAccess: "private-access"
    case .sharedAccess: "shared-access"
    case .trustedDMA: "trusted-dma"
    case .lockedInterfaceInError: "interface-in-error"
    case .accessMeetsRevocation: "access-meets-revocation"
    case .importerMeetsRevocation: "importer-meets-revocation"
    case .bufferComesBack: "shared-again"
    case .bothTasksAtWork: "two-tasks-at-work"
    case .entryAwaitsTracking: "entry-awaits-tracking"
    case .functionInReset: "function-in-reset"
    case .vmReleased: "vm-released"
    }
  }

  public var sentence: String {
    switch self {
    case .works(let procedure) where !procedure.reportsItsPurpose: "after a step of \(procedure.id) \(procedure.purpose ?? "something else is so")"
    case .works(let procedure): "\(procedure.id) reports success and has done it: \(procedure.purpose ?? "something else")"
    case .interfaceRuns: "an interface is in RUN, and the TSM knows it"
    case .privateAccess: "the guest is in the middle of a private access to a device"
    case .sharedAccess: "the guest is in the middle of a shared access to a device"
    case .trustedDMA: "a device has a trusted transfer under way"
    case .lockedInterfaceInError: "an interface is in ERROR, and the TSM does not know it yet"
    case .accessMeetsRevocation: "a buffer is revoked while the guest is in the middle of a shared access to it"
    case .importerMeetsRevocation: "a buffer is revoked while an importer is at work on it"
    case .bufferComesBack: "after evidence was checked and the interface given back, the buffer is live and a page of it is shared"
    case .bothTasksAtWork: "two kernel tasks are inside procedures of one device"
    case .entryAwaitsTracking: "a private MMIO entry is blocked while a vCPU may still use what it has cached of it"
    case .functionInReset: "a function is in reset"
    case .vmReleased: "the VM is released, with nothing left"
    }
  }

  /// What procedures are there for: those by which it never comes are not sound but dead, and a verdict names it. The others are moments in which
  /// something could go wrong: whoever never comes into them may be the better for it, and is told.
  public var isOwed: Bool {
    switch self {
    case .works, .interfaceRuns, .privateAccess, .sharedAccess, .trustedDMA, .bufferComesBack, .vmReleased: true
    case .lockedInterfaceInError, .accessMeetsRevocation, .importerMeetsRevocation, .bothTasksAtWork, .entryAwaitsTracking, .functionInReset: false
    }
  }

  /// Can come at all in a world of this size in which somebody enters these procedures: importers need an importer.
  public func isPossible(in bounds: Bounds, entering procedures: Set<Procedure>) -> Bool {
    switch self {
    case .works(let procedure): procedures.contains(procedure)
    case .importerMeetsRevocation: bounds.importers > 0
    default: true
    }
  }
}

extension Milestone: CaseIterable {
  /// Where nobody opens, nobody binds: of several that are missed, the first is likelier the cause.
  public static let allCases: [Milestone] = Procedure.purposeful.map { .works($0) } + moments

  private static let moments: [Milestone] = [
    .interfaceRuns, .privateAccess, .sharedAccess, .trustedDMA, .lockedInterfaceInError, .accessMeetsRevocation, .importerMeetsRevocation,
    .bufferComesBack,
    .bothTasksAtWork, .entryAwaitsTracking, .functionInReset, .vmReleased,
  ]
}

extension Stage {
  @inlinable public func shows(_ milestone: Milestone, _ book: borrowing Rulebook) -> Bool {
    switch milestone {
    case .works(let procedure): return works(procedure, book)
    case .vmReleased: return vmLife == .released
    case .bothTasksAtWork:
      // What is done to the VM is done to no device.
      let isOfDevice = (0..<Bounds.tasks).allSatisfy {
        let position = self[.taskPosition, Int($0)]
        return position != 0 && book.playbook[position].procedure != .teardown
      }
      return isOfDevice && self[.taskDevice, 0] == self[.taskDevice, 1]
    default: break
    }
    for d in 0..<book.bounds.devices where shows(milestone, of: d, book) { return true }
    return false
  }

  @inlinable func shows(_ milestone: Milestone, of d: UInt8, _ book: borrowing Rulebook) -> Bool {
    let accessed = accessKind != .none && UInt8(truncatingIfNeeded: self[.accessDevice, 0]) == d
    switch milestone {
    case .interfaceRuns: return self[interface: d] == .run && self[recorded: d] == .run
    case .privateAccess: return accessed && accessKind == .secure
    case .sharedAccess: return accessed && accessKind == .shared
    case .trustedDMA: return self[dma: d] == .trusted
    case .lockedInterfaceInError: return self[interface: d] == .error && (self[recorded: d] == .locked || self[recorded: d] == .run)
    case .accessMeetsRevocation: return accessed && accessKind == .shared && flag(.bufferIsRevoked, d)
    case .importerMeetsRevocation: return flag(.bufferIsRevoked, d) && anyImporterUses(d, book)
    case .bufferComesBack:
      let isGivenBack = self[evidence: d] == .checked && self[bindingOwner: d] == .none && flag(.bufferIsExported, d) && !flag(.bufferIsRevoked, d)
      return isGivenBack && (0..<book.bounds.pages).contains { flag(.isShared, d, $0) }
    case .entryAwaitsTracking:
      return vcpu.isInside && (0..<book.bounds.pages).contains { self[entry: d, $0].isBlocked && self[tlb: d, $0] == .secure }
    case .functionInReset: return flag(.inReset, d)
    case .works, .bothTasksAtWork, .vmReleased: return false
    }
  }

  @inlinable func flag(_ field: Field, _ d: UInt8, _ p: UInt8) -> Bool { self[field, pageIndex(d, p)] != 0 }
}
