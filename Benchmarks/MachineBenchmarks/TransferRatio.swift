import Clock
import Memory
import PCI
import Primitives
import TEE

/// A device's copy through IOMMU, IOTLB and memory controller against a plain memcpy of as many bytes, in one run.
struct TransferRatio {
  private let hardware: Hardware
  private let device = RequesterID(rawValue: 0x0100)
  private static let block = Int(PageSize.large.bytes)
  /// Pages of the source and as many of the target: more than the processor's caches hold.
  private static let pages = 16

  /// Nothing of the set-up can fail on a machine that has the memory.
  enum Failure: Error { case bank, target }

  init() throws {
    guard let bank = PhysicalMemory.Bank(start: HostPhysicalAddress(1 << 32), length: 1 << 30) else { throw Failure.bank }
    hardware = try Hardware(banks: [bank], functions: [])
    let table = try PageTable<IOVirtualAddress>(frames: hardware.frames)
    for page in 0..<2 * Self.pages {
      let frame = try hardware.frames.allocate(.large)
      let address = IOVirtualAddress(UInt64(page * Self.block))
      try table.map(address, to: frame, size: .large, LeafAttributes(readable: true, writable: true))
      // Touched once, so that what is measured is copying and not the kernel giving pages.
      _ = try hardware.encryption.write([UInt8](repeating: UInt8(page), count: Self.block), at: frame, as: .shared)
    }
    hardware.iommu.setSharedContext(table, for: device)
  }

  func percentOfMemcpy(blocks: Int) throws -> Int {
    let source = UnsafeMutableRawPointer.allocate(byteCount: Self.block * Self.pages, alignment: 4096)
    let target = UnsafeMutableRawPointer.allocate(byteCount: Self.block * Self.pages, alignment: 4096)
    defer {
      source.deallocate()
      target.deallocate()
    }
    source.initializeMemory(as: UInt8.self, repeating: 1, count: Self.block * Self.pages)
    target.initializeMemory(as: UInt8.self, repeating: 2, count: Self.block * Self.pages)

    var port = DMAPort(hardware, device: device, trusted: false, stream: nil)
    let start = processorTime()
    for block in 0..<blocks {
      let page = block % Self.pages
      try port.copy(
        from: IOVirtualAddress(UInt64(page * Self.block)), to: IOVirtualAddress(UInt64((Self.pages + page) * Self.block)), length: Self.block)
    }
    let device = processorTime() - start
    let again = processorTime()
    for block in 0..<blocks {
      let offset = block % Self.pages * Self.block
      target.advanced(by: offset).copyMemory(from: source.advanced(by: offset), byteCount: Self.block)
    }
    let plain = processorTime() - again
    return Int(plain * 100 / max(device, 1))
  }
}
