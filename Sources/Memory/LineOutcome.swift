/// How an access ended at the memory controller. Lines are 64 bytes and named by their first address.
public enum LineOutcome: Hashable, Sendable {
  case clean
  /// A shared read met owned lines, the first of them here, and got the platform's substitute (zeros or ciphertext).
  case masked(at: UInt64)
  /// The access met a poisoned line, or poisoned it. Who consumes it takes a machine check.
  case poisoned(at: UInt64)
  /// The platform stopped the access here; bytes before it may have been transferred.
  case faulted(at: UInt64)
}

extension LineOutcome {
  private var severity: Int {
    switch self {
    case .clean: 0
    case .masked: 1
    case .poisoned: 2
    case .faulted: 3
    }
  }
  /// Keeps the worst, and of equals the first.
  mutating func merge(_ other: LineOutcome) {
    if other.severity > severity { self = other }
  }
}
