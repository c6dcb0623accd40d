import Rules

/// What a rule can look at in a world: its bits, and of each task what `Stage` tells without telling its line. Also a set of such
/// bits.
struct Sight {
  /// The words of the world, and one more.
  static let most = PackedWorld.mostWords + 1

  var words: InlineArray<7, UInt64>

  init() { words = InlineArray(repeating: 0) }

  /// All there is to see of a world of `width` words.
  @inline(__always) init(_ world: PackedWorld, width: Int, _ book: borrowing Rulebook) {
    self.init()
    for i in 0..<width { words[i] = world.words[i] }
    for task in 0..<Bounds.tasks where !world.isIdle(task) {
      words[width] |= Self.isBusy(task) | UInt64(world.procedure(of: task, book).code) &<< (8 &* UInt64(task))
    }
  }

  /// Whether task `task` is in a procedure.
  @inline(__always) static func isBusy(_ task: UInt8) -> UInt64 { 0x80 &<< (8 &* UInt64(task)) }
  /// In which.
  @inline(__always) static func procedure(of task: UInt8) -> UInt64 { 0x7F &<< (8 &* UInt64(task)) }
}
