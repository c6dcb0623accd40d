/// What one thread does to tell the states of a harvest that are new from those that came twice: it looks up those whose hash is in its
/// segments, in the order in which one thread would have met them, and gives a slot to each that is not there.
///
/// What is new has no number yet, as that depends on what the others find. Until it has, its slot says how many came before it here.
struct Sieve: ~Copyable {
  private let segments: Range<Int>
  /// Entries that are new.
  private var new: UnsafeMutablePointer<UnsafeMutablePointer<UInt64>>
  private var newCount = 0
  private var room = 1 << 12
  /// How many are in each stretch.
  private(set) var counts: [Int]

  /// How many entries earlier the slot of one is announced.
  private static let lead = 32

  init(member: Int, of members: Int, stretches: Int) {
    segments = SeenTable.segmentCount * member / members..<SeenTable.segmentCount * (member + 1) / members
    new = .allocate(capacity: room)
    counts = Array(repeating: 0, count: stretches)
  }

  deinit { new.deallocate() }

  /// Afterwards an entry's mark is the address of its slot, or zero where the state is no news.
  mutating func sift(_ harvests: borrowing Apart<Harvest>, _ stretches: Int, _ writer: StateWriter, _ k: Int) {
    newCount = 0
    for stretch in 0..<stretches {
      let before = newCount
      sift(harvests[stretch].pointee.base, harvests[stretch].pointee.next, writer, k)
      counts[stretch] = newCount - before
    }
  }

  private mutating func sift(_ first: UnsafeMutablePointer<UInt64>, _ last: UnsafeMutablePointer<UInt64>, _ writer: StateWriter, _ k: Int) {
    let stride = k &+ 3
    let reader = writer.reader
    var entry = first
    var ahead = first
    while entry != last {
      while ahead != last, ahead - entry <= Self.lead &* stride {
        if isMine(ahead[k]) { reader.announceSlot(ahead[k]) }
        ahead += stride
      }
      if isMine(entry[k]) { sift(entry, writer, k) }
      entry += stride
    }
  }

  @inline(__always) private func isMine(_ hash: UInt64) -> Bool { segments.contains(SeenTable.index(hash)) }

  @inline(__always) private mutating func sift(_ entry: UnsafeMutablePointer<UInt64>, _ writer: StateWriter, _ k: Int) {
    let segment = writer.segments + SeenTable.index(entry[k])
    let tag = SeenTable.tag(entry[k])
    let new = new, words = UnsafePointer(writer.words)
    var slot = segment.pointee.slot(tag) { content in
      let number = Int(truncatingIfNeeded: content & 0xFFFF_FFFF) &- 1 &- writer.count
      return number < 0 ? same(content, words, entry, k) : isEqual(new[number], entry, k)
    }
    guard slot.pointee == 0 else {
      entry[k &+ 1] = 0
      return
    }
    if segment.pointee.isFull {
      segment.pointee.grow()
      follow(segment, k, writer)
      slot = segment.pointee.slot(tag) { _ in false }
    }
    segment.pointee.take(slot, tag, number: writer.count &+ newCount)
    entry[k &+ 1] = UInt64(UInt(bitPattern: slot))
    keep(entry)
  }

  /// Writes the numbers of what is new into its slots, once they are known.
  func tellNumbers(_ k: Int) {
    for i in 0..<newCount {
      guard let slot = UnsafeMutablePointer<UInt64>(bitPattern: UInt(truncatingIfNeeded: new[i][k &+ 1])) else { continue }
      slot.pointee = slot.pointee & ~0xFFFF_FFFF | new[i][k] &+ 1
    }
  }

  private mutating func keep(_ entry: UnsafeMutablePointer<UInt64>) {
    if newCount == room {
      let larger = UnsafeMutablePointer<UnsafeMutablePointer<UInt64>>.allocate(capacity: room * 2)
      larger.update(from: new, count: room)
      new.deallocate()
      (new, room) = (larger, room * 2)
    }
    new[newCount] = entry
    newCount &+= 1
  }

  /// Finds the slots of what is new in a segment that has grown.
  private func follow(_ segment: UnsafeMutablePointer<SeenSegment>, _ k: Int, _ writer: StateWriter) {
    for i in 0..<newCount where writer.segments + SeenTable.index(new[i][k]) == segment {
      let tag = SeenTable.tag(new[i][k]), content = tag << 32 | UInt64(writer.count + i + 1)
      new[i][k + 1] = UInt64(UInt(bitPattern: segment.pointee.slot(tag) { $0 == content }))
    }
  }
}

extension Harvest {
  /// Writes the states that are new to the store, and their numbers in the place of their hashes.
  func write(_ writer: StateWriter, _ k: Int) {
    var number = number
    var entry = base
    while entry != next {
      if entry[k &+ 1] != 0 {
        writer.write(entry, k, at: number, parent: Int(truncatingIfNeeded: entry[k &+ 2]))
        entry[k] = UInt64(truncatingIfNeeded: number)
        number = number &+ 1
      }
      entry += stride
    }
  }
}
