import Exploration
import Rules

/// What steps do to a world, as bits that are written and the values they get. Lists of steps, equal ones kept once.
struct Effects: ~Copyable {
  private let width: Int
  /// An entry: the label and the verdict, the bits that are written, their values.
  private var entries: UnsafeMutablePointer<UInt64>
  private var room = 1 << 12
  private var used = 0
  private var known: [[UInt64]: UInt64] = [:]

  init(width: Int) {
    self.width = width
    entries = .allocate(capacity: room)
  }

  deinit { entries.deallocate() }

  /// Words of all lists.
  var count: Int { used }

  /// One step of a list.
  static func entry(_ after: borrowing ObservedWorld, label: UInt32, verdict: UInt8, _ width: Int) -> [UInt64] {
    [UInt64(label) | UInt64(verdict) << 32] + (0..<width).map { after.written.words[$0] }
      + (0..<width).map { after.world.words[$0] & after.written.words[$0] }
  }

  /// A number for the list, never zero.
  mutating func number(of list: [UInt64]) -> UInt64 {
    if let number = known[list] { return number }
    if used + list.count > room {
      while used + list.count > room { room *= 2 }
      let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: room)
      larger.update(from: entries, count: used)
      entries.deallocate()
      entries = larger
    }
    for (i, word) in list.enumerated() { entries[used + i] = word }
    let number = UInt64(used) << 16 | UInt64(list.count / (1 + 2 * width)) << 1 | 1
    known[list] = number
    used += list.count
    return number
  }

  /// Appends to `successors` what the steps of a list make of a state.
  /// - Parameter k: the width, as a literal where it is known.
  @inline(__always)
  func append(_ number: UInt64, _ state: UnsafePointer<UInt64>, _ k: Int, sortingTasks devices: UInt8?, to successors: inout Successors) {
    var entry = entries + Int(truncatingIfNeeded: number &>> 16)
    let end = entry + Int(truncatingIfNeeded: number & 0xFFFF) &>> 1 &* (1 &+ 2 &* k)
    while entry != end {
      var next = PackedWorld()
      var change: UInt64 = 0
      for i in 0..<k {
        next.words[i] = state[i] & ~entry[1 &+ i] | entry[1 &+ k &+ i]
        change |= next.words[i] ^ state[i]
      }
      // A look that changes nothing leads nowhere new.
      let mark = entry[0], verdict = mark &>> 32
      if change | verdict != 0 {
        // A search may go on behind what broke: that world, too, is the one of its kind.
        if let devices { _ = next.sortTasks(devices: devices) }
        successors.append(next.words, label: UInt32(truncatingIfNeeded: mark), verdict: UInt8(truncatingIfNeeded: verdict))
      }
      entry += 1 &+ 2 &* k
    }
  }
}
