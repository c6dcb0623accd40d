import Memory
import Primitives

/// Where guest memory and device pages lie in the guest's space. Fixed when the machine is built: rules speak of units and
/// page numbers, bytes of addresses, and this is the border between the two.
public struct AddressPlan: Hashable, Sendable {
  /// A piece of guest memory that is one leaf of a page table.
  public struct Unit: Hashable, Sendable {
    public let base: GuestPhysicalAddress
    public let size: PageSize
    public init(base: GuestPhysicalAddress, size: PageSize) { (self.base, self.size) = (base, size) }
    /// Nil only for a base at the very end of the space, which no machine file can give.
    public var range: AddressRange<GuestPhysicalAddress>? { AddressRange(start: base, length: size.bytes) }
  }

  /// Unit `m` of the rules.
  public let privateUnits: [Unit]
  /// Memory that the guest shares with the host from the start. The rules do not know it: everybody may see it.
  public let sharedUnits: [Unit]
  /// The top bit of the guest's addresses; with it set an address names the shared half.
  public let sharedBit: UInt8

  /// The first address of the devices' slots; guest memory ends below.
  public static let firstSlot: UInt64 = 1 << 39
  /// From one device's slot to the next.
  public static let slotStride: UInt64 = 1 << 32

  public init(privateUnits: [Unit], sharedUnits: [Unit], sharedBit: UInt8 = 47) {
    (self.privateUnits, self.sharedUnits, self.sharedBit) = (privateUnits, sharedUnits, sharedBit)
  }

  /// The slot over device `d`'s buffer.
  public func slot(_ d: UInt8) -> GuestPhysicalAddress { GuestPhysicalAddress(Self.firstSlot + UInt64(d) * Self.slotStride) }
  /// Page `p` of that slot.
  public func page(_ d: UInt8, _ p: UInt8) -> GuestPhysicalAddress { GuestPhysicalAddress(slot(d).rawValue + UInt64(p) << 12) }
  /// The same page in the shared half.
  public func shared(_ address: GuestPhysicalAddress) -> GuestPhysicalAddress {
    GuestPhysicalAddress(address.rawValue | 1 << UInt64(sharedBit))
  }
}
