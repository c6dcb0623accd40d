import Primitives

/// A page of ordinary memory that may change its place, content and all: what a contiguous heap lends out while nobody needs it in a row.
/// Its owner asks for the address each time.
public final class MovablePage {
  /// Where it lies now.
  public private(set) var address: HostPhysicalAddress
  /// Set by an owner that gave the address to a device for long: the page stays where it is.
  public var isPinned = false
  private var home: ContiguousHeap?
  private var shelter: HeapBuffer?

  init(_ address: HostPhysicalAddress, in home: ContiguousHeap) { (self.address, self.home) = (address, home) }

  public var hasMoved: Bool { home == nil }

  var range: AddressRange<HostPhysicalAddress> {
    // Pages of a heap lie below 2^52.
    AddressRange(start: address, length: 4096) ?? AddressRange(start: HostPhysicalAddress(0), length: 4096)!
  }

  func move(to shelter: consuming HeapBuffer, at address: HostPhysicalAddress) {
    (home, self.address) = (nil, address)
    self.shelter = consume shelter
  }

  func leave() {
    home?.forget(address)
    home = nil
    shelter = nil
  }
}
