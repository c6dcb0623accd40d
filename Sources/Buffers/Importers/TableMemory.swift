import Memory
import Primitives

/// Frames for an importer's page tables: sparse memory of its own, of which a page costs when it is touched.
func makeTable<Space: Address>(of space: Space.Type, frames bytes: UInt64 = 1 << 30) throws(BufferError) -> sending PageTable<Space> {
  do throws(MemoryError) {
    guard let bank = PhysicalMemory.Bank(start: HostPhysicalAddress(0), length: bytes) else {
      throw MemoryError(.impossibleRange, "\(bytes) bytes of frames")
    }
    return try PageTable(frames: FrameAllocator(over: PhysicalMemory(banks: [bank])))
  } catch {
    throw BufferError(.system, "no page table: \(error)")
  }
}
