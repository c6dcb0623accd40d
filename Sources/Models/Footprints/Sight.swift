import Rules

/// What a rule can look at in a world: its bits, and of each task what `Stage` tells without telling its line. Also a set of such
/// bits.
struct Sight: Hashable {
  /// The words of the world, and one more.
  static let most = PackedWorld.mostWords + 1

  var words: InlineArray<7, UInt64>

  init() { words = InlineArray(repeating: 0) }

  /// All there is to see of a world of `width` words.
  @inline(__always) init(_ world: UnsafePointer<UInt64>, width: Int, _ book: borrowing Rulebook) {
    self.init()
    for i in 0..<width { words[i] = world[i] }
    let place = Field.taskPosition.place, mask: UInt64 = 1 &<< UInt64(place.bits) &- 1
    for task in 0..<UInt64(Bounds.tasks) {
      let line = UInt16(truncatingIfNeeded: world[0] &>> (UInt64(place.shift) &+ 16 &* task) & mask)
      guard line != 0 else { continue }
      words[width] |= (UInt64(book.playbook[line].procedure.code) | 0x80) &<< (8 &* task)
    }
  }

  /// Whether task `task` is in a procedure.
  static func isBusy(_ task: UInt8) -> UInt64 { 0x80 << (8 * UInt64(task)) }
  /// In which.
  static func procedure(of task: UInt8) -> UInt64 { 0x7F << (8 * UInt64(task)) }

  static func == (a: Self, b: Self) -> Bool {
    for i in 0..<Self.most where a.words[i] != b.words[i] { return false }
    return true
  }
  func hash(into hasher: inout Hasher) { for i in 0..<Self.most { hasher.combine(words[i]) } }
}
