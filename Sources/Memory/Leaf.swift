import Primitives

/// A page as a walk found it: from `start` on, `size.bytes` of the space lie at `target`.
public struct Leaf<Space: Address>: Hashable, BitwiseCopyable, Sendable {
  public let start: Space
  public let target: HostPhysicalAddress
  public let size: PageSize
  public let attributes: LeafAttributes

  public init(start: Space, target: HostPhysicalAddress, size: PageSize, attributes: LeafAttributes) {
    (self.start, self.target, self.size, self.attributes) = (start, target, size, attributes)
  }

  /// Where an address inside this leaf lies.
  public func resolve(_ address: Space) -> HostPhysicalAddress {
    HostPhysicalAddress(target.rawValue | address.offset(in: size))
  }
  /// From the address to the end of the leaf.
  public func bytesLeft(from address: Space) -> UInt64 { size.bytes - address.offset(in: size) }
}

/// The duty that a change of a table leaves: translations of this range may be cached, and whoever caches them must forget
/// them before the memory behind is used for anything else. The table does not do it, since forgetting to is what hosts do.
public struct Invalidation<Space: Address>: Hashable, Sendable {
  public let range: AddressRange<Space>
  public init(_ range: AddressRange<Space>) { self.range = range }
}
