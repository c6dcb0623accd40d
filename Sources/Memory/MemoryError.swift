import Primitives

/// Why memory, or a table in it, refused. `code` is what tests and callers compare; `reason` is for people.
public struct MemoryError: Error, Hashable, Sendable {
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// A bank, window or range that no machine could have: empty, unaligned, wrapping, overlapping, beyond the limits.
    case impossibleRange = "impossible-range"
    /// The address is not RAM. It may be MMIO, which `PhysicalMap` knows, or nothing at all.
    case notMemory = "not-memory"
    /// No free frame of that size is left.
    case outOfFrames = "out-of-frames"
    /// A frame was given back that was not handed out.
    case notAllocated = "not-allocated"
    /// The host's kernel refused a mapping; the reason carries its error number.
    case system = "system"
    /// A private access named a key that was never configured, or was freed.
    case unknownKey = "unknown-key"
    /// A key of the wrong length, or the shared identifier, which has none.
    case badKey = "bad-key"
    /// The address or the length is not a multiple of the page size that was asked for.
    case misaligned = "misaligned"
    /// A page of the range is mapped already.
    case overlap = "overlap"
    /// A page of the range is not mapped.
    case notMapped = "not-mapped"
    /// The range would cut a larger leaf in two; `split` it first.
    case sizeMismatch = "size-mismatch"
    /// The table was destroyed, or its own bytes point outside memory.
    case brokenTable = "broken-table"
  }

  public let code: Code
  public let reason: String
  /// The first address that was in the way, in whatever space the operation worked in.
  public let address: UInt64?

  public init(_ code: Code, _ reason: String, at address: UInt64? = nil) {
    (self.code, self.reason, self.address) = (code, reason, address)
  }
}

extension MemoryError: CustomStringConvertible {
  public var description: String {
    guard let address else { return "\(code.rawValue): \(reason)" }
    return "\(code.rawValue): \(reason) (at \(hexadecimal(address)))"
  }
}
