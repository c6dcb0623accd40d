import Primitives

/// Whose translations a cache entry holds. A cache serves an entry only under the tag it was filled under.
public enum TranslationContext: Hashable, Sendable {
  case vm(VMIdentifier)
  /// The same device has two: one for requests with the T bit, one for those without.
  case device(RequesterID, trusted: Bool)
}

/// A cache of leaves: the TLB of the CPUs or the IOTLB of an IOMMU.
///
/// It really caches. A leaf that was looked up stays until it is invalidated or pushed out, whatever happens to the table
/// meanwhile, so a forgotten invalidation is an access to the old page. Blocked leaves and holes are not cached, as on
/// hardware. Capacity is bounded; the oldest entry goes first, so the same run always has the same hits.
public struct TranslationCache<Space: Address>: Sendable {
  public struct Entry: Hashable, Sendable {
    public let context: TranslationContext
    public let leaf: Leaf<Space>
  }
  private struct Key: Hashable, Sendable {
    let context: TranslationContext
    let page: Space
    let size: PageSize
  }

  public let capacity: Int
  public private(set) var hits = 0
  public private(set) var misses = 0
  /// A ring: `next` is the oldest slot, or one that was emptied. The index only ever answers single look-ups.
  private var slots: [Entry?]
  private var next = 0
  private var index: [Key: Int] = [:]

  /// - Parameter capacity: in entries; at least one.
  public init(capacity: Int = 1536) {
    self.capacity = max(1, capacity)
    slots = Array(repeating: nil, count: self.capacity)
  }

  public var count: Int { index.count }
  /// What is cached now, in the order of the slots.
  public var entries: [Entry] { slots.compactMap { $0 } }

  /// The cached leaf that covers the address, stale or not. Counts a hit or a miss.
  public mutating func lookUp(_ address: Space, in context: TranslationContext) -> Leaf<Space>? {
    for size in [PageSize.large, .small, .huge] {
      let key = Key(context: context, page: address.alignedDown(to: size), size: size)
      if let slot = index[key], let entry = slots[slot] {
        hits += 1
        return entry.leaf
      }
    }
    misses += 1
    return nil
  }

  public mutating func insert(_ leaf: Leaf<Space>, in context: TranslationContext) {
    guard leaf.attributes.isAccessible else { return }
    let entry = Entry(context: context, leaf: leaf)
    if let slot = index[Self.key(entry)] {
      slots[slot] = entry
      return
    }
    if let oldest = slots[next] { index[Self.key(oldest)] = nil }
    slots[next] = entry
    index[Self.key(entry)] = next
    next = (next + 1) % capacity
  }

  // MARK: Invalidation

  /// Forgets the pages that a change of this context's table touched.
  public mutating func invalidate(_ owed: Invalidation<Space>, in context: TranslationContext) {
    remove { entry in
      guard entry.context == context else { return false }
      return AddressRange(start: entry.leaf.start, length: entry.leaf.size.bytes).map { $0.overlaps(owed.range) } ?? true
    }
  }
  /// Forgets everything of one virtual machine, or of one device's trusted or shared requests.
  public mutating func invalidate(context: TranslationContext) { remove { $0.context == context } }
  public mutating func invalidateAll() { remove { _ in true } }

  private mutating func remove(where doomed: (Entry) -> Bool) {
    for slot in slots.indices {
      guard let entry = slots[slot], doomed(entry) else { continue }
      index[Self.key(entry)] = nil
      slots[slot] = nil
    }
  }

  private static func key(_ entry: Entry) -> Key {
    Key(context: entry.context, page: entry.leaf.start, size: entry.leaf.size)
  }
}
