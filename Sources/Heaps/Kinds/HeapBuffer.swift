/// A handle of a buffer's memory, like a file descriptor of a dma-buf: consuming it closes it, another one is made by `reference`, and with
/// the last one the memory goes back to its heap.
public struct HeapBuffer: ~Copyable {
  public let memory: HeapMemory
  let heap: any Heap
  let slot: Int

  init(_ memory: HeapMemory, in slot: Int, of heap: any Heap) { (self.memory, self.slot, self.heap) = (memory, slot, heap) }

  /// Another handle of the same memory.
  public borrowing func reference() -> HeapBuffer {
    heap.addReference(slot)
    return HeapBuffer(memory, in: slot, of: heap)
  }

  /// Closes the handle. The one who closes never waits for zeros.
  public consuming func close() {}

  deinit { heap.dropReference(slot) }
}

/// What a heap remembers of its buffers: reference counts in reusable slots.
struct BufferTable<Record> {
  private(set) var records: [Record?] = []
  private var references: [Int] = []
  private var unused: [Int] = []
  private(set) var made: UInt64 = 0
  var live: Int { records.count - unused.count }

  mutating func insert(_ record: Record) -> Int {
    made += 1
    if let slot = unused.popLast() {
      (records[slot], references[slot]) = (record, 1)
      return slot
    }
    records.append(record)
    references.append(1)
    return records.count - 1
  }
  mutating func retain(_ slot: Int) { references[slot] += 1 }
  /// The record, if that was the last reference.
  mutating func release(_ slot: Int) -> Record? {
    references[slot] -= 1
    guard references[slot] == 0, let record = records[slot] else { return nil }
    records[slot] = nil
    unused.append(slot)
    return record
  }
}

extension HeapBuffer {
  /// The same memory under what another heap says of it: how a heap that is made of another one hands it out. Saying so makes it nothing;
  /// importers ask the firewall (`RestrictedMemory`).
  public consuming func claiming(_ protection: Protection, of heap: String) -> HeapBuffer {
    self.heap.addReference(slot)
    return HeapBuffer(HeapMemory(number: memory.number, heap: heap, protection: protection, ranges: memory.ranges), in: slot, of: self.heap)
  }
}
