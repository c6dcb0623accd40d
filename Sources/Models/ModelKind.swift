import Rules

/// The models that `check` knows.
public enum ModelKind: String, CaseIterable, Sendable {
  /// The host's procedures, interleaved with guest, device, importers and a VMM that may crash or be hostile.
  case privateMMIO = "private-mmio"
  /// The TDX module alone against a host that makes any firmware call at any time.
  case untrustedHost = "untrusted-host"
  /// The same host, and an interface that already runs: what lies far from the beginning is near.
  case runningInterface = "running-interface"

  public var summary: String {
    switch self {
    case .privateMMIO: "the host's procedures, interleaved with guest, device, importers and a VMM that may crash or be hostile"
    case .untrustedHost: "the firmware against a host that makes any call in any order, from the beginning"
    case .runningInterface: "the same, from an interface that is bound, attested, accepted and running"
    }
  }

  /// Published defaults: finished in a minute of CPU. A hostile VMM multiplies the states of everything that it can touch.
  public func defaultBounds(isHostile: Bool = false) -> Bounds {
    switch self {
    case .privateMMIO where isHostile: Bounds(devices: 1, pages: 1, importers: 0, memory: 1)
    case .privateMMIO: Bounds(devices: 1, pages: 2, importers: 1, memory: 1)
    case .untrustedHost, .runningInterface: Bounds(devices: 1, pages: 1, importers: 0, memory: 1)
    }
  }

  /// What must come in it, where procedures play a part.
  public var promises: [Promise] { self == .privateMMIO ? Promise.allCases : [] }

  /// What it has to come to somewhere, to be about anything.
  public var milestones: [Milestone] {
    switch self {
    // Whoever gives the interface back first never sees it fall into ERROR.
    case .privateMMIO: Milestone.allCases.filter { $0 != .lockedInterfaceInError }
    case .untrustedHost, .runningInterface:
      [.interfaceRuns, .privateAccess, .trustedDMA, .lockedInterfaceInError, .entryAwaitsTracking, .vmReleased]
    }
  }

  /// What is asked of it. What an untrusted host may do to itself, or to the service it gives, is not.
  public var properties: [Property] {
    switch self {
    case .privateMMIO: Property.allCases
    case .untrustedHost, .runningInterface:
      [
        .staleTranslationUsed, .privateByteLeaks, .wrongPageAccepted, .pageMappedTwice, .interfaceHasTwoOwners, .runWithoutEvidence,
        .booksContradict,
      ]
    }
  }
}
