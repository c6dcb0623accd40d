import Primitives

/// A position in a table: the entries of one frame, and the entry above that counts them.
struct TablePosition {
  let table: UnsafeMutablePointer<UInt64>
  /// Nil for the root, which nobody counts, since it is never freed.
  let parent: UnsafeMutablePointer<UInt64>?

  /// Adjusts the number of used entries. Bytes that somebody overwrote may count wrongly, never trap.
  /// - Returns: whether entries are left, as far as that is counted: the root always has some.
  @discardableResult func add(_ difference: Int) -> Bool {
    guard let parent else { return true }
    var entry = PageTableEntry(rawValue: parent.pointee)
    entry.count = max(0, entry.count + difference)
    parent.pointee = entry.rawValue
    return entry.count > 0
  }
}

extension PageTable {
  /// Goes down to the table of `level` that covers the address.
  /// - Throws: `.overlap` (creating) or `.sizeMismatch` where a larger leaf is in the way; `.notMapped`, `.outOfFrames`, `.brokenTable`.
  func descend(to address: UInt64, level goal: Int, creating: Bool) throws(MemoryError) -> TablePosition {
    guard var table = frames.memory.table(at: root) else { throw broken(address) }
    var parent: UnsafeMutablePointer<UInt64>?
    var level = 3
    while level > goal {
      let slot = table + Self.index(address, level)
      var entry = PageTableEntry(rawValue: slot.pointee)
      if !entry.isUsed {
        guard creating else { throw MemoryError(.notMapped, "not mapped", at: address) }
        do throws(MemoryError) {
          entry = PageTableEntry(table: try newTable(), count: 0)
        } catch {
          releaseEmpty(address, level: level)
          throw error
        }
        slot.pointee = entry.rawValue
        TablePosition(table: table, parent: parent).add(1)
      } else if entry.isLeaf(at: level) {
        throw MemoryError(creating ? .overlap : .sizeMismatch, "inside a larger leaf", at: address)
      }
      guard let next = frames.memory.table(at: entry.address) else { throw broken(address) }
      parent = slot
      table = next
      level -= 1
    }
    return TablePosition(table: table, parent: parent)
  }

  /// Goes down to the table whose entry for the address is a leaf or empty.
  func descendToLeaf(_ address: UInt64) throws(MemoryError) -> (TablePosition, level: Int) {
    guard var table = frames.memory.table(at: root) else { throw broken(address) }
    var parent: UnsafeMutablePointer<UInt64>?
    var level = 3
    while level > 0 {
      let slot = table + Self.index(address, level)
      let entry = PageTableEntry(rawValue: slot.pointee)
      guard entry.isUsed else { throw MemoryError(.notMapped, "not mapped", at: address) }
      if entry.isLeaf(at: level) { break }
      guard let next = frames.memory.table(at: entry.address) else { throw broken(address) }
      parent = slot
      table = next
      level -= 1
    }
    return (TablePosition(table: table, parent: parent), level)
  }

  func newTable() throws(MemoryError) -> HostPhysicalAddress {
    let frame = try frames.allocate(.small)
    frameCount += 1
    return frame
  }

  /// Frees the tables on the way to the address that count no entry any more, from `level` upward.
  func releaseEmpty(_ address: UInt64, level: Int) {
    var level = level
    while level < 3 {
      guard let above = try? descend(to: address, level: level + 1, creating: false) else { return }
      let slot = above.table + Self.index(address, level + 1)
      let entry = PageTableEntry(rawValue: slot.pointee)
      guard entry.isUsed, !entry.isLeaf(at: level + 1), entry.count == 0 else { return }
      slot.pointee = 0
      above.add(-1)
      if (try? frames.free(entry.address)) != nil { frameCount -= 1 }
      level += 1
    }
  }

  func broken(_ address: UInt64) -> MemoryError {
    MemoryError(.brokenTable, "a table of this range lies outside memory", at: address)
  }
}
