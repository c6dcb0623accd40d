import Memory
import Primitives

/// Memory of a confidential guest that host and devices may read: `system_cc_shared`, which exists in such guests alone.
///
/// Pages of the guest's ordinary heap are private, so ciphertext to everybody else. On allocation they are written with zeros without the
/// guest's key, which is what makes them shared; when the last handle goes they are written under its key again before anybody else gets
/// them, so that a page has one view at a time.
public final class SharedHeap: Heap {
  public let name = "system_cc_shared"
  public let protection = Protection.decrypted
  private let key: PrivateKey
  private let source: SystemHeap
  private var buffers = BufferTable<SourceBuffer>()

  /// A handle of the heap below, in a place from which it can be taken.
  private final class SourceBuffer {
    let ranges: [AddressRange<HostPhysicalAddress>]
    let slot: Int
    init(_ ranges: [AddressRange<HostPhysicalAddress>], _ slot: Int) { (self.ranges, self.slot) = (ranges, slot) }
  }

  /// - Parameters:
  ///   - key: the guest's, under which its memory is private.
  ///   - source: the guest's ordinary heap.
  /// - Throws: `.badRequest` where there is no such key: only a confidential guest has memory to share.
  public init(_ key: PrivateKey, source: SystemHeap) throws(HeapError) {
    guard key.encryption.hasKey(key.id) else { throw HeapError(.badRequest, "only a confidential guest has memory to share") }
    (self.key, self.source) = (key, source)
  }

  public func allocate(bytes: UInt64) throws(HeapError) -> HeapBuffer {
    let inner = try source.allocate(bytes: bytes)
    for range in inner.memory.ranges { try key.zero(range, as: .shared) }
    let ranges = inner.memory.ranges
    source.addReference(inner.slot)
    let slot = buffers.insert(SourceBuffer(ranges, inner.slot))
    return HeapBuffer(HeapMemory(number: buffers.made, heap: name, protection: protection, ranges: ranges), in: slot, of: self)
  }

  public func addReference(_ slot: Int) { buffers.retain(slot) }
  public func dropReference(_ slot: Int) {
    guard let inner = buffers.release(slot) else { return }
    for range in inner.ranges { try? key.zero(range, as: key.id) }
    source.dropReference(inner.slot)
  }
}
