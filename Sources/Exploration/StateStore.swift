/// All states that were reached: their words in one arena in the order in which they were found, the number of the state
/// each was found from, and the table of what is there. Numbers are 32 bits.
package struct StateStore: ~Copyable {
  /// What `insert` did.
  package enum Insertion { case present, added, refused }

  static let numbers = Int(UInt32.max)
  /// The memory bound is looked at when this many states have come.
  private static let stretch = 4096

  let width: Int
  private let reserved: UnsafeMutableRawPointer
  let words: UnsafeMutablePointer<UInt64>
  let parent: UnsafeMutablePointer<UInt32>
  private(set) var table: SeenTable
  package private(set) var count = 0
  /// States that may be stored before something has to be looked at.
  private var ceiling = 0
  private let limit: Int
  private let memory: Int
  /// How many states the reservation holds, and what it means if there is one more.
  private let room: Int
  package private(set) var refusal = Incompleteness.limit
  private var peak = 0

  package init(width: Int, limit: Int?, memory: Int?) throws(SearchError) {
    let bytes = width * 8 + 4
    var room = min(Self.numbers, limit ?? .max, ((memory ?? .max) - bytes) / bytes + 1)
    room = max(room, 1)
    // Where the kernel gives no address space for all of them, half may do.
    var reserved = AddressSpace.reserve(AddressSpace.pages(room * bytes))
    while reserved == nil, room > 1 << 20 {
      room /= 2
      reserved = AddressSpace.reserve(AddressSpace.pages(room * bytes))
    }
    guard let reserved else { throw .addressSpace(bytes: room * bytes) }
    guard let table = SeenTable() else {
      AddressSpace.release(reserved, AddressSpace.pages(room * bytes))
      throw .addressSpace(bytes: room * bytes)
    }
    self.table = table
    self.reserved = reserved
    words = reserved.bindMemory(to: UInt64.self, capacity: room * width)
    parent = (reserved + room * width * 8).bindMemory(to: UInt32.self, capacity: room)
    self.width = width
    self.room = room
    self.limit = limit ?? .max
    self.memory = memory ?? .max
  }

  deinit { AddressSpace.release(reserved, AddressSpace.pages(room * (width * 8 + 4))) }

  /// A view for threads that look things up; good until the next insertion.
  var reader: StateReader { StateReader(words: UnsafePointer(words), segments: UnsafePointer(table.segments)) }

  /// Whether the state is stored.
  package func contains(_ state: UnsafePointer<UInt64>, hash: UInt64, _ k: Int) -> Bool {
    reader.contains(state, hash: hash, k)
  }

  @inline(__always) package func state(_ index: Int, _ k: Int) -> UnsafePointer<UInt64> { UnsafePointer(words + index &* k) }

  /// Bytes touched by states and parents; whole pages.
  private func touched(_ states: Int) -> Int { AddressSpace.pages(states * width * 8) + AddressSpace.pages(states * 4) }
  package var bytes: Int { touched(count) + table.bytes }
  /// The most that was ever touched, both copies of a growing segment included.
  package var peakBytes: Int { max(peak, bytes) }
  var load: Double { Double(count) / Double(table.slotCount) }

  /// Stores the state at `state` unless it is there. Where it is refused, `refusal` says why and nothing changed.
  /// - Parameter k: the width, as a literal where it is known.
  @inline(__always)
  package mutating func insert(_ state: UnsafePointer<UInt64>, hash: UInt64, _ k: Int, parent from: Int) -> Insertion {
    let segment = table.segments + SeenTable.index(hash)
    let tag = SeenTable.tag(hash)
    var at = SeenTable.home(tag, segment.pointee.capacity)
    let slots = segment.pointee.slots
    while true {
      let slot = slots[Int(truncatingIfNeeded: at)]
      if slot == 0 { break }
      if slot &>> 32 == tag, same(slot, words, state, k) { return .present }
      at = at &+ 1
      if at == segment.pointee.capacity { at = 0 }
    }
    if count == ceiling || segment.pointee.taken == segment.pointee.threshold {
      guard makeRoom(SeenTable.index(hash)) else { return .refused }
      at = free(segment, tag)
    }
    let into = words + count &* k
    for i in 0..<k { into[i] = state[i] }
    parent[count] = UInt32(truncatingIfNeeded: from)
    count = count &+ 1
    segment.pointee.slots[Int(truncatingIfNeeded: at)] = tag &<< 32 | UInt64(truncatingIfNeeded: count)
    segment.pointee.taken = segment.pointee.taken &+ 1
    return .added
  }

  private func free(_ segment: UnsafeMutablePointer<SeenTable.Segment>, _ tag: UInt64) -> UInt64 {
    var at = SeenTable.home(tag, segment.pointee.capacity)
    while segment.pointee.slots[Int(at)] != 0 { at = at + 1 == segment.pointee.capacity ? 0 : at + 1 }
    return at
  }

  private mutating func refuse(_ reason: Incompleteness) -> Bool {
    refusal = reason
    return false
  }

  /// The rare part of an insertion: a bound to look at, or a segment to grow.
  @inline(never) private mutating func makeRoom(_ index: Int) -> Bool {
    if count == ceiling {
      if count >= limit { return refuse(.limit) }
      if count >= Self.numbers { return refuse(.indices) }
      if count >= room { return refuse(.memory) }
      let next = min(count + Self.stretch, limit, room)
      if touched(next) + table.bytes > memory { return refuse(.memory) }
      ceiling = next
    }
    if table.segments[index].taken == table.segments[index].threshold {
      let both = touched(ceiling) + table.bytes + table.growth(of: index).bytes
      if both > memory { return refuse(.memory) }
      guard table.grow(index) else { return refuse(.memory) }
      peak = max(peak, touched(count) + table.growthPeak)
    }
    return true
  }
}
