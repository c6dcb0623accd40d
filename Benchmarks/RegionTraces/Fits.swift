/// A hole of so many pages.
struct Stretch {
  var start: UInt64
  var pages: UInt64
  var end: UInt64 { start + pages }
}

/// Holes as an array in the order of addresses: what first fit and best fit have in common.
struct HoleList {
  private(set) var holes: [Stretch]
  private(set) var slots: [Stretch]
  private(set) var free: UInt64

  init(pages: UInt64, slots: Int) {
    holes = [Stretch(start: 0, pages: pages)]
    self.slots = Array(repeating: Stretch(start: 0, pages: 0), count: slots)
    free = pages
  }

  func position(of start: UInt64) -> Int {
    var (low, high) = (0, holes.count)
    while low < high {
      let middle = (low + high) / 2
      if holes[middle].start < start { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Cuts an allocation out of a hole.
  mutating func take(_ position: Int, at start: UInt64, pages: UInt64, slot: Int) {
    let hole = holes[position]
    let below = Stretch(start: hole.start, pages: start - hole.start), above = Stretch(start: start + pages, pages: hole.end - start - pages)
    switch (below.pages > 0, above.pages > 0) {
    case (true, true):
      holes[position] = below
      holes.insert(above, at: position + 1)
    case (true, false): holes[position] = below
    case (false, true): holes[position] = above
    case (false, false): holes.remove(at: position)
    }
    slots[slot] = Stretch(start: start, pages: pages)
    free -= pages
  }

  /// Gives a slot's pages back: the holes that went, and the one that came.
  mutating func release(_ slot: Int) -> (gone: [Stretch], new: Stretch)? {
    var new = slots[slot]
    guard new.pages > 0 else { return nil }
    slots[slot].pages = 0
    free += new.pages
    var position = position(of: new.start), gone: [Stretch] = []
    if position < holes.count, holes[position].start == new.end {
      gone.append(holes[position])
      new.pages += holes.remove(at: position).pages
    }
    if position > 0, holes[position - 1].end == new.start {
      position -= 1
      gone.append(holes[position])
      new = Stretch(start: holes[position].start, pages: holes[position].pages + new.pages)
      holes[position] = new
    } else {
      holes.insert(new, at: position)
    }
    return (gone, new)
  }
}

/// The lowest address that does: what a bitmap that is searched from its beginning gives (genalloc).
struct FirstFit: Contender {
  static let name = "first fit"
  private var list: HoleList

  init(pages: UInt64, slots: Int) { list = HoleList(pages: pages, slots: slots) }

  mutating func allocate(slot: Int, pages: UInt64, alignment: UInt64) -> Bool {
    for (position, hole) in list.holes.enumerated() {
      let start = hole.start.up(to: alignment)
      guard start + pages <= hole.end else { continue }
      list.take(position, at: start, pages: pages, slot: slot)
      return true
    }
    return false
  }
  mutating func free(slot: Int) { _ = list.release(slot) }
  var free: UInt64 { list.free }
  var longestHole: UInt64 { list.holes.reduce(0) { max($0, $1.pages) } }
}

/// The shortest hole that does, and of those the lowest: what two trees give (drm_mm), here with an array in the place of each.
struct BestFit: Contender {
  static let name = "best fit"
  private var list: HoleList
  /// The holes once more, in the order of lengths, then of addresses.
  private var bySize: [Stretch]

  init(pages: UInt64, slots: Int) {
    list = HoleList(pages: pages, slots: slots)
    bySize = list.holes
  }

  private func position(of hole: Stretch) -> Int {
    var (low, high) = (0, bySize.count)
    while low < high {
      let middle = (low + high) / 2
      if (bySize[middle].pages, bySize[middle].start) < (hole.pages, hole.start) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  mutating func allocate(slot: Int, pages: UInt64, alignment: UInt64) -> Bool {
    var position = position(of: Stretch(start: 0, pages: pages))
    while position < bySize.count {
      let hole = bySize[position], start = hole.start.up(to: alignment)
      guard start + pages <= hole.end else {
        position += 1
        continue
      }
      bySize.remove(at: position)
      list.take(list.position(of: hole.start), at: start, pages: pages, slot: slot)
      if start > hole.start { file(Stretch(start: hole.start, pages: start - hole.start)) }
      if start + pages < hole.end { file(Stretch(start: start + pages, pages: hole.end - start - pages)) }
      return true
    }
    return false
  }
  mutating func free(slot: Int) {
    guard let (gone, new) = list.release(slot) else { return }
    for hole in gone { bySize.remove(at: position(of: hole)) }
    file(new)
  }
  private mutating func file(_ hole: Stretch) { bySize.insert(hole, at: position(of: hole)) }
  var free: UInt64 { list.free }
  var longestHole: UInt64 { bySize.last?.pages ?? 0 }
}
