import Memory
import Primitives
import Rules
import TEE

/// An importer of a buffer: a driver with an IO page table of its own, as iommufd or an RDMA card has one.
public final class BufferImporter {
  public let name: String
  public let kind: String
  public let device: UInt8
  /// Where the importer maps the buffer in its own space.
  public static let base = IOVirtualAddress(0x1000_0000)
  public let table: PageTable<IOVirtualAddress>
  private let hardware: Hardware
  /// The requester under which it reads its peer.
  public let requester: RequesterID

  public init(name: String, kind: String, device: UInt8, requester: RequesterID, hardware: Hardware) throws(MemoryError) {
    (self.name, self.kind, self.device, self.requester, self.hardware) = (name, kind, device, requester, hardware)
    table = try PageTable(frames: hardware.frames)
  }

  private var range: AddressRange<IOVirtualAddress>? {
    AddressRange(start: Self.base, length: UInt64(hardware.functions[Int(device)].pages.count) << 12)
  }

  /// dma_buf_map_attachment: the buffer's pages, one after the other.
  public func map() throws(MemoryError) {
    for p in hardware.functions[Int(device)].pages.indices {
      let at = IOVirtualAddress(Self.base.rawValue + UInt64(p) << 12)
      try table.map(at, to: hardware.page(device, UInt8(p)), size: .small, LeafAttributes(mmio: true))
    }
  }

  public func unmap() throws(MemoryError) {
    guard let range else { return }
    _ = try table.unmap(range)
  }

  /// Where a read of eight bytes of page `p` goes on the bus; nil where nothing is mapped. What the device there makes of it is another
  /// question.
  public func reach(page p: UInt8) -> (target: HostPhysicalAddress, access: Access)? {
    let at = IOVirtualAddress(Self.base.rawValue + UInt64(p) << 12)
    guard let range = AddressRange(start: at, length: 8), let leaf = table.walk(at) else { return nil }
    let request = AccessRequest(.device(requester, trusted: false, stream: nil), .read, range)
    return (leaf.resolve(at), Access(request, .physical(leaf.resolve(at))))
  }
}
