import Primitives

/// A way from an importer to the memory of a buffer. Where there are several, the importer chooses.
public struct Path: Hashable, BitwiseCopyable, Sendable {
  public enum Kind: Hashable, BitwiseCopyable, Sendable {
    /// Memory of the host, by the addresses that the CPU uses.
    case memory
    /// From device to device, on the bus.
    case peer
    /// Over a link of their own.
    case interconnect(InterconnectID)
  }
  public let kind: Kind
  /// What is taken from a CPU address to get the one on this way.
  public let offset: UInt64
  /// Switches and bridges in between: what an importer may go by.
  public let hops: UInt8

  @inlinable public init(_ kind: Kind, offset: UInt64 = 0, hops: UInt8 = 0) { (self.kind, self.offset, self.hops) = (kind, offset, hops) }

  /// The address on this way; nil for one that this way does not lead to.
  @inlinable public func bus(_ address: HostPhysicalAddress) -> BusAddress? {
    let (value, overflow) = address.rawValue.subtractingReportingOverflow(offset)
    return overflow ? nil : BusAddress(value)
  }

  public static let toMemory = Path(.memory)
}
