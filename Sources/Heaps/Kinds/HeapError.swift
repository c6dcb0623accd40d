import Restriction

/// Why a heap, a secure world or an importer said no. `code` is what tests and callers compare; `reason` is for people.
public struct HeapError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// A size of zero, or something that no memory could be.
    case badRequest
    /// Nothing is free, after everything was scrubbed, migrated and lent that could be.
    case exhausted
    /// A page of the range cannot be moved.
    case pinned
    /// No heap of that name; it may be registered later.
    case unknownHeap
    /// A second heap of one name.
    case sameName
    /// A master that the enforcer of a region does not reach.
    case unprotectable
    /// A guard of the secure world refused.
    case refused(RestrictedGuard)
    /// An importer needs restricted memory, and this is not, or not for its use.
    case notRestricted
    /// An importer needs memory that the CPU can read, and this is restricted.
    case notOrdinary
    /// A master without an IOMMU, and a buffer in pieces.
    case notContiguous
    /// The heap's secure world is gone.
    case gone
    /// The memory below failed.
    case memory
  }

  public let code: Code
  public let reason: String

  public init(_ code: Code, _ reason: String) { (self.code, self.reason) = (code, reason) }

  /// The errno that Linux returns.
  public var errno: String {
    switch code {
    case .badRequest, .notRestricted, .notOrdinary, .notContiguous, .gone: "EINVAL"
    case .exhausted: "ENOMEM"
    case .pinned: "EBUSY"
    case .unknownHeap: "EPROBE_DEFER"
    case .sameName: "EEXIST"
    case .unprotectable: "EOPNOTSUPP"
    case .refused: "EACCES"
    case .memory: "EIO"
    }
  }
  public var description: String { "\(errno): \(reason)" }
}
