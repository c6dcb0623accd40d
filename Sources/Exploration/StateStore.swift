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

  package init(width: Int, limit: Int?, memory: Int?) throws(SearchError) {
    let bytes = width * 8 + 4
    var room = min(Self.numbers, limit ?? .max, ((memory ?? .max) - bytes) / bytes + 1)
    room = max(room, 1)
    while true {
      if let reserved = AddressSpace.reserve(AddressSpace.pages(room * bytes)) {
        if let table = SeenTable(room: room) {
          self.table = table
          self.reserved = reserved
          words = reserved.bindMemory(to: UInt64.self, capacity: room * width)
          parent = (reserved + room * width * 8).bindMemory(to: UInt32.self, capacity: room)
          self.width = width
          self.room = room
          self.limit = limit ?? .max
          self.memory = memory ?? .max
          return
        }
        AddressSpace.release(reserved, AddressSpace.pages(room * bytes))
      }
      // Where the kernel gives no address space for all of them, half may do.
      guard room > 1 << 20 else { throw .addressSpace(bytes: room * bytes) }
      room /= 2
    }
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
  var load: Double { Double(count) / Double(table.slotCount) }

  /// Stores the state at `state` unless it is there. Where it is refused, `refusal` says why and nothing changed.
  /// - Parameter k: the width, as a literal where it is known.
  @inline(__always)
  package mutating func insert(_ state: UnsafePointer<UInt64>, hash: UInt64, _ k: Int, parent from: Int) -> Insertion {
    let segment = table.segments + SeenTable.index(hash)
    let tag = SeenTable.tag(hash)
    let words = UnsafePointer(words)
    var (slot, content) = segment.pointee.find(tag) { same($0, words, state, k) }
    if content != 0 { return .present }
    if count == ceiling || segment.pointee.isFull {
      guard makeRoom(segment) else { return .refused }
      slot = segment.pointee.find(tag) { _ in false }.slot
    }
    writer.write(state, k, at: count, parent: from)
    segment.pointee.take(slot, tag, number: count)
    count = count &+ 1
    return .added
  }

  private mutating func refuse(_ reason: Incompleteness) -> Bool {
    refusal = reason
    return false
  }

  /// The rare part of an insertion: a bound to look at, or a segment to grow.
  @inline(never) private mutating func makeRoom(_ segment: UnsafeMutablePointer<SeenSegment>) -> Bool {
    if count == ceiling {
      if count >= limit { return refuse(.limit) }
      if count >= Self.numbers { return refuse(.indices) }
      if count >= room { return refuse(.memory) }
      let next = min(count + Self.stretch, limit, room)
      if touched(next) + table.bytes > memory { return refuse(.memory) }
      ceiling = next
    }
    if segment.pointee.isFull {
      guard let grown = segment.pointee.bytesGrown else { return refuse(.memory) }
      if touched(ceiling) + table.bytes - segment.pointee.bytes + grown > memory { return refuse(.memory) }
      segment.pointee.grow()
    }
    return true
  }

  // MARK: Many at once

  /// For threads that store a harvest together.
  var writer: StateWriter { StateWriter(words: words, parent: parent, segments: table.segments, count: count) }

  /// Whether so many more states come nowhere near a bound: then nobody has to look at one for each.
  func hasRoom(for states: Int) -> Bool {
    let most = count + states + Self.stretch
    guard most <= min(limit, room, Self.numbers), let table = table.bytes(afterAdding: states) else { return false }
    return touched(most) + table <= memory
  }

  /// How many states several threads may come to store before somebody looks at the table, if they spread over it evenly.
  var spare: Int { (0..<SeenTable.segmentCount).reduce(.max) { min($0, table.segments[$1].spare) } * SeenTable.segmentCount }

  /// Counts states that a `writer` stored. There was room for them, and their segments have counted them.
  mutating func add(_ states: Int) {
    count += states
    // As if they had come one by one.
    ceiling = min((count + Self.stretch - 1) / Self.stretch * Self.stretch, limit, room)
  }
}
