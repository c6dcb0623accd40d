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
  /// Two words, since this is hashed for every page of every access: whose, and which page of which size.
  private struct Key: Hashable, Sendable {
    let context: UInt64
    let page: UInt64

    init(_ context: TranslationContext, _ address: UInt64, _ size: PageSize) {
      switch context {
      case .vm(let vm): self.context = UInt64(vm.rawValue)
      case .device(let device, let trusted): self.context = (trusted ? 2 : 1) << 16 | UInt64(device.rawValue)
      }
      // A page address has its low twelve bits free.
      page = address & ~(size.bytes - 1) | UInt64(size.rawValue)
    }
  }

  public let capacity: Int
  public private(set) var hits = 0
  public private(set) var misses = 0
  /// A ring: `next` is the oldest slot, or one that was emptied. The index only ever answers single look-ups.
  private var slots: [Entry?]
  private var next = 0
  private var index: [Key: Int] = [:]
  /// Entries of each size, large first: a size that is not cached need not be looked up.
  private var counts: InlineArray<3, Int> = [0, 0, 0]
  private static var sizes: InlineArray<3, PageSize> { [.large, .small, .huge] }

  /// - Parameter capacity: in entries; clamped to 1...65536.
  public init(capacity: Int = 1536) {
    self.capacity = min(max(1, capacity), 65536)
    slots = Array(repeating: nil, count: self.capacity)
    index.reserveCapacity(self.capacity)
  }

  public var count: Int { index.count }
  /// What is cached now, in the order of the slots.
  public var entries: [Entry] { slots.compactMap { $0 } }

  /// The cached leaf that covers the address, stale or not. Counts a hit or a miss.
  @specialized(where Space == GuestPhysicalAddress)
  @specialized(where Space == IOVirtualAddress)
  public mutating func lookUp(_ address: Space, in context: TranslationContext) -> Leaf<Space>? {
    for kind in counts.indices where counts[kind] > 0 {
      if let slot = index[Key(context, address.rawValue, Self.sizes[kind])], let entry = slots[slot] {
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
    empty(next)
    slots[next] = entry
    index[Self.key(entry)] = next
    count(entry, 1)
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
      empty(slot)
    }
  }

  private mutating func empty(_ slot: Int) {
    guard let entry = slots[slot] else { return }
    index[Self.key(entry)] = nil
    slots[slot] = nil
    count(entry, -1)
  }

  private mutating func count(_ entry: Entry, _ difference: Int) {
    for kind in counts.indices where Self.sizes[kind] == entry.leaf.size { counts[kind] += difference }
  }

  private static func key(_ entry: Entry) -> Key { Key(entry.context, entry.leaf.start.rawValue, entry.leaf.size) }
}
