import Rules

/// The models that `check` knows.
public enum ModelKind: String, CaseIterable, Sendable {
  /// The host's procedures, interleaved with guest, device, importers and a VMM that may crash or be hostile.
  case privateMMIO = "private-mmio"
  /// The TDX module alone against a host that makes any firmware call at any time.
  case untrustedHost = "untrusted-host"

  public var summary: String {
    switch self {
    case .privateMMIO: "the host's procedures, interleaved with guest, device, importers and a VMM that may crash or be hostile"
    case .untrustedHost: "the firmware against a host that makes any call in any order"
    }
  }

  /// Published defaults: finished in a minute of CPU.
  public var defaultBounds: Bounds {
    switch self {
    case .privateMMIO: Bounds(devices: 1, pages: 2, importers: 1, memory: 1)
    case .untrustedHost: Bounds(devices: 1, pages: 1, importers: 0, memory: 1)
    }
  }

  /// What is asked of it. What an untrusted host may do to itself, or to the service it gives, is not.
  public var properties: [Property] {
    switch self {
    case .privateMMIO: Property.allCases
    case .untrustedHost:
      [
        .staleTranslationUsed, .privateByteLeaks, .wrongPageAccepted, .pageMappedTwice, .interfaceHasTwoOwners, .runWithoutEvidence,
        .booksContradict,
      ]
    }
  }
}
