import Primitives

/// The two spaces that tables are made for, each with functions of its own: whoever knows the space calls specialised code directly. The general
/// functions have to find out at run time which space it is, and that costs more than mapping a page.
extension PageTable where Space == GuestPhysicalAddress {
  /// As the general one.
  public func map(
    _ range: AddressRange<GuestPhysicalAddress>, to target: HostPhysicalAddress, _ attributes: LeafAttributes, largest: PageSize = .large
  ) throws(MemoryError) {
    try mapRun(range, to: target, attributes, largest: largest)
  }

  /// As the general one.
  public func unmap(_ range: AddressRange<GuestPhysicalAddress>) throws(MemoryError) -> Invalidation<GuestPhysicalAddress> {
    try edit(range) { _, _ in .empty }
    return Invalidation(range)
  }
}

extension PageTable where Space == IOVirtualAddress {
  /// As the general one.
  public func map(
    _ range: AddressRange<IOVirtualAddress>, to target: HostPhysicalAddress, _ attributes: LeafAttributes, largest: PageSize = .large
  ) throws(MemoryError) {
    try mapRun(range, to: target, attributes, largest: largest)
  }

  /// As the general one.
  public func unmap(_ range: AddressRange<IOVirtualAddress>) throws(MemoryError) -> Invalidation<IOVirtualAddress> {
    try edit(range) { _, _ in .empty }
    return Invalidation(range)
  }
}
