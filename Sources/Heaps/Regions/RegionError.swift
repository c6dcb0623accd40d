import Primitives

/// Why a region allocator refused. `code` is what tests and callers compare; `reason` is for people. Nothing has changed then.
public struct RegionError: Error, Hashable, Sendable {
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// A range that no memory could have: empty, not of whole pages, or beyond 52 bits.
    case impossibleRange = "impossible-range"
    /// A range that is the allocator's already, in part or as a whole.
    case overlap = "overlap"
    /// Zero pages, or an alignment that is no power of two.
    case badRequest = "bad-request"
    /// No hole is long enough at that alignment. It may come: something may be freed, or the allocator may grow.
    case noHole = "no-hole"
    /// The allocation was freed before.
    case alreadyFree = "already-free"
    /// The allocation was made by another allocator.
    case foreign = "foreign"
  }

  public let code: Code
  public let reason: String
  /// The first address that was in the way, where there is one.
  public let address: HostPhysicalAddress?

  init(_ code: Code, _ reason: String, at address: HostPhysicalAddress? = nil) {
    (self.code, self.reason, self.address) = (code, reason, address)
  }
}

extension RegionError: CustomStringConvertible {
  public var description: String { "\(code.rawValue): \(reason)" + (address.map { " (at \($0))" } ?? "") }
}
