import Memory
import Primitives

extension PageTable {
  /// Maps a buffer's memory from an address on, with the largest pages that fit: one call of the table for each range.
  /// - Returns: how many ranges it took.
  /// - Throws: what the table says. Nothing is mapped then.
  @discardableResult
  public func fill(
    at address: Space, _ cursor: RangeCursor, writable: Bool = true, largest: PageSize = .huge
  ) throws(MemoryError) -> Int {
    var cursor = cursor
    let start = address.rawValue
    var at = start, ranges = 0
    do throws(MemoryError) {
      while let next = cursor.next() {
        guard let run = AddressRange(start: Space(at), length: next.length) else {
          throw MemoryError(.impossibleRange, "\(next.length) bytes leave the address space", at: at)
        }
        try map(run, to: next.start, next.leaf(writable: writable), largest: largest)
        at = run.end.rawValue
        ranges += 1
      }
    } catch {
      if at > start, let done = AddressRange(start: address, length: at - start) { _ = try? unmap(done) }
      throw error
    }
    return ranges
  }
}

extension PhysicalRange {
  func leaf(writable: Bool) -> LeafAttributes {
    var isMMIO = false
    if case .window = provider { isMMIO = true }
    return LeafAttributes(readable: true, writable: writable, mmio: isMMIO, private: attributes.isEncrypted)
  }
}
