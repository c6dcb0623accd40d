/// Which states are already stored: an open-addressing table from hashes to state numbers.
///
/// A slot is a word: 32 bits of the hash (the tag) above the state's number plus one; zero is free. The table is cut in
/// 16 segments by the hash's top bits and each grows on its own, by half, when three quarters are taken: the copy that
/// growing needs is then a 16th of the table, and as the segments soon have different sizes they do not grow together.
/// The home of a tag is `tag * capacity / 2^32`, so a capacity need not be a power of two and growing
/// needs the tags alone: no state is read again.
struct SeenTable: ~Copyable {
  struct Segment {
    var slots: UnsafeMutablePointer<UInt64>
    var capacity: UInt64
    var taken: UInt64
    var threshold: UInt64
  }

  static let segmentCount = 16
  /// A page.
  private static let firstCapacity = 512
  let segments: UnsafeMutablePointer<Segment>
  /// Touched by all segments, in bytes.
  private(set) var bytes = 0
  private(set) var slotCount = 0
  /// `bytes` while a segment last grew: the old and the new one at once.
  private(set) var growthPeak = 0

  /// Nil if the kernel refuses memory.
  init?() {
    segments = .allocate(capacity: Self.segmentCount)
    var made = 0
    while made < Self.segmentCount {
      let capacity = Self.firstCapacity
      guard let slots = AddressSpace.reserve(AddressSpace.pages(capacity * 8)) else { break }
      (segments + made).initialize(to: Self.segment(slots, capacity))
      bytes += AddressSpace.pages(capacity * 8)
      slotCount += capacity
      made += 1
    }
    guard made == Self.segmentCount else {
      for i in 0..<made { AddressSpace.release(segments[i].slots, AddressSpace.pages(Int(segments[i].capacity) * 8)) }
      segments.deallocate()
      return nil
    }
  }

  deinit {
    for i in 0..<Self.segmentCount {
      AddressSpace.release(segments[i].slots, AddressSpace.pages(Int(segments[i].capacity) * 8))
    }
    segments.deallocate()
  }

  private static func segment(_ slots: UnsafeMutableRawPointer, _ capacity: Int) -> Segment {
    Segment(
      slots: slots.bindMemory(to: UInt64.self, capacity: capacity), capacity: UInt64(capacity), taken: 0,
      threshold: UInt64(capacity - capacity / 4))
  }

  @inline(__always) static func index(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 60) }
  @inline(__always) static func tag(_ hash: UInt64) -> UInt64 { hash &>> 26 & 0xFFFF_FFFF }
  @inline(__always) static func home(_ tag: UInt64, _ capacity: UInt64) -> UInt64 { (tag &* capacity) &>> 32 }

  /// Bytes that a segment's next size takes, and the size.
  func growth(of index: Int) -> (capacity: Int, bytes: Int) {
    let capacity = Int(segments[index].capacity)
    // The first growth spreads the sizes over a factor of 1.5, and later ones keep them apart.
    let larger = capacity == Self.firstCapacity ? 670 + 20 * index : capacity + capacity / 2
    return (larger, AddressSpace.pages(larger * 8))
  }

  /// Moves a segment to half as many slots again; false if the kernel refuses memory.
  @inline(never) mutating func grow(_ index: Int) -> Bool {
    let (capacity, size) = growth(of: index)
    guard let room = AddressSpace.reserve(size) else { return false }
    let old = segments[index]
    var new = Self.segment(room, capacity)
    // In slot order the tags nearly ascend, and so do their new homes: one pass over both, friendly to the cache.
    for i in 0..<Int(old.capacity) {
      let slot = old.slots[i]
      guard slot != 0 else { continue }
      var at = Self.home(slot &>> 32, new.capacity)
      while new.slots[Int(at)] != 0 { at = at + 1 == new.capacity ? 0 : at + 1 }
      new.slots[Int(at)] = slot
    }
    new.taken = old.taken
    segments[index] = new
    let oldBytes = AddressSpace.pages(Int(old.capacity) * 8)
    AddressSpace.release(old.slots, oldBytes)
    growthPeak = bytes + size
    bytes += size - oldBytes
    slotCount += capacity - Int(old.capacity)
    return true
  }
}
