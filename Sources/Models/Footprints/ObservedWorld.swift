import Rules

/// A world that notes which bits of it are asked for and which are given a value. The rules see a world through `Stage` alone, so
/// what is noted here is all that an outcome can depend on.
struct ObservedWorld: Stage {
  /// What was asked for of the beginning, by this world or by a copy on which a rule tried something.
  final class Reads { var bits = Sight() }

  private(set) var world: PackedWorld
  /// Bits that were given a value since; what they are read as afterwards is no news of the beginning.
  private(set) var written = PackedWorld()
  private let width: Int
  private let reads: Reads

  init(_ world: PackedWorld, width: Int, noting reads: Reads) { (self.world, self.width, self.reads) = (world, width, reads) }

  subscript(_ field: Field, _ index: Int) -> UInt16 {
    get {
      let (word, shift, mask) = PackedWorld.location(field, index)
      reads.bits.words[word] |= mask &<< shift & ~written.words[word]
      return world[field, index]
    }
    set {
      let (word, shift, mask) = PackedWorld.location(field, index)
      written.words[word] |= mask &<< shift
      world[field, index] = newValue
    }
  }

  func pageIndex(_ device: UInt8, _ page: UInt8) -> Int { world.pageIndex(device, page) }

  func isIdle(_ task: UInt8) -> Bool {
    if !hasMoved(task) { reads.bits.words[width] |= Sight.isBusy(task) }
    return world.isIdle(task)
  }

  func procedure(of task: UInt8, _ book: borrowing Rulebook) -> Procedure {
    if !hasMoved(task) { reads.bits.words[width] |= Sight.isBusy(task) | Sight.procedure(of: task) }
    return world.procedure(of: task, book)
  }

  private func hasMoved(_ task: UInt8) -> Bool { written[.taskPosition, Int(task)] != 0 }
}
